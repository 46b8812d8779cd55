/** What an operator sees of a replica that is kept behind, and that loses its source: in the metrics and the health checks. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import type { EntriesOptions, FeedSource } from '../../src/feed/index.ts'
import { FeedServer, openFeed } from '../../src/node/transport/index.ts'
import { type Chain, eventually, freePort, startChain } from '../lib/index.ts'
import { Scrape } from './Scrape.ts'

const LIMIT_MS = 60_000
const FOLLOWED = 'leveret_follower_sources{state="following"}'

let sequencer: Chain
let upstream: FeedSource
let server: FeedServer
let replica: Chain
let metricsUrl: string
/** As long as it isn't resolved no entry passes. */
let gate = Promise.resolve()

describe("an operator's view of a replica", { timeout: 240_000 }, () => {
  before(async () => {
    const [feedPort, metricsPort] = [await freePort(), await freePort()]
    sequencer = await startChain({
      ...{ target: 'leveret', blockMs: 200, extraArguments: ['--feed-port', String(feedPort)] },
    })
    upstream = await openFeed(`tcp://127.0.0.1:${feedPort}`)
    server = await FeedServer.open(gated(upstream), { host: '127.0.0.1', port: 0 })
    metricsUrl = `http://127.0.0.1:${metricsPort}`
    replica = await startChain({
      ...{ target: 'leveret', replicaOf: `tcp://127.0.0.1:${server.port}` },
      extraArguments: ['--metrics-port', String(metricsPort)],
    })
  })
  after(async () => {
    await replica?.stop()
    await server?.close()
    upstream?.close()
    await sequencer?.stop()
  })

  it('shows how far it is behind what its source has, and that it has caught up', async () => {
    await whenReady(true)
    const told = await toldOfSyncing(replica)
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    await scrapeWhen('it is behind', ({ value }) => value('leveret_follower_lag_mini_blocks') > 0)
    assert.match(
      await whenReady(false),
      /\[-\]following failed: [1-9]\d* mini-blocks and [\d.]+ s behind, limit 5 s/,
    )
    const behind = await Scrape.of(metricsUrl)
    const lag = behind.value('leveret_follower_lag_seconds')
    assert.ok(lag > 5 && lag < 1000, `${lag} s`)
    await untilTold(told, 2)
    gate = Promise.resolve()
    resolve()
    await whenReady(true)
    await scrapeWhen('it follows', ({ value }) => value(FOLLOWED) === 1)
    await untilTold(told, 3)
    const [atHead, falling, caughtUp] = told as [false, { status: Record<string, number> }, false]
    const { CurrentMiniBlock, HighestMiniBlock } = falling.status
    assert.deepEqual([atHead, CurrentMiniBlock! < HighestMiniBlock!, caughtUp], [false, true, false])
  })

  it('shows that it follows nobody', async () => {
    await server.close()
    assert.match(await whenReady(false), /\[-\]following failed/)
    const { value } = await Scrape.of(metricsUrl)
    assert.deepEqual([value(FOLLOWED), value('leveret_ready')], [0, 0])
  })
})

/** The source, whose entries wait for the gate. */
function gated(source: FeedSource): FeedSource {
  async function* entries(from: bigint, options?: EntriesOptions): AsyncGenerator<Uint8Array, void> {
    for await (const entry of source.entries(from, options)) {
      await gate
      yield entry
    }
  }
  return {
    hello: () => source.hello(),
    entries,
    genesis: () => source.genesis(),
    snapshot: (options) => source.snapshot(options),
    submit: (raw) => source.submit(raw),
    close: () => source.close(),
  }
}

/** What a subscriber of `syncing` has heard, once it has the first. */
async function toldOfSyncing({ wsUrl }: Chain): Promise<unknown[]> {
  const told: unknown[] = []
  const socket = new WebSocket(wsUrl)
  await once(socket, 'open')
  socket.on('message', (data) => {
    const { params } = JSON.parse(String(data)) as { params?: { result: unknown } }
    if (params !== undefined) told.push(params.result)
  })
  socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["syncing"]}')
  await untilTold(told, 1)
  return told
}

function untilTold(told: readonly unknown[], count: number): Promise<unknown> {
  return eventually('a subscriber is told', async () => told.length >= count || undefined, LIMIT_MS)
}

async function scrapeWhen(what: string, isSo: (scrape: Scrape) => boolean): Promise<void> {
  await eventually(what, async () => (isSo(await Scrape.of(metricsUrl)) ? true : undefined), LIMIT_MS)
}

/** What /readyz says once it is so. */
function whenReady(isReady: boolean): Promise<string> {
  const ask = async () => {
    const response = await fetch(`${metricsUrl}/readyz`)
    return (response.status === 200) === isReady ? response.text() : undefined
  }
  return eventually(isReady ? 'it is ready' : 'it is not ready', ask, LIMIT_MS)
}

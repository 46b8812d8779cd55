import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { decodeEntry, EntryChain, type FeedSource, FeedSourceError } from '../../src/feed/index.ts'
import { Prng } from '../../src/lib/index.ts'
import { openFeed } from '../../src/node/transport/index.ts'
import {
  accounts,
  bytes,
  type Chain,
  freePort,
  HttpRpc,
  hex,
  needsNode,
  signTransaction,
  startChain,
} from '../lib/index.ts'

const CRASHES = 3
const TO = bytes(`0x${'99'.repeat(20)}`)

/** Takes entries until the connection ends. */
async function takeAll(feed: FeedSource, from: bigint, taken: Map<bigint, Uint8Array>): Promise<void> {
  try {
    for await (const entry of feed.entries(from)) taken.set(decodeEntry(entry).firstRecord, entry)
  } catch (error) {
    if (!(error instanceof FeedSourceError && error.code === 'CLOSED')) throw error
  }
}

/** Sends transfers one after the other until it is told to stop, or nobody answers. */
async function load(url: string, control: AbortSignal): Promise<void> {
  const rpc = new HttpRpc(url)
  try {
    await sendAll(rpc, control)
  } catch {
    // It was killed.
  }
}

async function sendAll(rpc: HttpRpc, control: AbortSignal): Promise<void> {
  const { address, key } = accounts[0]!
  let nonce = BigInt((await rpc.call('eth_getTransactionCount', [address, 'pending'])) as string)
  while (!control.aborted) {
    const raw = signTransaction(
      {
        ...{ type: 2, chainId: 31337n, nonce: nonce++, gasLimit: 21_000n, to: TO, value: 1n },
        ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n, data: new Uint8Array(0) },
      },
      key,
    )
    await rpc.call('eth_sendRawTransaction', [hex(raw)])
  }
}

describe('a node that publishes and is killed', () => {
  it('goes on with the same stream: no gap, and nothing other than what was sent', needsNode, async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'leveret-feed-crash-'))
    const feedPort = await freePort()
    const start = (): Promise<Chain> =>
      startChain({
        ...{ target: 'leveret', dataFolder, miniBlockMs: 2, blockMs: 50 },
        extraArguments: ['--feed-port', String(feedPort), '--snapshot-mb', '1'],
      })
    const sent = new Map<bigint, Uint8Array>()
    const random = new Prng(7)
    let last: FeedSource | undefined
    let chain: Chain | undefined
    try {
      for (let crash = 0; crash <= CRASHES; crash++) {
        chain = await start()
        last = await openFeed(`tcp://127.0.0.1:${feedPort}`)
        const { nextRecord } = await last.hello()
        if (crash === CRASHES) break
        const control = new AbortController()
        const taking = takeAll(last, nextRecord, sent)
        const loading = load(chain.url, control.signal)
        // Any moment will do: the longer it runs, the more can go wrong.
        await setTimeout(300 + random.nextInt(700))
        await chain.kill()
        control.abort()
        await Promise.all([taking, loading])
      }
      const { genesisHash, signer, epoch, nextRecord } = await last!.hello()
      const order = new EntryChain({ genesisHash, signer, nextRecord: 0n })
      let same = 0
      for await (const entry of last!.entries(0n)) {
        const decoded = decodeEntry(entry)
        order.accept(decoded)
        const before = sent.get(decoded.firstRecord)
        if (before !== undefined) {
          assert.deepEqual(entry, before)
          same++
        }
        if (order.nextRecord >= nextRecord) break
      }
      assert.equal(same, sent.size)
      assert.ok(same > 0)
      assert.equal(epoch, 0n)
    } finally {
      last?.close()
      await chain?.stop()
      rmSync(dataFolder, { recursive: true, force: true })
    }
  })
})

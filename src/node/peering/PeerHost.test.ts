import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { connectFeed } from '../../feed/index.ts'
import { createPeerNode, dialerServices } from './createPeerNode.ts'
import { dialPeer } from './dialPeer.ts'
import { KnownPeers } from './KnownPeers.ts'
import { MAX_SERVED_STREAMS, MAX_STREAMS_PER_PEER } from './limits.ts'
import { ANY_FEED_PROTOCOL, networkNames } from './networkNames.ts'
import { PeerHost } from './PeerHost.ts'
import { streamDuplex } from './streamDuplex.ts'

const names = networkNames(new Uint8Array(32).fill(7))
/** Ends what a test has started. */
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()))
})

/** A host whose sessions last until it stops, or `endOne` ends the oldest; `served` counts them all. */
async function startHost(): Promise<{ host: PeerHost; served: () => number; endOne: () => void }> {
  const open: (() => void)[] = []
  let served = 0
  const host = await PeerHost.start({
    ...{ seed: randomBytes(32), listen: { host: '127.0.0.1', port: 0 }, names, bootstrap: [] },
    known: new KnownPeers(join(tmpdir(), 'leveret-no-folder')),
    onPeer: () => {},
    onLost: () => {},
    onHead: () => 'known',
    serve: () => {
      served++
      return new Promise((resolve) => open.push(resolve))
    },
  })
  ends.push(() => host.stop())
  return { host, served: () => served, endOne: () => open.shift()!() }
}

/** Opens as many sessions as one may have, by either name of the protocol. */
async function occupy(address: string): Promise<Connection> {
  const node = await createPeerNode({ seed: randomBytes(32), listen: undefined }, await dialerServices())
  ends.push(async () => await node.stop())
  const connection = await node.dial(multiaddr(address))
  for (let i = 0; i < MAX_STREAMS_PER_PEER; i++)
    await connection.newStream(i % 2 === 0 ? names.feed : ANY_FEED_PROTOCOL)
  return connection
}

describe('PeerHost', () => {
  it('says that there is no room to whoever comes when all sessions are taken', async () => {
    const { host, served } = await startHost()
    const address = host.addresses[0]!
    // Whoever comes from one address as the ninth within a second is cut off.
    while (served() < MAX_SERVED_STREAMS) await occupy(address).catch(() => delay(100))
    // So many come from one address within a second that it may be cut off before it is heard.
    let refusal: { code?: string; message: string } | undefined
    for (let tries = 0; tries < 20 && refusal?.code !== 'LIMIT'; tries++) {
      await delay(100)
      const feed = dialPeer(address)
      refusal = await feed.hello().then(
        () => assert.fail('it is served'),
        (error) => error,
      )
      feed.close()
    }
    assert.equal(refusal?.code, 'LIMIT')
    assert.match(refusal!.message, /64 sessions with peers are open there/)
    assert.equal(served(), MAX_SERVED_STREAMS)
  })

  it('says so to a peer that has all the sessions it may have, and serves it again when one has ended', async () => {
    const { host, served, endOne } = await startHost()
    const connection = await occupy(host.addresses[0]!)
    while (served() < MAX_STREAMS_PER_PEER) await delay(10)
    const refused = connectFeed(streamDuplex(await connection.newStream(names.feed)))
    await assert.rejects(refused.hello(), {
      code: 'LIMIT',
      message: /4 sessions with this peer are open there/,
    })
    refused.close()
    assert.equal(served(), MAX_STREAMS_PER_PEER)
    endOne()
    await connection.newStream(names.feed)
    while (served() < MAX_STREAMS_PER_PEER + 1) await delay(10)
  })
})

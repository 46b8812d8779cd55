import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { createPeerNode, dialerServices } from './createPeerNode.ts'
import { dialPeer } from './dialPeer.ts'
import { KnownPeers } from './KnownPeers.ts'
import { MAX_SERVED_STREAMS, MAX_STREAMS_PER_PEER } from './limits.ts'
import { ANY_FEED_PROTOCOL, networkNames } from './networkNames.ts'
import { PeerHost } from './PeerHost.ts'

const names = networkNames(new Uint8Array(32).fill(7))
/** Each peer may have so many sessions by either name of the protocol. */
const SESSIONS_OF_A_PEER = 2 * MAX_STREAMS_PER_PEER

/** Ends what a test has started. */
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()))
})

/** A host whose sessions last until it stops; `served` counts them. */
async function startHost(): Promise<{ host: PeerHost; served: () => number }> {
  let served = 0
  const host = await PeerHost.start({
    ...{ seed: randomBytes(32), listen: { host: '127.0.0.1', port: 0 }, names, bootstrap: [] },
    known: new KnownPeers(join(tmpdir(), 'leveret-no-folder')),
    onPeer: () => {},
    onLost: () => {},
    onHead: () => 'known',
    serve: () => {
      served++
      return new Promise(() => {})
    },
  })
  ends.push(() => host.stop())
  return { host, served: () => served }
}

/** Opens as many sessions as one may have. */
async function occupy(address: string): Promise<void> {
  const node = await createPeerNode({ seed: randomBytes(32), listen: undefined }, await dialerServices())
  ends.push(async () => await node.stop())
  const connection = await node.dial(multiaddr(address))
  for (let i = 0; i < SESSIONS_OF_A_PEER; i++)
    await connection.newStream(i % 2 === 0 ? names.feed : ANY_FEED_PROTOCOL)
}

describe('PeerHost', () => {
  it('says that there is no room to whoever comes when all sessions are taken', async () => {
    const { host, served } = await startHost()
    const address = host.addresses[0]!
    for (let i = 0; i < MAX_SERVED_STREAMS / SESSIONS_OF_A_PEER; i++) await occupy(address)
    while (served() < MAX_SERVED_STREAMS) await delay(10)
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
})

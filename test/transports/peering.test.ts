import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { encodedEntries, GENESIS_HASH, testSigner } from '../../src/feed/testing/index.ts'
import { Prng } from '../../src/lib/index.ts'
import { dialPeer, PeeringThread, PeerLink } from '../../src/node/peering/index.ts'
import { until } from '../../src/node/testing/index.ts'
import type { NamedSource } from '../../src/replica/index.ts'
import { MemorySource } from './MemorySource.ts'
import { take } from './take.ts'

const peers = new Set<Peer>()
/** Where no addresses can be kept. */
const NO_FOLDER = join(tmpdir(), 'leveret-no-folder')

describe('peers of a chain', () => {
  afterEach(async () => {
    await Promise.all([...peers].map((peer) => peer.close()))
    peers.clear()
  })

  it('are found from one address, also when that one is gone', async () => {
    const entries = await encodedEntries(4)
    const first = await Peer.start(new MemorySource(entries))
    const others = [
      await Peer.start(new MemorySource(entries), first),
      await Peer.start(new MemorySource(entries), first),
    ]
    const all = [first, ...others]
    await until('two peers each', () => all.every((peer) => peer.found.size === 2))
    await first.close()
    await until('one peer each', () => others.every((peer) => peer.found.size === 1))
    const late = await Peer.start(new MemorySource(entries.slice(0, 1)), others[0])
    await until(
      'two peers each again',
      () => late.found.size === 2 && others.every((peer) => peer.found.size === 2),
    )
    for (const source of late.found.values()) {
      const feed = await source.open(new AbortController().signal)
      assert.equal((await feed.hello()).nextRecord, 20n)
      assert.deepEqual(await take(feed.entries(0n), entries.length), entries)
      feed.close()
    }
  })

  it('are found again by one that has reached them before, without an address', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-peers-'))
    try {
      const entries = await encodedEntries(1)
      const there = await Peer.start(new MemorySource(entries))
      const first = await Peer.start(new MemorySource(entries), there, { folder })
      await until('a peer', () => first.found.size === 1)
      await first.close()
      await until('nobody', () => there.found.size === 0)
      const again = await Peer.start(new MemorySource(entries), undefined, { folder })
      await until('the peer of before', () => again.found.size === 1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('serve whoever does not know the chain yet: entries, snapshot, transactions', async () => {
    const entries = await encodedEntries(2)
    const snapshot = new Prng(1).nextBytes(6_000_000)
    const source = new MemorySource(entries, snapshot)
    const peer = await Peer.start(source)
    const feed = dialPeer(peer.address)
    try {
      assert.deepEqual(await feed.hello(), await source.hello())
      const pieces: Uint8Array[] = []
      for await (const piece of feed.snapshot()) pieces.push(piece)
      assert.ok(Buffer.concat(pieces).equals(snapshot))
      const raw = [new Uint8Array(100).fill(1)]
      assert.deepEqual(await feed.submit(raw), [{ hash: new Uint8Array(32).fill(1) }])
    } finally {
      feed.close()
    }
  })

  it('say why one can not be reached: nobody is there, or another', async () => {
    const entries = await encodedEntries(1)
    const [peer, other] = [
      await Peer.start(new MemorySource(entries)),
      await Peer.start(new MemorySource(entries)),
    ]
    const { address } = peer
    const stranger = address.replace(/[^/]+$/, other.address.split('/').at(-1)!)
    await assert.rejects(dialPeer(stranger).hello(), { code: 'CLOSED', message: /identity key/ })
    await peer.close()
    await assert.rejects(dialPeer(address).hello(), { code: 'CLOSED', message: /ECONNREFUSED/ })
  })

  it('tell how far the stream is, as the sequencer has signed it', async () => {
    const entries = await encodedEntries(300)
    const source = new MemorySource(entries.slice(0, 3))
    const ahead = await Peer.start(source)
    const behind = await Peer.start(new MemorySource(entries.slice(0, 3)), ahead)
    const stranger = await Peer.start(new MemorySource(entries.slice(0, 3)), ahead, {
      signer: testSigner(0x47).address,
    })
    await until('both peers', () => ahead.found.size === 2)
    // Only what is newer is told, to whoever hears it then.
    await until('the newer head, and a ban', async () => {
      if (entries.length > 3) source.push(...entries.splice(3, 1))
      return behind.newest > 1n && stranger.thread.status.banned > 0
    })
    assert.equal(ahead.newest, 0n)
    assert.equal(stranger.newest, 0n)
  })

  it('are dropped when they are banned, and not dialled again', async () => {
    const entries = await encodedEntries(1)
    const good = await Peer.start(new MemorySource(entries))
    const bad = await Peer.start(new MemorySource(entries), good)
    await until('a peer each', () => good.found.size === 1 && bad.found.size === 1)
    assert.equal(good.link.ban('tcp://127.0.0.1:1'), false)
    assert.equal(good.link.ban([...good.found.keys()][0]!), true)
    await until('no peers', () => good.found.size === 0 && bad.found.size === 0)
    await until('the ban', () => good.thread.status.banned === 1)
    assert.deepEqual(good.thread.status.dropped, { entries: 1, head: 0 })
    const feed = dialPeer(good.address)
    assert.equal((await feed.hello()).nextRecord, 5n)
    feed.close()
    assert.equal(good.found.size, 0)
  })
})

/** A node's peering, with a source in memory. */
class Peer {
  readonly thread: PeeringThread
  readonly link: PeerLink
  readonly found: Map<string, NamedSource>
  newest = 0n
  #isClosed = false

  private constructor(thread: PeeringThread, link: PeerLink, found: Map<string, NamedSource>) {
    this.thread = thread
    this.link = link
    this.found = found
    peers.add(this)
  }

  static async start(
    source: MemorySource,
    bootstrap?: Peer,
    { signer = testSigner().address, folder = NO_FOLDER } = {},
  ): Promise<Peer> {
    const seed = crypto.getRandomValues(new Uint8Array(32))
    const known = bootstrap === undefined ? [] : [bootstrap.address]
    const listen = { host: '127.0.0.1', port: 0 }
    const thread = new PeeringThread({ seed, listen, bootstrap: known, genesisHash: GENESIS_HASH, folder })
    const found = new Map<string, NamedSource>()
    let peer: Peer | undefined
    const link = new PeerLink({
      ...{ port: thread.port, source },
      onFound: (named) => void found.set(named.name, named),
      onLost: (name) => void found.delete(name),
      onHead: (number) => {
        if (peer !== undefined) peer.newest = number
      },
    })
    await thread.start(signer, (event) => assert.equal(event, 'peering_started'))
    peer = new Peer(thread, link, found)
    return peer
  }

  get address(): string {
    return this.thread.addresses[0]!
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.link.close()
    await this.thread.close()
  }
}

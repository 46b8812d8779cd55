import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, nextTurn } from '../../lib/index.ts'
import { EntryStore, type FeedSource, FeedSourceError } from '../index.ts'
import { duplexPair, encodedEntries, GENESIS_HASH, ListSource, withFolder } from '../testing/index.ts'
import { encodeFrame, FRAME_TYPES, type FrameType, PREFACE } from './frames.ts'
import { connectFeed, FeedSessionError, serveFeed } from './index.ts'
import { encodeCredit, encodeEntriesRequest, encodePart } from './messages.ts'

async function collect(
  items: AsyncIterable<Uint8Array>,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = []
  for await (const item of items) if (taken.push(item) >= most) break
  return taken
}

const isCode = (code: string) => (error: unknown) =>
  (error instanceof FeedSourceError || error instanceof FeedSessionError) && error.code === code

/** A source and the other end of a connection to it. */
function connected(source: FeedSource, seed = 1) {
  const [here, there] = duplexPair(seed)
  const served = serveFeed(there, source)
  served.catch(() => {})
  return { feed: connectFeed(here), served, here, there }
}

describe('a feed session', () => {
  test('gives what the source gives', async () => {
    const entries = await encodedEntries(3)
    const source = new ListSource(entries)
    const { feed, served } = connected(source)
    assert.deepEqual(await feed.hello(), await source.hello())
    assert.deepEqual(await collect(feed.entries(0n)), entries)
    assert.deepEqual(await collect(feed.entries(6n)), entries.slice(3))
    assert.deepEqual(await feed.genesis(), source.genesisText)
    assert.deepEqual(await collect(feed.snapshot()), source.snapshotPieces)
    const raw = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]
    const answers = [
      { hash: new Uint8Array(32).fill(1) },
      { code: 'EMPTY', message: 'nothing' },
      { hash: new Uint8Array(32).fill(3), expectedNonce: 2n ** 64n - 1n },
    ]
    assert.deepEqual(await feed.submit(raw), answers)
    assert.deepEqual(source.submitted, raw)
    await assert.rejects(collect(feed.entries(99n)), isCode('AHEAD'))
    feed.close()
    await served
    await assert.rejects(feed.hello(), isCode('CLOSED'))
  })

  test('carries many requests at once, and items of any size', async () => {
    const large = new Uint8Array(randomBytes(5_000_000))
    const entries = await encodedEntries(1, large)
    const source = new ListSource(entries)
    source.snapshotPieces = Array.from({ length: 20 }, (_, i) => new Uint8Array(300_000).fill(i))
    const { feed } = connected(source)
    const all = Array.from({ length: 3 }, () => collect(feed.entries(0n)))
    const pieces = collect(feed.snapshot())
    for (const taken of await Promise.all(all)) assert.deepEqual(taken, entries)
    assert.deepEqual(await pieces, source.snapshotPieces)
    feed.close()
  })

  test('hands over more transactions than a frame takes', async () => {
    const source = new ListSource(await encodedEntries(1))
    const { feed } = connected(source)
    const raw = Array.from({ length: 50 }, (_, i) => new Uint8Array(20_000).fill(i + 1))
    const answers = await feed.submit(raw)
    assert.deepEqual(
      answers,
      raw.map((_, i) => ({ hash: new Uint8Array(32).fill(i + 1) })),
    )
    assert.deepEqual(source.submitted, raw)
    await assert.rejects(feed.submit([new Uint8Array(300_000)]), isCode('LIMIT'))
    await assert.rejects(Promise.all(Array.from({ length: 17 }, () => feed.hello())), isCode('LIMIT'))
    feed.close()
  })

  test('a slow reader makes the source wait, not the memory grow', async () => {
    const entries = await encodedEntries(15, new Uint8Array(randomBytes(600_000)))
    const source = new ListSource(entries)
    const { feed, there } = connected(source)
    const reader = feed.entries(0n)[Symbol.asyncIterator]()
    await reader.next()
    for (let i = 0; i < 300; i++) await nextTurn()
    // 4 MiB of credit, and one entry that is held ready: of 9 MB.
    assert.ok(source.taken < 45, `${source.taken} entries were taken`)
    assert.ok(there.unreadBytes <= 300_000)
    assert.deepEqual(await collect({ [Symbol.asyncIterator]: () => reader }), entries.slice(1))
    feed.close()
  })

  test('goes on live, ends with the signal, and can be taken up again', async () => {
    const entries = await encodedEntries(4)
    await withFolder(async (folder) => {
      const store = EntryStore.open(folder, { genesisHash: GENESIS_HASH, maxBytes: 1e9 })
      const source = new ListSource(entries)
      source.entries = (from, options) => store.entries(from, options)
      for (const entry of entries.slice(0, 2)) store.append(entry)
      const { feed, served } = connected(source)
      const first = collect(feed.entries(0n), 4)
      for (let i = 0; i < 20; i++) await nextTurn()
      for (const entry of entries.slice(2, 6)) store.append(entry)
      assert.deepEqual(await first, entries.slice(0, 4))
      const control = new AbortController()
      const rest: Uint8Array[] = []
      // It would go on for ever.
      for await (const entry of feed.entries(6n, { signal: control.signal }))
        if (rest.push(entry) === 2) control.abort()
      assert.deepEqual(rest, entries.slice(3, 5))
      // What was cancelled has ended there too: its number of requests is bounded.
      for (let i = 0; i < 40; i++) {
        const again = feed.entries(0n)[Symbol.asyncIterator]()
        await again.next()
        await again.return?.()
        await feed.hello()
      }
      feed.close()
      await served
      store.close()
    })
  })

  test('whoever waits hears that the connection has ended', async () => {
    const { feed, there } = connected(new ListSource(await encodedEntries(1)))
    await feed.hello()
    const reader = feed.snapshot()[Symbol.asyncIterator]()
    await reader.next()
    there.close()
    await assert.rejects(collect({ [Symbol.asyncIterator]: () => reader }), isCode('CLOSED'))
  })
})

const SOME_ENTRIES = await encodedEntries(1)

/** What comes of a promise, which is broken off if it takes many turns: whoever waits for more bytes waits for ever. */
async function within(promise: Promise<unknown>, breakOff: () => void): Promise<string> {
  let said: string | undefined
  const settled = promise.then(
    () => 'none',
    (error) => (error instanceof FeedSessionError ? error.code : (error as Error).message),
  )
  void settled.then((text) => (said = text))
  for (let i = 0; i < 100 && said === undefined; i++) await nextTurn()
  breakOff()
  return settled
}

/** What a server says to bytes that are no client's. */
async function serverSays(bytes: Uint8Array): Promise<string> {
  const [here, there] = duplexPair()
  const served = serveFeed(there, new ListSource(SOME_ENTRIES))
  void collect(here.incoming)
  await here.write(bytes)
  return within(served, () => here.close())
}

/** What a client says to bytes that are no server's. */
async function clientSays(bytes: Uint8Array): Promise<string> {
  const [here, there] = duplexPair()
  const feed = connectFeed(here)
  void collect(there.incoming)
  const asked = feed.hello()
  void there.write(bytes)
  return within(asked, () => there.close())
}

const frame = (type: FrameType, request: number, payload?: Uint8Array) =>
  concatBytes(PREFACE, encodeFrame(type, request, payload))

describe('a feed session with who does not keep to it', () => {
  test('the server names what is wrong, and closes', async () => {
    const hello = encodeFrame('hello', 1, encodeCredit(0))
    assert.equal(await serverSays(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')), 'NO_PREFACE')
    assert.equal(await serverSays(Uint8Array.of(...PREFACE.subarray(0, 7), 9)), 'UNKNOWN_VERSION')
    assert.equal(await serverSays(concatBytes(PREFACE, new Uint8Array(9).fill(255))), 'FRAME_LENGTH')
    assert.equal(await serverSays(concatBytes(PREFACE, new Uint8Array(9))), 'FRAME_LENGTH')
    assert.equal(await serverSays(frame('part', 1)), 'UNEXPECTED_TYPE')
    assert.equal(await serverSays(frame('hello', 1)), 'PAYLOAD')
    assert.equal(await serverSays(concatBytes(PREFACE, hello, hello)), 'REQUEST_IN_USE')
    assert.equal(await serverSays(frame('genesis', 1, encodeCredit(0xffffffff))), 'CREDIT')
    const entries = encodeEntriesRequest({ credit: 0, fromRecord: 0n, withDictionary: false })
    assert.equal(await serverSays(frame('entries', 1, entries.fill(2, 12))), 'PAYLOAD')
    const many = Array.from({ length: 33 }, (_, i) => encodeFrame('hello', i, encodeCredit(0)))
    assert.equal(await serverSays(concatBytes(PREFACE, ...many)), 'TOO_MANY_REQUESTS')
    const unknown = encodeFrame('hello', 1)
    unknown[4] = 99
    assert.equal(await serverSays(concatBytes(PREFACE, unknown)), 'UNKNOWN_TYPE')
  })

  test('the client names what is wrong, and closes', async () => {
    assert.match(await clientSays(new TextEncoder().encode('220 ready\r\n')), /NO_PREFACE/)
    assert.match(await clientSays(frame('hello', 1)), /UNEXPECTED_TYPE/)
    assert.match(await clientSays(frame('end', 7)), /UNKNOWN_REQUEST/)
    assert.match(await clientSays(frame('end', 1)), /no answer/)
    assert.match(await clientSays(frame('part', 1, Uint8Array.of(3))), /PAYLOAD/)
    assert.match(await clientSays(frame('error', 1)), /PAYLOAD/)
    const part = encodeFrame('part', 1, encodePart(true, new Uint8Array(5)))
    assert.match(await clientSays(concatBytes(PREFACE, part, encodeFrame('end', 1))), /PAYLOAD/)
    assert.match(await clientSays(concatBytes(PREFACE, part, part)), /more than one/)
  })

  test('the client takes no more than it gave credit for', async () => {
    const [here, there] = duplexPair()
    const reader = connectFeed(here).snapshot()[Symbol.asyncIterator]()
    void collect(there.incoming)
    const first = reader.next()
    const piece = encodeFrame('part', 1, encodePart(true, new Uint8Array(200_000)))
    for (let i = 0; i < 30; i++)
      await there.write(i === 0 ? concatBytes(PREFACE, piece) : piece).catch(() => {})
    await first
    const rest = collect({ [Symbol.asyncIterator]: () => reader })
    await assert.rejects(rest, /CREDIT/)
  })

  test('random bytes and broken frames end the session by name, or are waited for', async () => {
    const anyFrame = fc
      .tuple(
        fc.constantFrom(...(Object.keys(FRAME_TYPES) as FrameType[])),
        fc.nat(3),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([type, request, payload]) => encodeFrame(type, request, payload))
    const stream = fc
      .tuple(fc.array(fc.oneof(anyFrame, fc.uint8Array({ maxLength: 30 })), { maxLength: 6 }), fc.nat(300))
      .map(([parts, cut]) => concatBytes(PREFACE, ...parts).subarray(0, cut))
    await fc.assert(
      fc.asyncProperty(fc.oneof(stream, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
        assert.match(await serverSays(bytes), /^(none|[A-Z_]+)$/)
        assert.match(await clientSays(bytes), /^(none|The source of the stream|The other side)/)
      }),
      { numRuns: 200 },
    )
  })
})

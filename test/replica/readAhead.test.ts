import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeEntry, type FeedEntry } from '../../src/feed/index.ts'
import { encodedEntries, GENESIS_HASH, testSigner } from '../../src/feed/testing/index.ts'
import { nextTurn } from '../../src/lib/index.ts'
import { AHEAD_ENTRIES, Foresight } from '../../src/replica/Foresight.ts'
import { readAhead } from '../../src/replica/readAhead.ts'

const ENTRIES = await encodedEntries(3)
const { address: signer } = testSigner()

/** Notes what it gets. */
class Seen {
  readonly entries: { firstRecord: bigint; isKnown: boolean }[] = []
  isFull = false
  begun = 0

  begin(): void {
    this.begun++
  }

  add({ firstRecord }: FeedEntry, isKnown: boolean): void {
    this.entries.push({ firstRecord, isKnown })
  }
}

function open(genesisHash: Uint8Array = GENESIS_HASH) {
  const seen = new Seen()
  return { seen, foresight: new Foresight({ genesisHash, signer, ahead: seen }) }
}

/** A stream that tells how much was taken from it. */
class Stream {
  taken = 0
  hasEnded = false

  async *of(entries: Iterable<Uint8Array>, end?: Error): AsyncGenerator<Uint8Array, void> {
    try {
      for (const entry of entries) {
        this.taken++
        yield entry
      }
      if (end !== undefined) throw end
    } finally {
      this.hasEnded = true
    }
  }
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await nextTurn()
}

describe('reading ahead', () => {
  it('shows entries before their turn, with what is known of them, and gives them in order', async () => {
    const { seen, foresight } = open()
    const stream = new Stream()
    const reader = readAhead(stream.of(ENTRIES), foresight, () => 4n)
    assert.equal((await reader.next()).value, ENTRIES[0])
    await settle()
    assert.deepEqual(
      seen.entries,
      ENTRIES.map((encoded) => decodeEntry(encoded).firstRecord).map((firstRecord) => ({
        firstRecord,
        isKnown: firstRecord < 4n,
      })),
    )
    const rest: Uint8Array[] = []
    for await (const entry of reader) rest.push(entry)
    assert.deepEqual(rest, ENTRIES.slice(1))
  })

  it('tells how the stream ended once all entries had their turn', async () => {
    const { foresight } = open()
    const end = new Error('gone')
    const got: Uint8Array[] = []
    const reading = async () => {
      for await (const entry of readAhead(new Stream().of(ENTRIES, end), foresight, () => 0n)) got.push(entry)
    }
    await assert.rejects(reading(), end)
    assert.equal(got.length, ENTRIES.length)
  })

  it('takes no more than is allowed, and one at a time where there is too much', async () => {
    const { seen, foresight } = open()
    const stream = new Stream()
    const many = Array.from({ length: 2 * AHEAD_ENTRIES }, () => ENTRIES[0]!)
    const reader = readAhead(stream.of(many), foresight, () => 0n)
    await reader.next()
    await settle()
    assert.equal(stream.taken, AHEAD_ENTRIES + 1)
    seen.isFull = true
    for (let i = 0; i < AHEAD_ENTRIES; i++) await reader.next()
    await settle()
    assert.equal(stream.taken, AHEAD_ENTRIES + 2)
    await reader.return()
    await settle()
    assert.ok(stream.hasEnded)
  })

  it('shows nothing behind an entry that can not be right', async () => {
    for (const damaged of [new Uint8Array(5), ENTRIES[2]!]) {
      const { seen, foresight } = open()
      for await (const _ of readAhead(
        new Stream().of([ENTRIES[0]!, damaged, ENTRIES[1]!]),
        foresight,
        () => 0n,
      ));
      assert.equal(seen.entries.length, 1)
      foresight.begin()
      foresight.see(ENTRIES[1]!, 0n)
      assert.equal(seen.entries.length, 2)
      assert.equal(seen.begun, 1)
    }
    const { seen, foresight } = open(new Uint8Array(32))
    foresight.see(ENTRIES[0]!, 0n)
    assert.deepEqual(seen.entries, [], 'not signed for this chain')
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeEntry, encodeEntry, entryDigest, signEntry } from '../../src/feed/index.ts'
import { encodedEntries, GENESIS_HASH, testSigner } from '../../src/feed/testing/index.ts'
import { Prng } from '../../src/lib/index.ts'
import { parseNatsUrl } from '../../src/node/nats/NatsPlace.ts'
import { NatsSource } from '../../src/node/nats/NatsSource.ts'
import { until } from '../../src/node/testing/index.ts'
import { MemorySource } from './MemorySource.ts'
import { NatsFixture } from './NatsFixture.ts'
import { NO_NATS } from './NatsServer.ts'
import { take } from './take.ts'

describe('a stream of entries in NATS JetStream, for its readers', { skip: NO_NATS }, () => {
  const nats = new NatsFixture()

  it('gives readers what a publisher put there: entries as they are, genesis, snapshot, hello', async () => {
    const entries = await encodedEntries(4)
    const snapshot = new Prng(1).nextBytes(1_300_000)
    const source = new MemorySource(entries, snapshot)
    nats.publish(source)
    const there = await nats.readerOf(20n)
    assert.deepEqual(await there.hello(), await source.hello())
    assert.deepEqual(await take(there.entries(0n), entries.length), entries)
    assert.deepEqual(await there.genesis(), await source.genesis())
    await until(
      'a snapshot',
      async () => (await collect(there.snapshot()).catch(() => undefined)) !== undefined,
    )
    assert.deepEqual(Buffer.concat(await collect(there.snapshot())), Buffer.from(snapshot))
    assert.deepEqual(nats.troubles, [])
  })

  it('begins with the entry that holds a record, or where its dictionary began, and goes on live', async () => {
    const entries = await withDictionaries(await encodedEntries(6), 4)
    const source = new MemorySource(entries.slice(0, 9))
    nats.publish(source)
    const there = await nats.readerOf(15n)
    for (const [index, entry] of entries.slice(0, 9).entries()) {
      const { firstRecord, recordCount } = decodeEntry(entry)
      for (let record = firstRecord; record < firstRecord + BigInt(recordCount); record++)
        assert.deepEqual(await take(there.entries(record), 1), [entries[index]])
    }
    assert.deepEqual(await take(there.entries(11n, { withDictionary: true }), 1), [entries[4]])
    const live = take(there.entries(15n), 3)
    source.push(...entries.slice(9, 12))
    assert.deepEqual(await live, entries.slice(9, 12))
    await assert.rejects(take(there.entries(100n), 1), { code: 'AHEAD' })
  })

  it('is there before the first entry, and goes on with it', async () => {
    const source = new MemorySource([])
    nats.publish(source)
    const there = await nats.readerOf(0n)
    assert.deepEqual(await there.hello(), await source.hello())
    await assert.rejects(take(there.entries(1n), 1), { code: 'AHEAD' })
    const entries = await encodedEntries(2)
    const live = take(there.entries(0n, { withDictionary: true }), entries.length)
    source.push(...entries)
    assert.deepEqual(await live, entries)
    assert.deepEqual(nats.troubles, [])
  })

  it('may be asked without a pause while a publisher makes it: nats-server 2.9 must not end', async () => {
    const source = new MemorySource(await encodedEntries(1))
    for (let i = 0; i < 40; i++) {
      const url = `${nats.url}-${i}`
      const readers = await Promise.all([0, 1, 2].map(() => NatsSource.connect(url)))
      const publisher = nats.publish(source, { place: parseNatsUrl(url) })
      await Promise.all(readers.map(untilThere))
      await publisher.close()
      for (const reader of readers) reader.close()
    }
    assert.deepEqual(nats.troubles, [])
  })

  it('cuts an entry that the server would not take, and puts it together again', async () => {
    const entries = await encodedEntries(3, new Prng(2).nextBytes(3_000_000))
    assert.ok(entries[0]!.length > 2 * 1024 * 1024)
    nats.publish(new MemorySource(entries))
    const there = await nats.readerOf(15n)
    assert.deepEqual(await take(there.entries(0n), entries.length), entries)
    assert.deepEqual(await take(there.entries(4n), 1), [entries[2]])
  })

  it('hands transactions over to the sequencer', async () => {
    const source = new MemorySource(await encodedEntries(1))
    const publisher = nats.publish(source)
    const there = await nats.readerOf(5n)
    const raw = [1, 2, 3].map((fill) => new Uint8Array(700_000).fill(fill))
    const answers = raw.map((transaction) => ({ hash: transaction.slice(0, 32) }))
    assert.deepEqual(await there.submit(raw), answers)
    assert.equal(source.submitted.length, 3)
    await assert.rejects(there.submit([new Uint8Array(2_000_000)]), { code: 'LIMIT' })
    await publisher.close()
    await assert.rejects(there.submit(raw), { code: 'NOT_OFFERED' })
  })

  it('keeps no more than it was told, and says what is gone', async () => {
    const entries = await encodedEntries(40, new Prng(3).nextBytes(10_000))
    nats.publish(new MemorySource(entries), { maxBytes: 150_000 })
    const there = await nats.readerOf(200n)
    const { firstRecord } = await there.hello()
    assert.ok(firstRecord > 0n && firstRecord < 200n)
    await assert.rejects(take(there.entries(0n), 1), { code: 'PRUNED' })
    const kept = entries.filter((entry) => decodeEntry(entry).firstRecord >= firstRecord)
    assert.deepEqual(await take(there.entries(firstRecord), kept.length), kept)
  })
})

async function withDictionaries(encoded: Uint8Array[], every: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = []
  let parentDigest: Uint8Array = GENESIS_HASH
  for (const [index, bytes] of encoded.entries()) {
    const entry = { ...decodeEntry(bytes), parentDigest, beginsAnew: index % every === 0 }
    entries.push(encodeEntry(await signEntry(entry, { genesisHash: GENESIS_HASH, signer: testSigner() })))
    parentDigest = entryDigest(entry, GENESIS_HASH)
  }
  return entries
}

async function untilThere(reader: NatsSource): Promise<void> {
  const hello = async () =>
    reader.hello().catch((error: { code: string }) => {
      if (error.code !== 'NOT_OFFERED') throw error
    })
  while (((await hello())?.nextRecord ?? 0n) === 0n);
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { decodeEntry, encodeEntry, entryDigest, type FeedSource } from '../../src/feed/index.ts'
import {
  encodedEntries,
  entriesOf,
  GENESIS_HASH,
  testSigner,
  validLog,
} from '../../src/feed/testing/index.ts'
import { splitEntry } from '../../src/node/nats/entryParts.ts'
import { NatsLog } from '../../src/node/nats/NatsLog.ts'
import { MemorySource } from './MemorySource.ts'
import { NatsFixture } from './NatsFixture.ts'
import { NO_NATS } from './NatsServer.ts'
import { take } from './take.ts'

/** To the end of a stream that has none. */
async function readOn(entries: AsyncIterator<Uint8Array>): Promise<void> {
  while (!(await entries.next()).done);
}

describe('publishers of a stream in NATS JetStream', { skip: NO_NATS }, () => {
  const nats = new NatsFixture()

  it('passes over an entry that a publisher did not end, which the next one begins anew', async () => {
    const entries = await encodedEntries(3)
    const first = nats.publish(new MemorySource(entries.slice(0, 4)))
    await nats.readerOf(8n)
    await first.close()
    const client = await nats.client()
    const { name } = nats.place
    const { firstRecord } = decodeEntry(entries[4]!)
    const parts = splitEntry(entries[4]!, { firstRecord, dictionaryRecord: 0n, maxBytes: 100 })
    for (const part of parts.slice(0, -1)) await client.append(`${name}.entries`, part)
    nats.publish(new MemorySource(entries))
    const there = await nats.readerOf(15n)
    assert.deepEqual(await take(there.entries(0n), entries.length), entries)
    assert.deepEqual(await take(there.entries(firstRecord), 1), [entries[4]])
    assert.deepEqual(nats.troubles, [])
  })

  it('lets only one of two append behind the same entry', async () => {
    const entries = await encodedEntries(2)
    nats.publish(new MemorySource(entries.slice(0, 1)))
    await nats.readerOf(3n)
    const logs = await Promise.all(
      [0, 1].map(async () => {
        const log = new NatsLog(await nats.client(), nats.place.name)
        await log.tail()
        return log
      }),
    )
    const place = { firstRecord: 3n, dictionaryRecord: 0n }
    const ends = await Promise.allSettled(logs.map((log) => log.append(entries[1]!, place)))
    const failed = ends.filter((end) => end.status === 'rejected')
    assert.equal(failed.length, 1)
    assert.equal((failed[0]!.reason as { code: string }).code, 'FENCED')
    const there = await nats.readerOf(4n)
    assert.deepEqual(await take(there.entries(0n), 2), entries.slice(0, 2))
  })

  it('has each entry once when two publish the same stream at once', async () => {
    const entries = await encodedEntries(30)
    const sources = [new MemorySource(entries.slice(0, 1)), new MemorySource(entries.slice(0, 1))]
    for (const source of sources) nats.publish(source)
    await nats.readerOf(3n)
    for (let i = 1; i < entries.length; i++) {
      for (const source of i % 2 === 0 ? sources : sources.toReversed()) source.push(entries[i]!)
      if (i % 10 === 0) await pause(20)
    }
    const there = await nats.readerOf(150n)
    assert.deepEqual(await take(there.entries(0n), entries.length), entries)
  })

  it('stops a publisher whose entries are others, and changes nothing', async () => {
    const entries = await encodedEntries(2)
    const first = nats.publish(new MemorySource(entries.slice(0, 3)))
    await nats.readerOf(5n)
    await first.close()
    const other = (await entriesOf(validLog(2, new Uint8Array(7)))).map(encodeEntry)
    const stopped = Promise.withResolvers<Error>()
    nats.publish(new MemorySource(other), { onTrouble: stopped.resolve })
    assert.equal(((await stopped.promise) as Error & { code: string }).code, 'DIVERGED')
    const signer = testSigner(0x47)
    const strange = new MemorySource((await entriesOf(validLog(2), { signer })).map(encodeEntry))
    const refused = Promise.withResolvers<Error>()
    const hello = async () => ({ ...(await strange.hello()), signer: signer.address })
    const source = Object.assign(Object.create(strange), { hello }) as FeedSource
    nats.publish(source, { onTrouble: refused.resolve })
    assert.equal(((await refused.promise) as Error & { code: string }).code, 'OTHER_CHAIN')
    assert.deepEqual(await take((await nats.reader()).entries(0n), 3), entries.slice(0, 3))
  })

  it('goes on when the server has been away; readers are told that it is', async () => {
    const entries = await encodedEntries(4)
    const source = new MemorySource(entries.slice(0, 6))
    nats.publish(source)
    const before = await nats.readerOf(10n)
    const reading = before.entries(0n)[Symbol.asyncIterator]()
    await reading.next()
    const cut = assert.rejects(readOn(reading), { code: 'CLOSED' })
    await nats.restart()
    await cut
    source.push(...entries.slice(6))
    const there = await nats.readerOf(20n)
    assert.deepEqual(await take(there.entries(0n), entries.length), entries)
    assert.ok(nats.troubles.length > 0)
  })

  it('begins anew behind a gap that nobody can fill', async () => {
    const entries = await encodedEntries(6)
    const first = nats.publish(new MemorySource(entries.slice(0, 3)))
    await nats.readerOf(5n)
    await first.close()
    // A node that has lost its oldest entries, in whose stream the dictionary has begun anew since.
    const cut = decodeEntry(entries[8]!)
    const later = await entriesOf(validLog(6).slice(15), {
      nextRecord: 15n,
      parentDigest: entryDigest(cut, GENESIS_HASH),
      miniBlockNumber: cut.miniBlockNumber,
    })
    nats.publish(new MemorySource(later.map(encodeEntry)))
    const there = await nats.readerOf(30n)
    assert.equal((await there.hello()).firstRecord, 15n)
    assert.deepEqual(await take(there.entries(15n), later.length), later.map(encodeEntry))
    await assert.rejects(take(there.entries(0n), 1), { code: 'PRUNED' })
  })
})

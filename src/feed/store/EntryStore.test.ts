import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { nextTurn } from '../../lib/index.ts'
import { decodeEntry } from '../entries/index.ts'
import { FeedSourceError } from '../FeedSource.ts'
import { LogLockedError } from '../index.ts'
import { encodedEntries, GENESIS_HASH, withFolder } from '../testing/index.ts'
import { EntrySegment } from './EntrySegment.ts'
import { EntryStore, EntryStoreError } from './index.ts'

const OPTIONS = { genesisHash: GENESIS_HASH, maxBytes: 1024 * 1024 * 1024 }

async function take(source: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = []
  for await (const bytes of source) if (taken.push(bytes) === count) break
  return taken
}

function filled(folder: string, entries: readonly Uint8Array[], options = OPTIONS): EntryStore {
  const store = EntryStore.open(folder, options)
  for (const entry of entries) store.append(entry)
  return store
}

/** With flags: whether a dictionary begins with each entry. */
function beginning(entries: readonly Uint8Array[], isAnew: (index: number) => boolean): Uint8Array[] {
  return entries.map((bytes, index) => {
    const own = bytes.slice()
    own[1] = isAnew(index) ? 1 : 0
    return own
  })
}

const isCode = (code: string) => (error: unknown) => error instanceof FeedSourceError && error.code === code

describe('EntryStore', () => {
  test('gives what was appended, from the entry on that holds a record', async () => {
    const entries = await encodedEntries(3)
    await withFolder(async (folder) => {
      const store = filled(folder, entries)
      assert.deepEqual(await take(store.entries(0n), 9), entries)
      for (const record of [5n, 6n, 7n])
        assert.deepEqual(await take(store.entries(record), 6), entries.slice(3))
      assert.equal(store.nextRecord, 15n)
      await assert.rejects(take(store.entries(16n), 1), isCode('AHEAD'))
      store.close()
    })
  })

  test('forgets a reader that leaves while it waits', async (context) => {
    const entries = await encodedEntries(2)
    await withFolder(async (folder) => {
      const store = filled(folder, entries.slice(0, 1))
      const control = new AbortController()
      const { signal } = control
      const heard = context.mock.method(signal, 'removeEventListener')
      const left = take(store.entries(3n, { signal }), 1)
      await nextTurn()
      control.abort()
      assert.deepEqual(await left, [])
      assert.equal(heard.mock.callCount(), 1)
      store.append(entries[1]!)
      assert.equal(heard.mock.callCount(), 1, 'nothing is called for it any more')
      store.close()
    })
  })

  test('wakes who waits at its end, and ends with the signal or the store', async () => {
    const entries = await encodedEntries(2)
    await withFolder(async (folder) => {
      const store = filled(folder, entries.slice(0, 1))
      const waiting = take(store.entries(3n), 2)
      const control = new AbortController()
      const stopped = take(store.entries(3n, { signal: control.signal }), 100)
      const closed = take(store.entries(0n), 100)
      await nextTurn()
      store.append(entries[1]!)
      await nextTurn()
      store.append(entries[2]!)
      assert.deepEqual(await waiting, entries.slice(1, 3))
      control.abort()
      store.close()
      assert.ok((await stopped).length <= 2)
      assert.deepEqual(await closed, entries.slice(0, 3))
    })
  })
})

describe('the files of an EntryStore', () => {
  test('give the same when they are opened again, also where the end is torn at any byte', async () => {
    const entries = await encodedEntries(2)
    await withFolder(async (folder) => {
      filled(folder, entries).close()
      const path = join(folder, readdirSync(folder)[0]!)
      const whole = readFileSync(path)
      const lastBytes = entries.at(-1)!.length + 8
      for (let cut = 0; cut <= lastBytes; cut++) {
        writeFileSync(path, whole.subarray(0, whole.length - cut))
        const store = EntryStore.open(folder, OPTIONS)
        const isWhole = cut === 0
        assert.equal(store.cutBytes, isWhole ? 0 : lastBytes - cut)
        assert.equal(store.nextRecord, isWhole ? 10n : 9n)
        if (!isWhole) store.append(entries.at(-1)!)
        assert.deepEqual(await take(store.entries(0n), 6), entries)
        store.close()
        assert.deepEqual(readFileSync(path), whole)
      }
      appendFileSync(path, new Uint8Array(100).fill(7))
      EntryStore.open(folder, OPTIONS).close()
      assert.deepEqual(readFileSync(path), whole)
      truncateSync(path, 20)
      const store = EntryStore.open(folder, OPTIONS)
      assert.equal(store.nextRecord, undefined)
      store.close()
      assert.deepEqual(
        readdirSync(folder).filter((name) => name !== 'lock'),
        [],
      )
    })
  })

  test('go when there are too many, and are read over their borders', async () => {
    const raw = new Uint8Array(randomBytes(3000))
    const entries = beginning(await encodedEntries(40, raw), () => true)
    await withFolder(async (folder) => {
      const store = filled(folder, entries, { ...OPTIONS, maxBytes: 64 * 1024 })
      assert.ok(store.bytes <= 64 * 1024 && store.bytes > 32 * 1024)
      assert.ok(readdirSync(folder).length > 4)
      const first = store.firstRecord!
      assert.ok(first > 0n)
      const kept = entries.filter((entry) => decodeEntry(entry).firstRecord >= first)
      await assert.rejects(take(store.entries(0n), 1), isCode('PRUNED'))
      assert.deepEqual(await take(store.entries(first), kept.length), kept)
      store.close()
      const again = EntryStore.open(folder, { ...OPTIONS, maxBytes: 64 * 1024 })
      assert.equal(again.firstRecord, first)
      assert.deepEqual(await take(again.entries(first), kept.length), kept)
      again.close()
    })
  })

  test('begin where a dictionary does', async () => {
    const entries = beginning(await encodedEntries(2), (index) => index === 0)
    await withFolder(async (folder) => {
      const store = filled(folder, entries, { ...OPTIONS, maxBytes: 100 })
      assert.deepEqual(await take(store.entries(9n, { withDictionary: true }), 6), entries)
      assert.deepEqual(await take(store.entries(9n), 1), entries.slice(5))
      store.close()
    })
  })

  test('are deleted when all is forgotten', async () => {
    const entries = await encodedEntries(2)
    await withFolder(async (folder) => {
      const store = filled(folder, entries)
      const reader = store.entries(0n)
      await reader.next()
      store.clear()
      assert.equal(store.last, undefined)
      store.append(entries[3]!)
      assert.equal(store.firstRecord, 5n)
      await assert.rejects(take(reader, 100), isCode('PRUNED'))
      store.close()
    })
  })

  test('are refused when they are damaged, or of another chain', async () => {
    const entries = await encodedEntries(2)
    await withFolder(async (folder) => {
      filled(folder, entries).close()
      const other = { ...OPTIONS, genesisHash: new Uint8Array(32) }
      assert.throws(() => EntryStore.open(folder, other), EntryStoreError)
      const store = EntryStore.open(folder, OPTIONS)
      assert.throws(() => EntryStore.open(folder, OPTIONS), LogLockedError)
      const path = join(folder, readdirSync(folder).find((name) => name !== 'lock')!)
      const bytes = readFileSync(path)
      bytes[200]! ^= 1
      writeFileSync(path, bytes)
      await assert.rejects(take(store.entries(0n), 6), EntryStoreError)
      store.close()
    })
  })
})

describe('an EntryStore whose disk has refused an entry', () => {
  test('takes no more, has what was there before, and lets go of the folder', async () => {
    const entries = beginning(await encodedEntries(2), (index) => index === 0 || index === 3)
    const options = { ...OPTIONS, maxBytes: 100 }
    await withFolder(async (folder) => {
      const store = filled(folder, entries.slice(0, 3), options)
      const { firstRecord } = decodeEntry(entries[3]!)
      const { path } = new EntrySegment(folder, firstRecord)
      mkdirSync(path)
      assert.throws(() => store.append(entries[3]!), EntryStoreError)
      rmdirSync(path)
      assert.throws(() => store.append(entries[3]!), EntryStoreError)
      assert.equal(store.nextRecord, firstRecord)
      store.close()
      const again = EntryStore.open(folder, options)
      assert.equal(again.nextRecord, firstRecord)
      again.append(entries[3]!)
      again.close()
    })
  })
})

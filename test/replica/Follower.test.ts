import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  encodeEntry,
  encodeRecord,
  type FeedEntry,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  LogOrder,
  type LogRecord,
  NO_STATE,
  nextRecord,
  readFrames,
} from '../../src/feed/index.ts'
import { entriesOf, GENESIS_HASH, testSigner, validLog } from '../../src/feed/testing/index.ts'
import { ManualClock } from '../../src/lib/index.ts'
import { EntryFollower, type EntryFollowerOptions } from '../../src/replica/EntryFollower.ts'
import { Follower } from '../../src/replica/Follower.ts'
import type { NamedSource } from '../../src/replica/SourceList.ts'

const SIGNER = testSigner()
const RECORDS = validLog(4)
const ENTRIES = await entriesOf(RECORDS)

describe('Follower', () => {
  it('takes in all entries of a source, as the frames that the log has', async () => {
    const replica = newReplica([sourceOf('a', ENTRIES)])
    await replica.runUntil(RECORDS.length)
    assert.deepEqual(replica.frames, RECORDS.map(encodeRecord))
    assert.deepEqual(replica.kept, ENTRIES.map(encodeEntry))
    const { miniBlockNumber, newestKnown, source } = replica.follower.status()
    assert.deepEqual([miniBlockNumber, newestKnown, source], [4n, 4n, undefined])
  })

  it('goes on where its log ends, and passes what it has', async () => {
    const replica = newReplica([sourceOf('a', ENTRIES)], { has: 5 })
    await replica.runUntil(RECORDS.length)
    assert.deepEqual(replica.frames.slice(5), RECORDS.slice(5).map(encodeRecord))
    // For the dictionary that began there.
    assert.deepEqual(replica.known, ENTRIES.slice(0, 3).map(encodeEntry))
  })

  it('fetches again what is missing between two entries', async () => {
    let isMissing = true
    const source = sourceOf('a', ENTRIES, {
      alter: (entries) => {
        if (!isMissing) return entries
        isMissing = false
        return entries.filter((entry) => entry !== ENTRIES[3])
      },
    })
    const replica = newReplica([source])
    await replica.runUntil(RECORDS.length)
    assert.deepEqual(replica.frames, RECORDS.map(encodeRecord))
    assert.equal(replica.reasons.length, 0)
  })

  it('leaves a source in which something stays missing', async () => {
    const gap = sourceOf('gap', ENTRIES, { alter: (all) => all.filter((entry) => entry !== ENTRIES[3]) })
    const replica = newReplica([gap, sourceOf('b', ENTRIES)])
    await replica.runUntil(RECORDS.length)
    assert.deepEqual(replica.reasons, ['gap setAside GAP'])
  })

  it('names what a source lies about, keeps nothing of it, and goes on from the next', async () => {
    for (const [code, index, bytes] of await lies()) {
      const liar = sourceOf('liar', ENTRIES, { replace: [index, bytes] })
      const replica = newReplica([liar, sourceOf('honest', ENTRIES)])
      await replica.runUntil(RECORDS.length)
      assert.deepEqual(replica.reasons, [`liar setAside ${code}`])
      assert.deepEqual(replica.frames, RECORDS.map(encodeRecord))
    }
  })

  it('keeps two entries that were signed for one place as evidence', async () => {
    const [other] = await entriesOf(validLog(1, new Uint8Array(9)))
    const replica = newReplica([sourceOf('two', [other!])], { has: 3, last: ENTRIES[0]! })
    await replica.runUntilLeft()
    assert.deepEqual(replica.reasons, ['two setAside EQUIVOCATION'])
    assert.deepEqual(replica.evidence, [{ first: encodeEntry(ENTRIES[0]!), second: encodeEntry(other!) }])
  })
})

describe('sources of a Follower', () => {
  it('has nothing to do with other chains and other sequencers', async () => {
    const chain = sourceOf('chain', ENTRIES, { hello: { genesisHash: new Uint8Array(32) } })
    const sequencer = sourceOf('sequencer', ENTRIES, { hello: { signer: testSigner(0x48).address } })
    const replica = newReplica([chain, sequencer, sourceOf('c', ENTRIES)])
    await replica.runUntil(RECORDS.length)
    assert.deepEqual(replica.reasons, ['chain setAside WRONG_GENESIS', 'sequencer setAside WRONG_SIGNER'])
  })

  it('leaves a source that withholds what another has', async () => {
    const replica = newReplica([sourceOf('mute', ENTRIES, { upTo: 3 }), sourceOf('b', ENTRIES)])
    await replica.runUntil(RECORDS.length)
    assert.deepEqual(replica.reasons, ['mute waiting WITHHELD'])
  })

  it('ends where all sources say that they no longer have what comes next, or one does and none has it', async () => {
    const pruned = (name: string): NamedSource => ({
      name,
      open: async () => {
        throw new FeedSourceError('PRUNED', 'record 0')
      },
    })
    const both = newReplica([pruned('a'), pruned('b')])
    await assert.rejects(both.runUntil(1), /needed: record 0\n/)
    assert.deepEqual(both.reasons, ['a waiting PRUNED', 'b waiting PRUNED'])
    const away: NamedSource = { name: 'b', open: () => Promise.reject(new Error('away')) }
    const startMs = 1_000_000
    const one = newReplica([pruned('a'), away])
    await assert.rejects(one.runUntil(1), { name: 'BehindError', code: 'BEHIND' })
    assert.ok(one.clock.nowMs() - startMs > 60_000)
    const found = newReplica([pruned('a'), sourceOf('b', ENTRIES)])
    await found.runUntil(RECORDS.length)
  })

  it('asks a source again that can not be reached, more and more seldom', async () => {
    let tries = 0
    const { open, name } = sourceOf('a', ENTRIES)
    const times: number[] = []
    const replica = newReplica([
      {
        name,
        open: (signal) => {
          times.push(replica.clock.nowMs())
          if (++tries < 5) throw new Error('refused')
          return open(signal)
        },
      },
    ])
    await replica.runUntil(RECORDS.length)
    assert.deepEqual(
      times.slice(1).map((ms, i) => ms - times[i]!),
      [100, 200, 400, 800],
    )
  })

  it('ends when what is followed can not be kept', async () => {
    const replica = newReplica([sourceOf('a', ENTRIES)], {
      append: () => {
        throw new Error('the disk is full')
      },
    })
    await assert.rejects(replica.runUntil(RECORDS.length), /the disk is full/)
  })

  it('hands transactions to the source that it follows', async () => {
    const replica = newReplica([sourceOf('a', ENTRIES)])
    await assert.rejects(replica.follower.submit([]), FeedSourceError)
    const end = new AbortController()
    const running = replica.follower.run(end.signal)
    while (replica.frames.length < RECORDS.length) await new Promise(setImmediate)
    assert.deepEqual(await replica.follower.submit([Uint8Array.of(1)]), [{ hash: Uint8Array.of(1) }])
    end.abort()
    await running
  })
})

/** What a liar sends in the place of an entry, and the code by which it is refused. */
async function lies(): Promise<[code: string, index: number, bytes: Uint8Array][]> {
  const entry = ENTRIES[3]!
  const { parentDigest } = entry
  const signed = async (records: LogRecord[], start: object) =>
    encodeEntry(
      (await entriesOf(records, { nextRecord: 5n, parentDigest, miniBlockNumber: 1n, ...start }))[0]!,
    )
  const ofBlock = RECORDS.slice(5, 8)
  const withoutChunk = ofBlock.filter(({ kind }) => kind !== 'chunk')
  const [, , , ofAnother] = await entriesOf(RECORDS, { signer: testSigner(0x47) })
  const closed = { nextRecord: 8n, parentDigest: ENTRIES[4]!.parentDigest, miniBlockNumber: 7n }
  return [
    ['TRUNCATED', 3, encodeEntry(entry).subarray(0, 90)],
    ['UNKNOWN_VERSION', 3, new Uint8Array(200).fill(7)],
    // Another address than the sequencer's comes of it.
    ['WRONG_SIGNER', 3, encodeEntry({ ...entry, miniBlockNumber: 9n })],
    ['WRONG_SIGNER', 3, encodeEntry(ofAnother!)],
    ['KNOWN_RECORD', 3, encodeEntry(ENTRIES[2]!)],
    ['OLD_EPOCH', 3, await signed(ofBlock, { epoch: 0n })],
    ['PARENT_DIGEST', 3, await signed(ofBlock, { parentDigest: GENESIS_HASH })],
    ['TRANSACTION_COUNT', 3, await signed(withoutChunk, {})],
    ['MINI_BLOCK_NUMBER', 4, await signed(RECORDS.slice(8, 9), closed)],
  ]
}

type SourceOptions = {
  hello?: Partial<FeedHello>
  alter?: (entries: readonly FeedEntry[]) => readonly FeedEntry[]
  /** These bytes instead of an entry's. */
  replace?: [index: number, bytes: Uint8Array]
  /** It gives so many only. */
  upTo?: number
}

function sourceOf(name: string, entries: readonly FeedEntry[], options: SourceOptions = {}): NamedSource {
  const { alter = (all) => all, replace, upTo = entries.length, hello } = options
  const given = entries.slice(0, upTo)
  const feed: FeedSource = {
    hello: async () => ({
      ...{ chainId: 1n, genesisHash: GENESIS_HASH, signer: SIGNER.address, epoch: 1n, firstRecord: 0n },
      ...{ nextRecord: nextRecord(given.at(-1)!), miniBlockNumber: given.at(-1)!.miniBlockNumber, ...hello },
    }),
    async *entries(fromRecord, { signal, withDictionary } = {}) {
      const first = given.findLast((entry) => entry.firstRecord <= fromRecord && entry.beginsAnew)
      for (const entry of alter(given)) {
        if (signal?.aborted) return
        if (
          withDictionary === true ? entry.firstRecord < first!.firstRecord : nextRecord(entry) <= fromRecord
        )
          continue
        yield replace !== undefined && entry === entries[replace[0]] ? replace[1] : encodeEntry(entry)
      }
      while (signal?.aborted === false) await new Promise(setImmediate)
    },
    genesis: () => Promise.reject(new FeedSourceError('NOT_OFFERED', 'none')),
    // biome-ignore lint/correctness/useYield: it has none
    async *snapshot() {
      throw new FeedSourceError('NOT_OFFERED', 'none')
    },
    submit: async (raw) => raw.map((hash) => ({ hash })),
    close: () => {},
  }
  return { name, open: async () => feed }
}

/** A follower whose log is an array, and for which time passes only while it waits. */
function newReplica(
  sources: readonly NamedSource[],
  { has = 0, last, append }: { has?: number; last?: FeedEntry; append?: () => void } = {},
) {
  const clock = new ManualClock(1_000_000)
  const log: LogRecord[] = RECORDS.slice(0, has)
  const frames = log.map(encodeRecord)
  const kept: Uint8Array[] = []
  const known: Uint8Array[] = []
  const evidence: object[] = []
  const reasons: string[] = []
  const options: EntryFollowerOptions = {
    ...{ genesisHash: GENESIS_HASH, signer: SIGNER.address, last: last && encodeEntry(last) },
    open: () => {
      const order = new LogOrder({
        ...{ blockNumber: 1n, headerNumber: 1n, miniBlockNumber: 1n, parentDigest: GENESIS_HASH },
      })
      let miniBlockNumber = 0n
      for (const [i, record] of log.entries()) {
        order.accept(record, frames[i]!.subarray(10))
        if (record.kind === 'sealMiniBlock') miniBlockNumber = record.number
      }
      const state = { ...NO_STATE, take: () => {} }
      return { order, state, nextRecord: BigInt(log.length), miniBlockNumber }
    },
    sink: {
      append: ({ encoded, frames: taken }) => {
        append?.()
        for (const { record, frame } of readFrames(taken)) {
          log.push(record)
          frames.push(frame)
        }
        kept.push(encoded)
      },
      known: (_, encoded) => known.push(encoded),
      evidence: (each) => evidence.push(each),
      refuted: () => {},
    },
  }
  const follower = new Follower({
    ...{ genesisHash: GENESIS_HASH, signer: SIGNER.address, sources, clock },
    ...{ entries: new EntryFollower(options), miniBlockNumber: 0n, timestampUs: 0n },
    wait: async (ms) => {
      await new Promise(setImmediate)
      clock.advanceMs(ms)
    },
    onSource: ({ name, state, code }) => {
      if (state !== 'following') reasons.push(`${name} ${state} ${code}`)
    },
  })
  const runWhile = async (isWanted: () => boolean) => {
    const end = new AbortController()
    const running = follower.run(end.signal)
    while (isWanted()) await Promise.race([running, new Promise(setImmediate)])
    end.abort()
    await running
  }
  return {
    ...{ follower, frames, kept, known, evidence, reasons, clock },
    runUntil: (count: number) => runWhile(() => frames.length < count),
    runUntilLeft: () => runWhile(() => reasons.length === 0),
  }
}

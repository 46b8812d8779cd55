import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  encodeRecord,
  LOG_START,
  LogCorruptError,
  type LogPosition,
  LogPrunedError,
  type LogRecord,
  LogWriter,
  MiniBlockIndex,
  pruneLog,
  readLog,
  recordOf,
  streamFrames,
} from './index.ts'
import { segmentPath } from './segment.ts'
import { GENESIS_HASH, plainRecord, validLog, withFolder } from './testLog.ts'

async function recordsOf(folder: string, from: LogPosition = LOG_START): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const frame of streamFrames(folder, from)) records.push(recordOf(folder, frame))
  return records
}

function write(folder: string, records: readonly LogRecord[], segmentBytes = 2000): void {
  const log = LogWriter.open(folder, { genesisHash: GENESIS_HASH, segmentBytes })
  for (const record of records) log.append([record])
  log.close()
}

describe('streamFrames', () => {
  it('reads what readLog reads, from any record on', () =>
    withFolder(async (folder) => {
      // One record is larger than what is read at once.
      const large = validLog(1, new Uint8Array(1_300_000))
      write(folder, [...validLog(12), ...large])
      const entries = [...readLog(folder)]
      assert.ok(entries.at(-1)!.position.segment > 2)
      for (const [i, { position }] of entries.entries()) {
        const expected = entries.slice(i).map(({ record }) => plainRecord(record))
        assert.deepEqual((await recordsOf(folder, position)).map(plainRecord), expected)
      }
    }))

  it('stops before a record that is not wholly written, and goes on when it is', () =>
    withFolder(async (folder) => {
      const records = validLog(3)
      write(folder, records.slice(0, -1), 1e6)
      const frame = encodeRecord(records.at(-1)!)
      for (const length of [5, frame.length - 6, 1]) {
        assert.equal((await recordsOf(folder)).length, records.length - 1)
        appendFileSync(segmentPath(folder, 0), frame.subarray(0, length))
        frame.copyWithin(0, length)
      }
      assert.equal((await recordsOf(folder)).length, records.length)
    }))

  it('sees what is written while it reads, over the end of a segment', () =>
    withFolder(async (folder) => {
      const records = validLog(20)
      const log = LogWriter.open(folder, { genesisHash: GENESIS_HASH, segmentBytes: 500 })
      log.append(records.slice(0, 1))
      let count = 0
      for await (const frame of streamFrames(folder, LOG_START)) {
        assert.deepEqual(plainRecord(recordOf(folder, frame)), plainRecord(records[count]!))
        count++
        if (count < records.length) log.append([records[count]!])
      }
      assert.equal(count, records.length)
      log.close()
    }))

  it('refuses a damaged frame and a segment that is not there', () =>
    withFolder(async (folder) => {
      write(folder, validLog(2), 1e6)
      await assert.rejects(recordsOf(folder, { segment: 1, offset: 60 }), LogPrunedError)
      const path = segmentPath(folder, 0)
      const bytes = readFileSync(path)
      bytes[200]! ^= 1
      writeFileSync(path, bytes)
      await assert.rejects(recordsOf(folder), LogCorruptError)
    }))
})

describe('MiniBlockIndex', () => {
  it('finds the block before the one that a mini-block is in, also in a log that grows and is pruned', () =>
    withFolder(async (folder) => {
      // More than the index leaves between two openings.
      const records = validLog(30, new Uint8Array(300_000).fill(0xf8))
      const index = new MiniBlockIndex(folder)
      assert.equal(await index.oldest(), undefined)
      write(folder, records.slice(0, 60), 1e6)
      assert.deepEqual(await index.positionBefore(1n), LOG_START)
      write(folder, records.slice(60), 1e6)
      for (let number = 1n; number <= 30n; number++) {
        const position = await index.positionBefore(number)
        const [first] = await recordsOf(folder, position!)
        assert.deepEqual(
          [first!.kind, 'number' in first! && first.number],
          ['openBlock', number === 1n ? 1n : number - 1n],
        )
      }
      assert.equal(await index.oldest(), 1n)
      pruneLog(folder, { firstSegment: 3 })
      const oldest = (await new MiniBlockIndex(folder).oldest())!
      assert.ok(oldest > 5n)
      assert.equal(await index.oldest(), oldest)
      assert.equal(await index.positionBefore(oldest - 1n), undefined)
      assert.notEqual(await index.positionBefore(oldest), undefined)
    }))
})

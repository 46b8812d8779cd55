import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import { concatBytes } from '../lib/index.ts'
import {
  encodeRecord,
  LogCorruptError,
  LogGenesisError,
  LogLockedError,
  type LogRecord,
  LogShortError,
  LogVersionError,
  LogWriter,
  readLog,
  recoverLog,
} from './index.ts'
import { pruneLog } from './pruneLog.ts'
import { LOG_START, listSegments, SEGMENT_HEAD_BYTES, segmentPath } from './segment.ts'
import { GENESIS_HASH, rewindOf, validLog, withFolder } from './testLog.ts'

const options = { genesisHash: GENESIS_HASH }

function writeLog(folder: string, records: LogRecord[], segmentBytes = 1 << 26): void {
  const writer = LogWriter.open(folder, { ...options, segmentBytes })
  for (const record of records) writer.append([record])
  writer.close()
}

const recordsIn = (folder: string): LogRecord[] => [...readLog(folder)].map((entry) => entry.record)

/** How many of the records are whole in the first `length` bytes of a segment. */
function wholeRecords(records: LogRecord[], length: number): { count: number; end: number } {
  let end = SEGMENT_HEAD_BYTES
  let count = 0
  for (const record of records) {
    const next = end + encodeRecord(record).length
    if (next > length) break
    end = next
    count++
  }
  return { count, end }
}

describe('recoverLog', () => {
  it('has nothing to do without a folder, without a log, and with a whole log', () =>
    withFolder((folder) => {
      assert.equal(recoverLog(join(folder, 'none'), options).cut, undefined)
      assert.deepEqual(recoverLog(folder, options), {
        ...{ segmentCount: 0, recordCount: 0n, end: LOG_START, cut: undefined },
      })
      writeLog(folder, validLog(2))
      const { end, ...report } = recoverLog(folder, options)
      assert.deepEqual(report, { segmentCount: 1, recordCount: 10n, cut: undefined })
      assert.equal(end.offset, readFileSync(segmentPath(folder, 0)).length)
    }))

  it('keeps every whole record of a log that ends at any byte, and cuts the rest', () =>
    withFolder((folder) => {
      const records = validLog(2)
      writeLog(folder, records)
      const path = segmentPath(folder, 0)
      const bytes = readFileSync(path)
      for (let length = 0; length < bytes.length; length++) {
        writeFileSync(path, bytes.subarray(0, length))
        const whole = wholeRecords(records, length)
        const { cut, recordCount } = recoverLog(folder, options)
        assert.equal(recordCount, BigInt(whole.count), `length ${length}`)
        if (length < SEGMENT_HEAD_BYTES) assert.equal(cut?.offset, 0)
        else if (length === whole.end) assert.equal(cut, undefined)
        else assert.deepEqual([cut?.offset, cut?.bytes], [whole.end, length - whole.end])
        const writer = LogWriter.open(folder, options)
        writer.append(records.slice(whole.count))
        writer.close()
        assert.deepEqual(readFileSync(path), bytes)
      }
    }))

  it('cuts the log of a follower behind the last whole entry', () =>
    withFolder((folder) => {
      const records = validLog(2)
      writeLog(folder, records)
      const path = segmentPath(folder, 0)
      const bytes = readFileSync(path)
      // Three records, one and one of each block are an entry.
      const ends = [0, 3, 4, 5, 8, 9, 10]
      for (let length = SEGMENT_HEAD_BYTES; length <= bytes.length; length++) {
        writeFileSync(path, bytes.subarray(0, length))
        const count = ends.findLast((end) => end <= wholeRecords(records, length).count)!
        const report = recoverLog(folder, { ...options, wholeEntries: true })
        assert.equal(report.recordCount, BigInt(count), `length ${length}`)
        assert.deepEqual(recordsIn(folder), records.slice(0, count))
        assert.equal(
          report.cut === undefined,
          wholeRecords(records, length).end === length && report.end.offset === length,
        )
      }
    }))

  it('never cuts a record away because of one flipped bit before it', () =>
    withFolder((folder) => {
      const records = validLog(1)
      writeLog(folder, records)
      const path = segmentPath(folder, 0)
      const bytes = readFileSync(path)
      const lastRecord = bytes.length - encodeRecord(records.at(-1)!).length
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const offset = bit >> 3
        const flipped = Buffer.from(bytes)
        flipped[offset]! ^= 1 << (bit & 7)
        writeFileSync(path, flipped)
        if (offset >= lastRecord) {
          // Nothing behind it: not to be told from a torn end.
          assert.equal(recoverLog(folder, options).cut?.offset, lastRecord, `bit ${bit}`)
          assert.deepEqual(recordsIn(folder), records.slice(0, -1))
        } else {
          assert.throws(() => recoverLog(folder, options), LogCorruptError, `bit ${bit}`)
          assert.throws(() => recordsIn(folder), LogCorruptError, `bit ${bit}`)
          assert.throws(() => LogWriter.open(folder, options), LogCorruptError, `bit ${bit}`)
          assert.deepEqual(readFileSync(path), flipped)
        }
      }
    }))

  it('cuts a torn chunk even if a transaction in it holds whole frames', () =>
    withFolder((folder) => {
      const frames = concatBytes(...validLog(1).map(encodeRecord))
      const records = validLog(1, frames).slice(0, 2)
      writeLog(folder, records)
      const path = segmentPath(folder, 0)
      const bytes = readFileSync(path)
      const chunkAt = SEGMENT_HEAD_BYTES + encodeRecord(records[0]!).length
      for (let length = chunkAt + 1; length < bytes.length; length++) {
        writeFileSync(path, bytes.subarray(0, length))
        assert.equal(recoverLog(folder, options).cut?.offset, chunkAt, `length ${length}`)
      }
    }))

  it('cuts zeros and noise behind the last record', () =>
    withFolder((folder) => {
      const records = validLog(1)
      writeLog(folder, records)
      const size = readFileSync(segmentPath(folder, 0)).length
      for (const tail of [new Uint8Array(5000), new Uint8Array(77).fill(0xff), new Uint8Array(3)]) {
        appendFileSync(segmentPath(folder, 0), tail)
        const { cut } = recoverLog(folder, options)
        assert.deepEqual([cut?.offset, cut?.bytes], [size, tail.length])
        assert.deepEqual(recordsIn(folder), records)
      }
    }))
})

describe('recoverLog over several segments and strange files', () => {
  it('refuses damage in a segment that another follows, a missing segment and swapped segments', () =>
    withFolder((folder) => {
      const writeAgain = () => {
        rmSync(folder, { recursive: true })
        writeLog(folder, validLog(3), 300)
      }
      writeAgain()
      truncateSync(segmentPath(folder, 0), readFileSync(segmentPath(folder, 0)).length - 1)
      assert.throws(() => recoverLog(folder, options), LogCorruptError)
      assert.throws(() => recordsIn(folder), LogCorruptError)
      writeAgain()
      rmSync(segmentPath(folder, 1))
      assert.throws(() => recoverLog(folder, options), LogCorruptError)
      writeAgain()
      writeFileSync(segmentPath(folder, 1), readFileSync(segmentPath(folder, 0)))
      assert.throws(() => recoverLog(folder, options), LogCorruptError)
    }))

  it('removes a segment whose head was not written to its end', () =>
    withFolder((folder) => {
      const records = validLog(3)
      writeLog(folder, records, 700)
      const count = recoverLog(folder, options).segmentCount
      writeFileSync(segmentPath(folder, count), 'LEVER')
      assert.deepEqual(recordsIn(folder), records)
      assert.equal(recoverLog(folder, options).cut?.path, segmentPath(folder, count))
      assert.deepEqual(recordsIn(folder), records)
      assert.equal(recoverLog(folder, options).segmentCount, count)
    }))

  it('checks only the segments that it is asked for, and counts the records before', () =>
    withFolder((folder) => {
      const records = validLog(3)
      writeLog(folder, records, 300)
      const segments = listSegments(folder)
      assert.ok(segments.length > 3)
      writeFileSync(segmentPath(folder, 0), 'damaged')
      assert.throws(() => recoverLog(folder, options), LogCorruptError)
      const whole = recoverLog(folder, { ...options, fromSegment: 1 })
      assert.deepEqual([whole.recordCount, whole.cut], [BigInt(records.length), undefined])
    }))

  it('refuses a log of another chain', () =>
    withFolder((folder) => {
      writeLog(folder, validLog(1))
      const genesisHash = new Uint8Array(32)
      assert.throws(() => recoverLog(folder, { genesisHash }), LogGenesisError)
      assert.throws(() => LogWriter.open(folder, { genesisHash }), LogGenesisError)
      assert.equal(recoverLog(folder, options).cut, undefined)
    }))

  it('refuses another format and, without cutting them, records that it does not know', () =>
    withFolder((folder) => {
      writeLog(folder, validLog(1))
      const path = segmentPath(folder, 0)
      const bytes = readFileSync(path)
      const otherFormat = Buffer.from(bytes)
      otherFormat.writeUInt32LE(2, 8)
      otherFormat.writeUInt32LE(crc32(otherFormat.subarray(0, 56)), 56)
      writeFileSync(path, otherFormat)
      assert.throws(() => recoverLog(folder, options), LogVersionError)
      assert.throws(() => recordsIn(folder), LogVersionError)
      const newer = encodeRecord(validLog(1)[0]!)
      newer[8] = 2
      new DataView(newer.buffer).setUint32(4, crc32(newer.subarray(8)), true)
      writeFileSync(path, concatBytes(bytes, newer))
      assert.throws(() => recoverLog(folder, options), LogCorruptError)
      assert.equal(readFileSync(path).length, bytes.length + newer.length)
    }))

  it('refuses to work under a living writer', () =>
    withFolder((folder) => {
      mkdirSync(folder, { recursive: true })
      const writer = LogWriter.open(folder, options)
      assert.throws(() => recoverLog(folder, options), LogLockedError)
      writer.close()
      recoverLog(folder, options)
    }))
})

const at = (blockNumber: bigint, branch = 0n) => ({ branch, blockNumber })

describe('recoverLog of a log that must reach a block', () => {
  it('changes nothing where the header is missing, torn or in a file that is gone', () =>
    withFolder((folder) => {
      writeLog(folder, validLog(3))
      const path = segmentPath(folder, 0)
      assert.equal(recoverLog(folder, { ...options, sealed: at(3n) }).cut, undefined)
      assert.throws(() => recoverLog(folder, { ...options, sealed: at(4n) }), LogShortError)
      const torn = readFileSync(path).length - 1
      truncateSync(path, torn)
      assert.throws(
        () => recoverLog(folder, { ...options, sealed: at(3n) }),
        (error) => error instanceof LogShortError && /newest sealed block: 2$/m.test(error.message),
      )
      assert.equal(readFileSync(path).length, torn)
      assert.ok(recoverLog(folder, { ...options, sealed: at(2n) }).cut)
      rmSync(path)
      assert.throws(() => recoverLog(folder, { ...options, sealed: at(1n) }), LogShortError)
      assert.throws(() => recoverLog(join(folder, 'none'), { ...options, sealed: at(1n) }), LogShortError)
    }))

  it('tells blocks from those of the same number that were given up', () =>
    withFolder((folder) => {
      // Three blocks, back to the first, and another second one.
      const header: LogRecord = { kind: 'sealHeader', number: 2n, header: new Uint8Array(9) }
      writeLog(folder, [...validLog(3), rewindOf(3, 1n), header])
      for (const sealed of [at(3n), at(4n), at(1n, 4n), at(2n, 4n)])
        assert.equal(recoverLog(folder, { ...options, sealed }).cut, undefined)
      for (const sealed of [at(3n, 4n), at(1n, 5n)])
        assert.throws(() => recoverLog(folder, { ...options, sealed }), LogShortError)
    }))
})

describe('recoverLog after segments were deleted', () => {
  it('works on a log whose oldest segments were deleted, and a writer goes on with it', () =>
    withFolder((folder) => {
      const records = validLog(3)
      writeLog(folder, records, 300)
      const last = listSegments(folder).at(-1)!
      assert.equal(pruneLog(folder, { firstSegment: 2 }), 2)
      assert.equal(listSegments(folder)[0], 2)
      assert.equal(recoverLog(folder, options).recordCount, BigInt(records.length))
      const writer = LogWriter.open(folder, { ...options, segmentBytes: 300 })
      assert.equal(writer.recordCount, BigInt(records.length))
      writer.append(records.slice(0, 1))
      writer.close()
      pruneLog(folder, { firstSegment: 1_000_000 })
      assert.ok(listSegments(folder).length === 1 && listSegments(folder)[0]! >= last)
      assert.equal(recoverLog(folder, options).recordCount, BigInt(records.length + 1))
    }))

  it('cuts the torn end of a log whose oldest segments were deleted', () =>
    withFolder((folder) => {
      const records = validLog(3)
      writeLog(folder, records, 300)
      pruneLog(folder, { firstSegment: 2 })
      const last = listSegments(folder).at(-1)!
      const { length } = readFileSync(segmentPath(folder, last))
      truncateSync(segmentPath(folder, last), length - 1)
      const { recordCount, cut } = recoverLog(folder, options)
      assert.equal(recordCount, BigInt(records.length - 1))
      assert.equal(cut?.path, segmentPath(folder, last))
      truncateSync(segmentPath(folder, last - 1), 100)
      assert.throws(() => recoverLog(folder, options), LogCorruptError, 'not the last one')
    }))
})

import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, rmSync } from 'node:fs'
import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import { endsEntry } from './entries/index.ts'
import { FolderLock } from './FolderLock.ts'
import { decodeAt, type Frame, FrameReader } from './FrameReader.ts'
import { placeAfter } from './placeAfter.ts'
import { FRAME_HEAD_BYTES, frameExtent, hasValidChecksum, isFrameBeginning, KINDS } from './recordCodec.ts'
import {
  checkGenesis,
  LOG_START,
  LogCorruptError,
  type LogPosition,
  listSegments,
  SEGMENT_HEAD_BYTES,
  segmentPath,
} from './segment.ts'

/** Most bytes that one search for whole frames behind a damaged one may checksum. */
const RESYNC_LIMIT_BYTES = 1024 * 1024 * 1024

export type RecoverLogOptions = {
  genesisHash: Uint8Array
  /** Segments before it are not looked at: a snapshot of the state stands for them. Default: none is left out. */
  fromSegment?: number
  /** A block whose header was durable in the log, in these segments: a log without it has lost more than a torn end. */
  sealed?: SealedPlace | undefined
  /** A place in or before these segments; default: the chain's start. */
  from?: SealedPlace
  /** Of a follower's log: what stands behind the last whole entry of the stream was not written to its end either. */
  wholeEntries?: boolean
}

export type RecoveryReport = {
  segmentCount: number
  /** Records of the log from its very first on, also of segments that were deleted since. */
  recordCount: bigint
  /** Where the next record will stand. */
  end: LogPosition
  /** What was cut off; undefined if the log was whole. */
  cut: { path: string; offset: number; bytes: number; reason: string } | undefined
}

/**
 * Makes a log whole and durable after a crash, before it is opened for writing: checks every record and cuts off what was
 * not written to its end. A missing folder is a log without records.
 *
 * Only the end of the last segment is ever cut. A bad frame is torn if no whole frame stands behind it; if one does, the
 * frame was whole once, and cutting would lose good records: that is damage. There is one exception: when the head and
 * the counts inside a frame agree that it reaches beyond the file's end, then what looks like a frame behind it is a
 * part of it (a transaction's data can hold anything, whole frames too).
 *
 * @throws LogCorruptError on damage, LogShortError, LogGenesisError, LogVersionError, LogLockedError; the log is then
 * unchanged.
 */
export function recoverLog(folder: string, options: RecoverLogOptions): RecoveryReport {
  if (!existsSync(folder)) {
    checkReach(folder, options.from ?? NOTHING_SEALED, options.sealed)
    return { segmentCount: 0, recordCount: 0n, end: LOG_START, cut: undefined }
  }
  const lock = FolderLock.take(folder)
  try {
    return recoverLocked(folder, options)
  } finally {
    lock.release()
  }
}

function recoverLocked(folder: string, options: RecoverLogOptions): RecoveryReport {
  const { genesisHash, fromSegment = 0, wholeEntries = false } = options
  const segments = listSegments(folder)
  let recordCount: bigint | undefined
  let sealed = options.from ?? NOTHING_SEALED
  let end = LOG_START
  for (const segment of segments.filter((each) => each >= fromSegment)) {
    const scan = scanSegment(folder, segment, { genesisHash, firstRecord: recordCount, sealed, wholeEntries })
    recordCount = scan.firstRecord + BigInt(scan.recordCount)
    end = { segment, offset: scan.end.offset }
    sealed = scan.sealed
    if (scan.end.kind === 'whole') continue
    const path = segmentPath(folder, segment)
    if (segment !== segments.at(-1)) {
      throw new LogCorruptError(path, scan.end.offset, `${scan.end.reason}, and another file follows`)
    }
    checkReach(folder, sealed, options.sealed)
    cutAt(folder, path, scan.end.offset)
    const segmentCount = scan.end.offset === 0 ? segments.length - 1 : segments.length
    const { offset, bytes, reason } = scan.end
    if (offset === 0) end = { segment, offset: SEGMENT_HEAD_BYTES }
    return { segmentCount, recordCount, end, cut: { path, offset, bytes, reason } }
  }
  checkReach(folder, sealed, options.sealed)
  // It may still be in the page cache only, and whoever reads it from now on counts on it.
  if (segments.length > 0) syncPath(segmentPath(folder, segments.at(-1)!), 'r+')
  return { segmentCount: segments.length, recordCount: recordCount ?? 0n, end, cut: undefined }
}

/** Before the first block whose header is looked for. */
const NOTHING_SEALED: SealedPlace = { branch: 0n, blockNumber: -1n }

function checkReach(folder: string, found: SealedPlace, expected: SealedPlace | undefined): void {
  if (expected !== undefined && isPlaceBehind(expected, found))
    throw new LogShortError(
      folder,
      found.blockNumber < 0n ? undefined : found.blockNumber,
      expected.blockNumber,
    )
}

function cutAt(folder: string, path: string, offset: number): void {
  if (offset === 0) {
    rmSync(path)
    syncPath(folder)
    return
  }
  const file = openSync(path, 'r+')
  try {
    ftruncateSync(file, offset)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncPath(path: string, flags: 'r' | 'r+' = 'r'): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export type SegmentScan = {
  /** Records in the segments before. */
  firstRecord: bigint
  recordCount: number
  /** The newest block whose header is here or before. */
  sealed: SealedPlace
  end: { kind: 'whole'; offset: number } | { kind: 'torn'; offset: number; bytes: number; reason: string }
}

/** Checks every frame of a segment. Throws LogCorruptError if it is damaged elsewhere than at its end. */
export function scanSegment(
  folder: string,
  segment: number,
  expected: {
    genesisHash: Uint8Array
    firstRecord: bigint | undefined
    sealed?: SealedPlace
    wholeEntries?: boolean
  },
): SegmentScan {
  const reader = new FrameReader(folder, segment)
  try {
    const head = reader.head()
    if (head === undefined) return tornHead(reader, expected)
    const { firstRecord } = head
    checkGenesis(head, expected.genesisHash, reader.path)
    if (head.segment !== segment)
      throw new LogCorruptError(reader.path, 0, `the file says it is segment ${head.segment}`)
    if (expected.firstRecord !== undefined && head.firstRecord !== expected.firstRecord) {
      const what = `the file begins at record ${head.firstRecord}, the files before hold ${expected.firstRecord}`
      throw new LogCorruptError(reader.path, 0, what)
    }
    let recordCount = 0
    let sealed = expected.sealed ?? NOTHING_SEALED
    let entryEnd = { offset: reader.offset, recordCount }
    while (true) {
      const offset = reader.offset
      const frame = reader.next()
      if (frame.kind !== 'frame') {
        const scan = { firstRecord, recordCount, sealed, end: endOf(reader, frame) }
        return expected.wholeEntries === true && entryEnd.offset < offset
          ? { ...scan, recordCount: entryEnd.recordCount, end: tornEntry(reader, entryEnd.offset) }
          : scan
      }
      // What has a right checksum was written like this: a record that can't be read is never cut, but refused.
      const record = decodeAt(reader.path, offset, frame.bytes)
      sealed = placeAfter(sealed, record)
      recordCount++
      if (endsEntry(record)) entryEnd = { offset: reader.offset, recordCount }
    }
  } finally {
    reader.close()
  }
}

function tornHead(
  reader: FrameReader,
  { firstRecord = 0n, sealed = NOTHING_SEALED }: { firstRecord: bigint | undefined; sealed?: SealedPlace },
): SegmentScan {
  reader.offset = 0
  const bytes = reader.rest()
  const found = findWholeFrame(bytes, SEGMENT_HEAD_BYTES, reader.path, 0)
  if (found !== undefined) {
    throw new LogCorruptError(
      reader.path,
      0,
      `the head of the file is damaged, a whole record stands at ${found}`,
    )
  }
  return {
    firstRecord,
    recordCount: 0,
    sealed,
    end: { kind: 'torn', offset: 0, bytes: bytes.length, reason: 'a head that is not whole' },
  }
}

function endOf(reader: FrameReader, frame: Exclude<Frame, { kind: 'frame' }>): SegmentScan['end'] {
  if (frame.kind === 'end') return { kind: 'whole', offset: reader.offset }
  return tornEnd(reader, frame.kind === 'damaged' ? frame.reason : 'a frame that the file ends in')
}

/** All records of an entry stand in one segment, and are written at once. */
function tornEntry(reader: FrameReader, offset: number): SegmentScan['end'] {
  return {
    kind: 'torn',
    offset,
    bytes: reader.size() - offset,
    reason: 'records of an entry that is not whole',
  }
}

function tornEnd(reader: FrameReader, reason: string): SegmentScan['end'] {
  const rest = reader.rest()
  const torn = { kind: 'torn', offset: reader.offset, bytes: rest.length, reason } as const
  if (isFrameBeginning(rest)) return torn
  const found = findWholeFrame(rest, 1, reader.path, reader.offset)
  if (found === undefined) return torn
  throw new LogCorruptError(
    reader.path,
    reader.offset,
    `${reason}, and a whole record stands behind it at ${found}`,
  )
}

/** File offset of the first whole frame at or after `from` in `bytes`, which stand at `base` in the file. */
function findWholeFrame(bytes: Uint8Array, from: number, path: string, base: number): number | undefined {
  let checkedBytes = 0
  for (let offset = from; offset + FRAME_HEAD_BYTES <= bytes.length; offset++) {
    if (!mayBeginFrame(bytes, offset)) continue
    const candidate = bytes.subarray(offset)
    const extent = frameExtent(candidate)
    if (extent.kind !== 'complete') continue
    checkedBytes += extent.length
    if (checkedBytes > RESYNC_LIMIT_BYTES) {
      throw new LogCorruptError(
        path,
        base,
        'too much behind this place looks like records to say whether it was torn',
      )
    }
    if (hasValidChecksum(candidate.subarray(0, extent.length))) return base + offset
  }
  return undefined
}

/** Version and kind are those of a record. */
function mayBeginFrame(bytes: Uint8Array, offset: number): boolean {
  const kind = bytes[offset + 9]!
  return bytes[offset + 8] === 1 && kind >= 1 && kind <= KINDS.length
}

/** Blocks are missing at the log's end that were durable there. */
export class LogShortError extends Error {
  override readonly name = 'LogShortError'
  readonly recovery = 'stop'

  constructor(folder: string, found: bigint | undefined, expected: bigint) {
    super(
      `The log has lost its end: block ${expected} was durable in it.\n` +
        `  folder: ${folder}   its newest sealed block: ${found ?? 'none'}\n` +
        '  next: put back its newest files from a copy; to give up the blocks that are missing instead, delete the ' +
        'history folder; nothing was changed.',
    )
  }
}

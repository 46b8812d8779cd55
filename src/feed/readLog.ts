import { existsSync } from 'node:fs'
import { decodeAt, FrameReader } from './FrameReader.ts'
import { payloadOf } from './recordCodec.ts'
import type { LogRecord } from './records.ts'
import { LOG_START, LogCorruptError, type LogPosition, SEGMENT_HEAD_BYTES, segmentPath } from './segment.ts'

export type LogEntry = {
  record: LogRecord
  /** The record's payload as it stands in the log: what {@link chunkDigest} is computed of. */
  payload: Uint8Array
  /** Where the record begins. */
  position: LogPosition
  /** Where the next one begins: give it to `readLog` to go on. */
  next: LogPosition
}

/**
 * The records of a log from a position on, up to the end of what is written now, in memory of one record. The log may
 * be growing: the reader stops before a record that is not wholly there, and a later call goes on at `next`.
 * A folder without a log has no records.
 *
 * @throws LogCorruptError on a damaged or unknown record, LogVersionError on another format.
 */
export function* readLog(folder: string, from: LogPosition = LOG_START): Generator<LogEntry, void> {
  let { segment, offset } = from
  while (existsSync(segmentPath(folder, segment))) {
    const isComplete = yield* readSegment(folder, segment, offset)
    if (!isComplete) return
    segment++
    offset = SEGMENT_HEAD_BYTES
  }
}

/** Yields a segment's records; true if it is finished, that is, followed by another segment. */
function* readSegment(folder: string, segment: number, from: number): Generator<LogEntry, boolean> {
  const reader = new FrameReader(folder, segment, from)
  try {
    if (reader.head() === undefined) return refuseHead(reader, folder, segment)
    let isFinished = false
    while (true) {
      const offset = reader.offset
      const frame = reader.next()
      if (frame.kind === 'frame') {
        const record = decodeAt(reader.path, offset, frame.bytes)
        const next = { segment, offset: reader.offset }
        yield { record, payload: payloadOf(frame.bytes), position: { segment, offset }, next }
      } else if (frame.kind === 'damaged') {
        throw new LogCorruptError(reader.path, offset, frame.reason)
      } else if (isFinished) {
        if (frame.kind === 'end') return true
        throw new LogCorruptError(
          reader.path,
          offset,
          'the file ends inside a record, and another file follows',
        )
      } else {
        // The writer may have written on and begun the next segment since: look at this end once more.
        isFinished = existsSync(segmentPath(folder, segment + 1))
        if (!isFinished) return false
      }
    }
  } finally {
    reader.close()
  }
}

/** A head that is not whole yet is the end of the log; anything else is damage. */
function refuseHead(reader: FrameReader, folder: string, segment: number): false {
  if (reader.size() >= SEGMENT_HEAD_BYTES || existsSync(segmentPath(folder, segment + 1))) {
    throw new LogCorruptError(reader.path, 0, 'the head of the file does not match its checksum')
  }
  return false
}

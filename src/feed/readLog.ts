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
  const tail = new LogTail(folder, from)
  try {
    yield* tail.read()
  } finally {
    tail.close()
  }
}

/** Reads a log as it grows; the file in which it is stays open, so that looking for more costs little. */
export class LogTail {
  readonly #folder: string
  #segment: number
  /** Where the next record begins; only while no file is open. */
  #offset: number
  #reader: FrameReader | undefined

  /** @param from - where the first record begins. */
  constructor(folder: string, { segment, offset }: LogPosition) {
    this.#folder = folder
    this.#segment = segment
    this.#offset = offset
  }

  /** What is written and was not read yet, as `readLog` gives it. It may be called again and again, one after the other. */
  *read(): Generator<LogEntry, void> {
    for (let reader = this.#open(); reader !== undefined; reader = this.#open()) {
      const isComplete = yield* this.#readSegment(reader)
      if (!isComplete) return
      this.close()
      this.#segment++
      this.#offset = SEGMENT_HEAD_BYTES
    }
  }

  close(): void {
    this.#reader?.close()
    this.#reader = undefined
  }

  /** The file in which it is; undefined if that isn't there, or its head is not whole yet. */
  #open(): FrameReader | undefined {
    if (this.#reader !== undefined) return this.#reader
    if (!existsSync(segmentPath(this.#folder, this.#segment))) return undefined
    const reader = new FrameReader(this.#folder, this.#segment, this.#offset)
    this.#reader = reader
    if (reader.head() !== undefined) return reader
    // A head that is not whole yet is the end of the log; anything else is damage.
    if (reader.size() >= SEGMENT_HEAD_BYTES || this.#isFollowed())
      throw new LogCorruptError(reader.path, 0, 'the head of the file does not match its checksum')
    this.close()
    return undefined
  }

  /** Yields a segment's records; true if it is finished, that is, followed by another segment. */
  *#readSegment(reader: FrameReader): Generator<LogEntry, boolean> {
    const segment = this.#segment
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
        isFinished = this.#isFollowed()
        if (!isFinished) return false
      }
    }
  }

  #isFollowed(): boolean {
    return existsSync(segmentPath(this.#folder, this.#segment + 1))
  }
}

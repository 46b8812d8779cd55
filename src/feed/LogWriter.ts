import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs'
import { assert, ByteWriter } from '../lib/index.ts'
import { FolderLock } from './FolderLock.ts'
import { FrameReader } from './FrameReader.ts'
import { writeRecord } from './recordCodec.ts'
import type { LogRecord } from './records.ts'
import { scanSegment } from './recoverLog.ts'
import {
  encodeSegmentHead,
  LogCorruptError,
  type LogPosition,
  listSegments,
  SEGMENT_HEAD_BYTES,
  segmentPath,
} from './segment.ts'

const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024

export type LogWriterOptions = {
  genesisHash: Uint8Array
  /** A segment that has reached this size is followed by another. */
  segmentBytes?: number
  /** Of a log that begins here in the middle of a chain's: records before it. Default 0. */
  firstRecord?: bigint
}

/**
 * The one writer of a log. `append` writes at once, with one write(2) for all records given; what is written survives the
 * end of the process. `sync` makes it survive the end of the machine, off the thread.
 *
 * After a failed write or sync the writer takes nothing more: what the disk holds is then unknown, and `recoverLog`
 * finds out at the next start.
 */
export class LogWriter {
  readonly #folder: string
  readonly #genesisHash: Uint8Array
  readonly #segmentBytes: number
  readonly #lock: FolderLock
  readonly #batch = new ByteWriter()
  #segment = 0
  #file = -1
  #offset = 0
  #recordCount = 0n
  #writtenBytes = 0
  #durableBytes = 0
  #failure: LogWriteError | undefined
  #isClosed = false
  #running: Promise<void> | undefined
  #queued: Promise<void> | undefined

  private constructor(folder: string, lock: FolderLock, options: LogWriterOptions) {
    this.#folder = folder
    this.#lock = lock
    this.#genesisHash = options.genesisHash.slice()
    this.#segmentBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES
  }

  /**
   * Opens the log in `folder` at its end; creates what is missing. After a crash call `recoverLog` first.
   *
   * @throws LogLockedError if another writer has it, LogGenesisError, LogVersionError, LogCorruptError if its end is torn.
   */
  static open(folder: string, options: LogWriterOptions): LogWriter {
    assert(options.genesisHash.length === 32, 'a genesis hash has 32 bytes')
    mkdirSync(folder, { recursive: true })
    const lock = FolderLock.take(folder)
    const writer = new LogWriter(folder, lock, options)
    try {
      const segments = listSegments(folder)
      if (segments.length === 0) writer.#beginLog(options.firstRecord ?? 0n)
      else writer.#openLast(segments)
      return writer
    } catch (error) {
      writer.#closeFile()
      lock.release()
      throw error
    }
  }

  /** Where the next record will stand. */
  get position(): LogPosition {
    const isFull = this.#offset >= this.#segmentBytes
    return isFull
      ? { segment: this.#segment + 1, offset: SEGMENT_HEAD_BYTES }
      : { segment: this.#segment, offset: this.#offset }
  }

  /** Records of the log from the chain's very first on. */
  get recordCount(): bigint {
    return this.#recordCount
  }

  /** Bytes of the log, segment heads included. A record is durable once `durableBytes` reaches this as it was after its append. */
  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Bytes of the log, from its start, that a sync has made durable. */
  get durableBytes(): number {
    return this.#durableBytes
  }

  /**
   * Writes records behind the last. They stand in one segment; the segment limit may be passed by one batch.
   *
   * @throws LogWriteError if the write failed; FeedError if a record is too large, then nothing was written.
   */
  append(records: readonly LogRecord[]): void {
    this.#batch.clear()
    for (const record of records) writeRecord(this.#batch, record)
    this.#appendBytes(this.#batch.written(), records.length)
  }

  /** As `append`, for encoded records that stand one behind the other. */
  appendFrames(frames: Uint8Array, recordCount: number): void {
    this.#appendBytes(frames, recordCount)
  }

  #appendBytes(bytes: Uint8Array, recordCount: number): void {
    this.#checkOpen()
    if (bytes.length === 0) return
    if (this.#offset >= this.#segmentBytes) this.#rotate()
    this.#write(bytes)
    this.#recordCount += BigInt(recordCount)
  }

  /**
   * Resolves when everything that is written at the time of the call is durable. Calls during a sync share the next one.
   * Rejects with LogWriteError.
   */
  sync(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#durableBytes === this.#writtenBytes) return Promise.resolve()
    if (this.#running === undefined) {
      this.#running = this.#syncOnce().finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    this.#queued ??= this.#running
      .catch(() => {}) // its callers get that failure, and the next sync reports it too
      .then(() => {
        this.#queued = undefined
        return this.sync()
      })
    return this.#queued
  }

  /** Rotation syncs the older segments, so one file is enough. */
  #syncOnce(): Promise<void> {
    const written = this.#writtenBytes
    const segment = this.#segment
    return new Promise((resolve, reject) => {
      fdatasync(this.#file, (error) => {
        // A rotation or close during the sync has synced and closed the file itself.
        if (error !== null && segment === this.#segment && !this.#isClosed) {
          reject(this.#fail('sync', error))
          return
        }
        if (this.#failure === undefined) this.#durableBytes = Math.max(this.#durableBytes, written)
        resolve()
      })
    })
  }

  /** Makes everything durable before it returns; blocks the thread. */
  syncSync(): void {
    this.#checkOpen()
    try {
      fdatasyncSync(this.#file)
    } catch (error) {
      throw this.#fail('sync', error)
    }
    this.#durableBytes = this.#writtenBytes
  }

  /** Makes everything durable and lets go of the folder. After a failure only the latter. */
  close(): void {
    if (this.#isClosed) return
    try {
      if (this.#failure === undefined) this.syncSync()
    } finally {
      this.#isClosed = true
      this.#closeFile()
      this.#lock.release()
    }
  }

  #closeFile(): void {
    if (this.#file !== -1) closeSync(this.#file)
    this.#file = -1
  }

  #checkOpen(): void {
    assert(!this.#isClosed, 'the log writer is closed')
    if (this.#failure !== undefined) throw this.#failure
  }

  /** The finished segment is made durable first: on disk a segment is followed by another only if it is whole. */
  #rotate(): void {
    this.syncSync()
    this.#closeFile()
    this.#beginSegment(this.#segment + 1)
  }

  #beginLog(firstRecord: bigint): void {
    this.#recordCount = firstRecord
    this.#beginSegment(0)
  }

  #beginSegment(segment: number): void {
    const path = segmentPath(this.#folder, segment)
    try {
      this.#file = openSync(path, 'ax')
      this.#segment = segment
      this.#offset = 0
      this.#write(
        encodeSegmentHead({ segment, genesisHash: this.#genesisHash, firstRecord: this.#recordCount }),
      )
      this.#syncFolder()
    } catch (error) {
      throw this.#fail('create a segment', error)
    }
  }

  /** The file's name is an entry of the folder, which fdatasync of the file leaves out. */
  #syncFolder(): void {
    const folder = openSync(this.#folder, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }

  #openLast(segments: readonly number[]): void {
    const segment = segments.at(-1)!
    const path = segmentPath(this.#folder, segment)
    const scan = scanSegment(this.#folder, segment, {
      genesisHash: this.#genesisHash,
      firstRecord: undefined,
    })
    if (scan.end.kind === 'torn') {
      throw new LogCorruptError(
        path,
        scan.end.offset,
        `${scan.end.reason}; the log must be recovered before it is written`,
      )
    }
    const reader = new FrameReader(this.#folder, segment)
    this.#recordCount = reader.head()!.firstRecord + BigInt(scan.recordCount)
    reader.close()
    for (const each of segments) this.#writtenBytes += statSync(segmentPath(this.#folder, each)).size
    this.#segment = segment
    this.#offset = scan.end.offset
    this.#file = openSync(path, 'a')
    // What was read may still be in the page cache only.
    this.syncSync()
  }

  #write(bytes: Uint8Array): void {
    let done = 0
    try {
      while (done < bytes.length) done += writeSync(this.#file, bytes, done, bytes.length - done)
    } catch (error) {
      throw this.#fail('write', error)
    }
    this.#offset += bytes.length
    this.#writtenBytes += bytes.length
  }

  #fail(what: string, cause: unknown): LogWriteError {
    this.#failure ??= new LogWriteError(segmentPath(this.#folder, this.#segment), this.#offset, what, cause)
    return this.#failure
  }
}

/** The disk refused a write or a sync; nothing may be acknowledged any more. */
export class LogWriteError extends Error {
  override readonly name = 'LogWriteError'
  readonly recovery = 'stop'

  constructor(path: string, offset: number, what: string, cause: unknown) {
    super(
      `The log can't ${what}: ${cause instanceof Error ? cause.message : String(cause)}.\n` +
        `  file: ${path}   offset: ${offset}\n  next: make room on the disk or replace it, then start again.`,
      { cause },
    )
  }
}

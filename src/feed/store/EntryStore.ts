import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { crc32 } from 'node:zlib'
import { assert, ByteWriter } from '../../lib/index.ts'
import { decodeEntry, type FeedEntry, nextRecord } from '../entries/index.ts'
import { type EntriesOptions, FeedSourceError } from '../FeedSource.ts'
import { FolderLock } from '../FolderLock.ts'
import {
  EntrySegment,
  EntryStoreError,
  encodeSegmentHead,
  isSegmentHead,
  listEntrySegments,
  type PlacedEntry,
  SEGMENT_HEAD_BYTES,
  splitEntries,
} from './EntrySegment.ts'
import { RecentEntries } from './RecentEntries.ts'

export type EntryStoreOptions = {
  genesisHash: Uint8Array
  /** The oldest segments go when all take more than this; the newest stays in any case. */
  maxBytes: number
}

/** A segment is so large at least, unless the store is small. */
const SEGMENT_BYTES = 32 * 1024 * 1024
/** Segments that a store is cut into at least, so that what goes at once is a small part. */
const LEAST_SEGMENTS = 8

/**
 * The entries of a stream, as they are, in files of a folder: written at their end, read from any record on by any number
 * of readers, who are woken when entries come. What is appended survives the end of the process.
 */
export class EntryStore {
  readonly #folder: string
  readonly #genesisHash: Uint8Array
  readonly #maxBytes: number
  readonly #segmentBytes: number
  readonly #lock: FolderLock
  readonly #recent = new RecentEntries()
  readonly #frame = new ByteWriter()
  /** Oldest first. */
  #segments: EntrySegment[] = []
  /** Of the newest segment; -1: none is open. */
  #file = -1
  #last: FeedEntry | undefined
  /** Of readers that wait for an entry. */
  readonly #wake = new Set<() => void>()
  #isClosed = false
  /** Why nothing is taken any more. */
  #failure: EntryStoreError | undefined
  /** How often all was forgotten. */
  #clearCount = 0
  /** Bytes at the end that were cut off when it was opened: they were not written whole. */
  readonly cutBytes: number

  private constructor(folder: string, lock: FolderLock, { genesisHash, maxBytes }: EntryStoreOptions) {
    this.#folder = folder
    this.#lock = lock
    this.#genesisHash = genesisHash.slice()
    this.#maxBytes = maxBytes
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(maxBytes / LEAST_SEGMENTS))
    this.cutBytes = this.#openSegments()
  }

  /**
   * Opens the store in `folder`; creates what is missing, and cuts off what was not written to its end.
   *
   * @throws LogLockedError if another has it; EntryStoreError when it is of another chain.
   */
  static open(folder: string, options: EntryStoreOptions): EntryStore {
    mkdirSync(folder, { recursive: true })
    const lock = FolderLock.take(folder)
    try {
      return new EntryStore(folder, lock, options)
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /** The newest entry; undefined if there is none. */
  get last(): FeedEntry | undefined {
    return this.#last
  }

  /** Number of the oldest record that there is; undefined if there is none. */
  get firstRecord(): bigint | undefined {
    return this.#segments[0]?.firstRecord
  }

  /** Number of the record behind the newest entry; undefined if there is none. */
  get nextRecord(): bigint | undefined {
    return this.#last === undefined ? undefined : nextRecord(this.#last)
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { length }) => sum + length, 0)
  }

  /**
   * Writes an entry behind the last; the first one may be any where a dictionary begins. It must be whole, since it is
   * kept as it is, and its bytes may not be written again.
   *
   * @throws EntryStoreError when the disk refuses; the store takes nothing more then.
   */
  append(bytes: Uint8Array): void {
    assert(!this.#isClosed, 'the store of entries is open')
    if (this.#failure !== undefined) throw this.#failure
    const entry = decodeEntry(bytes)
    assert(this.#last === undefined || entry.firstRecord === this.nextRecord, 'entries come without gaps')
    const newest = this.#segments.at(-1)
    const isFull = newest !== undefined && newest.length >= this.#segmentBytes && entry.beginsAnew
    const segment = newest === undefined || isFull ? this.#beginSegment(entry.firstRecord) : newest
    this.#frame.clear()
    this.#frame.u32(bytes.length)
    this.#frame.u32(crc32(bytes))
    this.#frame.fixed(bytes, bytes.length)
    segment.mark(entry.firstRecord, segment.length)
    this.#write(segment, this.#frame.written())
    segment.length += this.#frame.length
    this.#last = entry
    this.#recent.add(entry.firstRecord, bytes)
    this.#wakeReaders()
  }

  /** Forgets all entries: those that will come don't follow from them. Who reads them is told that they are gone. */
  clear(): void {
    this.#closeFile()
    for (const segment of this.#segments) rmSync(segment.path)
    this.#segments = []
    this.#last = undefined
    this.#clearCount++
    this.#recent.clear()
    this.#wakeReaders()
  }

  /** See FeedSource.entries. */
  async *entries(
    fromRecord: bigint,
    { withDictionary = false, signal }: EntriesOptions = {},
  ): AsyncGenerator<Uint8Array, void> {
    let record = this.#placeOf(fromRecord, withDictionary)
    const clearCount = this.#clearCount
    while (!signal?.aborted && !this.#isClosed) {
      if (clearCount !== this.#clearCount) throw new FeedSourceError('PRUNED', `record ${record}`)
      const recent = this.#recent.find(record)
      if (recent !== undefined) {
        yield recent
        record = nextRecord(decodeEntry(recent))
      } else if (this.#last !== undefined && record < nextRecord(this.#last)) {
        for await (const bytes of this.#fromFile(record)) {
          yield bytes
          record = nextRecord(decodeEntry(bytes))
          if (signal?.aborted) return
        }
      } else await this.#appended(signal)
    }
  }

  /** Syncs what was written, and ends all readers. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wakeReaders()
    try {
      this.#closeFile()
    } finally {
      this.#lock.release()
    }
  }

  /** The record that a stream begins with. A file begins with a dictionary, so none before it is needed. */
  #placeOf(record: bigint, withDictionary: boolean): bigint {
    const next = this.nextRecord ?? 0n
    if (record > next) throw new FeedSourceError('AHEAD', `record ${record}; it has those before ${next}`)
    if (this.#last === undefined) return record
    const segment = this.#segmentOf(record)
    return withDictionary ? segment.firstRecord : record
  }

  #segmentOf(record: bigint): EntrySegment {
    const segment = this.#segments.findLast(({ firstRecord }) => firstRecord <= record)
    if (segment !== undefined) return segment
    throw new FeedSourceError('PRUNED', `record ${record}; it has those from ${this.firstRecord} on`)
  }

  /** Entries of a file, from the one on that holds a record. */
  async *#fromFile(record: bigint): AsyncGenerator<Uint8Array, void> {
    const segment = this.#segmentOf(record)
    try {
      yield* segment.read(record)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new FeedSourceError('PRUNED', `record ${record}`)
    }
  }

  #appended(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#wake.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#wake.add(done)
      signal?.addEventListener('abort', done)
    })
  }

  #wakeReaders(): void {
    for (const wake of this.#wake) wake()
  }

  #beginSegment(firstRecord: bigint): EntrySegment {
    this.#closeFile()
    const segment = new EntrySegment(this.#folder, firstRecord)
    try {
      this.#file = openSync(segment.path, 'wx')
    } catch (error) {
      throw this.#fail(segment.path, 0, 'a file can not be made', error)
    }
    this.#segments.push(segment)
    this.#write(segment, encodeSegmentHead(this.#genesisHash))
    this.#prune()
    return segment
  }

  #prune(): void {
    let bytes = this.bytes + this.#segmentBytes
    while (this.#segments.length > 1 && bytes > this.#maxBytes) {
      const oldest = this.#segments.shift()!
      bytes -= oldest.length
      rmSync(oldest.path)
    }
  }

  #write(segment: EntrySegment, bytes: Uint8Array): void {
    let done = 0
    try {
      while (done < bytes.length) done += writeSync(this.#file, bytes, done, bytes.length - done)
    } catch (error) {
      throw this.#fail(segment.path, segment.length, 'the disk refuses them', error)
    }
  }

  #fail(path: string, offset: number, what: string, cause: unknown): EntryStoreError {
    this.#failure = new EntryStoreError(path, offset, what, cause)
    return this.#failure
  }

  #closeFile(): void {
    if (this.#file === -1) return
    const file = this.#file
    this.#file = -1
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }

  /** @returns bytes that were cut off. */
  #openSegments(): number {
    let cut = 0
    const found = listEntrySegments(this.#folder)
    while (found.length > 0) {
      const newest = new EntrySegment(this.#folder, found.at(-1)!)
      cut += this.#openNewest(newest)
      if (this.#last !== undefined) break
      // Not even one entry: the one before is the newest.
      rmSync(newest.path)
      found.pop()
    }
    const older = found.slice(0, -1).map((firstRecord) => {
      const { path } = new EntrySegment(this.#folder, firstRecord)
      return new EntrySegment(this.#folder, firstRecord, statSync(path).size)
    })
    this.#segments.unshift(...older)
    return cut
  }

  #openNewest(segment: EntrySegment): number {
    const bytes = readFileSync(segment.path)
    const head = bytes.subarray(0, SEGMENT_HEAD_BYTES)
    if (head.length < SEGMENT_HEAD_BYTES) return bytes.length
    if (!isSegmentHead(head, this.#genesisHash))
      throw new EntryStoreError(segment.path, 0, 'the file is of another chain')
    const { entries, end } = splitEntries(bytes.subarray(SEGMENT_HEAD_BYTES), SEGMENT_HEAD_BYTES)
    const last = entries.at(-1)
    if (last === undefined) return bytes.length
    for (const { bytes: entry, offset } of entries) segment.mark(decodeEntry(entry).firstRecord, offset)
    segment.length = end
    this.#segments = [segment]
    this.#last = kept(last)
    this.#file = openSync(segment.path, 'a')
    ftruncateSync(this.#file, end)
    return bytes.length - end
  }
}

function kept({ bytes }: PlacedEntry): FeedEntry {
  return decodeEntry(bytes.slice())
}

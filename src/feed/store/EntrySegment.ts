import { existsSync, readdirSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { equalBytes } from '../../lib/index.ts'
import { decodeEntry, ENTRY_HEAD_BYTES, MAX_ENTRY_BYTES, nextRecord } from '../entries/index.ts'

/**
 * A file of entries. It is named by the number of its first record, begins with
 *
 *     magic 8 ("LEVENTS\n") · chain's genesis hash 32
 *
 * and goes on with entries, each behind u32 length · u32 CRC-32 of the entry (little-endian). Its first entry is one where
 * the dictionary of bodies begins anew: whoever reads it from the start needs no other file.
 */
const MAGIC = new TextEncoder().encode('LEVENTS\n')
export const SEGMENT_HEAD_BYTES = 40
export const FRAME_HEAD_BYTES = 8
/** Between two places that are remembered: so much is read in vain, at most. */
const SPACING_BYTES = 256 * 1024
const READ_BYTES = 256 * 1024

/** An entry, where it begins in the file, and where the next does. */
export type PlacedEntry = { bytes: Uint8Array; offset: number; end: number }

/** What is known of a segment. */
export class EntrySegment {
  readonly path: string
  readonly firstRecord: bigint
  /** Bytes of the file that hold whole entries. */
  length: number
  /** Some entries, ascending. */
  readonly #marks: { record: bigint; offset: number }[]

  constructor(folder: string, firstRecord: bigint, length: number = SEGMENT_HEAD_BYTES) {
    this.path = join(folder, `entries-${String(firstRecord).padStart(20, '0')}.feed`)
    this.firstRecord = firstRecord
    this.length = length
    this.#marks = [{ record: firstRecord, offset: SEGMENT_HEAD_BYTES }]
  }

  /** Remembers where an entry stands, if the last place that is known is far enough. */
  mark(record: bigint, offset: number): void {
    if (offset - this.#marks.at(-1)!.offset >= SPACING_BYTES) this.#marks.push({ record, offset })
  }

  /**
   * The entries from the one on that holds a record, up to what was written when each read began. Reads without blocking
   * the thread, in memory of one read or one entry.
   *
   * @throws EntryStoreError on damage; the error of the system where the file is gone.
   */
  async *read(fromRecord: bigint): AsyncGenerator<Uint8Array, void> {
    const from = this.#marks.findLast(({ record }) => record <= fromRecord) ?? this.#marks[0]!
    const file = await open(this.path)
    try {
      for await (const { bytes, offset } of entriesIn(file, this, from.offset)) {
        const entry = decodeEntry(bytes)
        this.mark(entry.firstRecord, offset)
        if (nextRecord(entry) > fromRecord) yield bytes
      }
    } finally {
      await file.close()
    }
  }
}

export function encodeSegmentHead(genesisHash: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, genesisHash])
}

export function isSegmentHead(bytes: Uint8Array, genesisHash: Uint8Array): boolean {
  return equalBytes(bytes, encodeSegmentHead(genesisHash))
}

/** First records of the segments in a folder, ascending; none where it does not exist. */
export function listEntrySegments(folder: string): bigint[] {
  if (!existsSync(folder)) return []
  const found = readdirSync(folder).map((name) => /^entries-(\d{20})\.feed$/.exec(name)?.[1])
  return found
    .filter((digits) => digits !== undefined)
    .map(BigInt)
    .sort((a, b) => (a < b ? -1 : 1))
}

async function* entriesIn(
  file: FileHandle,
  segment: EntrySegment,
  from: number,
): AsyncGenerator<PlacedEntry, void> {
  let offset = from
  let wanted = READ_BYTES
  while (offset < segment.length) {
    const length = Math.min(wanted, segment.length - offset)
    const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, offset)
    const { entries, end, needed, damage } = splitEntries(buffer.subarray(0, bytesRead), offset)
    yield* entries
    if (damage !== undefined || bytesRead < length || end + needed > segment.length)
      throw new EntryStoreError(segment.path, end, damage ?? 'an entry ends behind what was written')
    wanted = Math.max(READ_BYTES, needed)
    offset = end
  }
}

/**
 * The whole entries that `bytes`, which stand at `base` in a file, begin with.
 *
 * @returns `end`: where they end; `needed`: bytes of the next one, as far as its head tells; `damage`: what is wrong there.
 */
export function splitEntries(
  bytes: Uint8Array,
  base: number,
): { entries: PlacedEntry[]; end: number; needed: number; damage?: string } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: PlacedEntry[] = []
  let at = 0
  for (;;) {
    const end = base + at
    if (at === bytes.length) return { entries, end, needed: 0 }
    if (at + FRAME_HEAD_BYTES > bytes.length) return { entries, end, needed: FRAME_HEAD_BYTES }
    const length = view.getUint32(at, true)
    if (length < ENTRY_HEAD_BYTES || length > MAX_ENTRY_BYTES)
      return { entries, end, needed: 0, damage: `an entry of ${length} bytes` }
    const next = at + FRAME_HEAD_BYTES + length
    if (next > bytes.length) return { entries, end, needed: next - at }
    const entry = bytes.subarray(at + FRAME_HEAD_BYTES, next)
    if (crc32(entry) !== view.getUint32(at + 4, true))
      return { entries, end, needed: 0, damage: 'an entry with a wrong checksum' }
    entries.push({ bytes: entry, offset: end, end: base + next })
    at = next
  }
}

/** The store's files are not as they were written, or the disk refuses. */
export class EntryStoreError extends Error {
  override readonly name = 'EntryStoreError'
  readonly recovery = 'stop'

  constructor(path: string, offset: number, what: string, cause?: unknown) {
    super(
      `The entries of the stream: ${what}.\n  file: ${path}   offset: ${offset}\n` +
        '  next: check the disk; a replica may delete the folder, which is fetched again; a sequencer that has lost its ' +
        'entries must begin with a higher --epoch.',
      { cause },
    )
  }
}

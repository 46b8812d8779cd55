import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ByteReader, ByteWriter, bytesToHex, crc32, equalBytes } from '../lib/index.ts'

/**
 * Segments: the files of a log. Each begins with
 *
 *     magic 8 ("LEVERET\n") · u32 format version (1) · u32 segment · chain's genesis hash 32
 *     · u64 number of records in the segments before · u32 CRC-32 of these 56 bytes
 *
 * and goes on with frames (recordCodec.ts). Segments are numbered from 0; the oldest may have been deleted, behind a
 * snapshot of the state, but there are no gaps.
 */
export const SEGMENT_HEAD_BYTES = 60
const FORMAT_VERSION = 1
const MAGIC = new TextEncoder().encode('LEVERET\n')

/** A place in a log: byte `offset` of file `segment`, always where a record begins (or will begin). */
export type LogPosition = { segment: number; offset: number }

/** Where a log's first record begins. */
export const LOG_START: LogPosition = { segment: 0, offset: SEGMENT_HEAD_BYTES }

export type SegmentHead = {
  segment: number
  genesisHash: Uint8Array
  /** Records in the segments before. */
  firstRecord: bigint
}

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `segment-${String(segment).padStart(8, '0')}.log`)
}

/** Numbers of the segments in a folder, ascending; none where it does not exist. Throws LogCorruptError if one is missing in between. */
export function listSegments(folder: string): number[] {
  const segments: number[] = []
  if (!existsSync(folder)) return segments
  for (const name of readdirSync(folder)) {
    const match = /^segment-(\d{8,})\.log$/.exec(name)
    if (match !== null) segments.push(Number(match[1]))
  }
  segments.sort((a, b) => a - b)
  for (const [index, segment] of segments.entries()) {
    const expected = segments[0]! + index
    if (segment !== expected)
      throw new LogCorruptError(segmentPath(folder, expected), 0, 'the file is missing')
  }
  return segments
}

export function encodeSegmentHead({ segment, genesisHash, firstRecord }: SegmentHead): Uint8Array {
  const writer = new ByteWriter()
  writer.fixed(MAGIC, MAGIC.length)
  writer.u32(FORMAT_VERSION)
  writer.u32(segment)
  writer.fixed(genesisHash, 32)
  writer.u64(firstRecord)
  writer.u32(crc32(writer.written()))
  return writer.written().slice()
}

/**
 * Reads the head of the segment file at `path`; undefined if it is incomplete or damaged.
 * Throws LogVersionError for a whole head of another format.
 */
export function decodeSegmentHead(bytes: Uint8Array, path: string): SegmentHead | undefined {
  if (bytes.length < SEGMENT_HEAD_BYTES) return undefined
  const reader = new ByteReader(bytes.subarray(0, SEGMENT_HEAD_BYTES))
  const magic = reader.fixed(MAGIC.length)
  const version = reader.u32()
  const head = { segment: reader.u32(), genesisHash: reader.fixed(32).slice(), firstRecord: reader.u64() }
  if (reader.u32() !== crc32(bytes.subarray(0, SEGMENT_HEAD_BYTES - 4))) return undefined
  if (!equalBytes(magic, MAGIC)) return undefined
  if (version !== FORMAT_VERSION) throw new LogVersionError(path, version)
  return head
}

export function checkGenesis(head: SegmentHead, genesisHash: Uint8Array, path: string): void {
  if (!equalBytes(head.genesisHash, genesisHash))
    throw new LogGenesisError(path, head.genesisHash, genesisHash)
}

/** Damage that is not a torn end: bytes that were once whole are not any more. */
export class LogCorruptError extends Error {
  override readonly name = 'LogCorruptError'
  readonly recovery = 'stop'
  readonly path: string
  readonly offset: number

  constructor(path: string, offset: number, what: string) {
    super(
      `The log is damaged: ${what}.\n  file: ${path}   offset: ${offset}\n` +
        '  next: put back this file from a copy or another node; nothing was changed. ' +
        'What stands before the offset is whole.',
    )
    this.path = path
    this.offset = offset
  }
}

/** The log was written by another release. */
export class LogVersionError extends Error {
  override readonly name = 'LogVersionError'
  readonly recovery = 'stop'

  constructor(path: string, version: number) {
    super(
      `The log has a format that this release does not know.\n  file: ${path}   version: ${version}   ` +
        `known: ${FORMAT_VERSION}\n  next: start the release that wrote it; nothing was changed.`,
    )
  }
}

/** The log belongs to another chain. */
export class LogGenesisError extends Error {
  override readonly name = 'LogGenesisError'
  readonly recovery = 'stop'

  constructor(path: string, found: Uint8Array, expected: Uint8Array) {
    super(
      `The log belongs to another chain.\n  file: ${path}   its genesis: ${bytesToHex(found)}   ` +
        `expected: ${bytesToHex(expected)}\n  next: give the genesis that it was made with, or another data folder.`,
    )
  }
}

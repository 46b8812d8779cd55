import { crc32 } from 'node:zlib'
import { ByteReader, ByteWriter, equalBytes } from '../lib/index.ts'

/**
 * A snapshot: the whole state after one sealed block, in one file.
 *
 *     magic 8 ("LEVSNAP\n") · u32 format version · frames
 *     frame: u32 payload length · u32 CRC-32 of kind and payload · u8 kind · payload        (integers little-endian)
 *
 * The frames, in this order:
 *
 *     head       once: which state this is, and where the log goes on (SnapshotHead)
 *     codes      encoded StateDiffs of codes, by hash
 *     accounts   encoded StateDiffs of accounts, by keccak-256 of the address
 *     slots      encoded StateDiffs of slots, by keccak-256 of the address, then of the key
 *     end        once: how many of each
 *
 * So a snapshot is a state diff from nothing, in pieces: who applies them in order has the state, and the order is the
 * trie's. A file without its end is not a snapshot.
 */
export const SNAPSHOT_FORMAT_VERSION = 1
const MAGIC = new TextEncoder().encode('LEVSNAP\n')
export const FILE_HEAD_BYTES: number = MAGIC.length + 4
export const FRAME_HEAD_BYTES = 9

/** A piece is ended at this size; a code or a head may be larger. */
export const PIECE_BYTES: number = 1 << 20
/** Largest payload that is believed when a file is read. */
export const MAX_PAYLOAD_BYTES: number = 1 << 26

export const FRAME_KIND = { head: 1, codes: 2, accounts: 3, slots: 4, end: 5 } as const
export type FrameKind = (typeof FRAME_KIND)[keyof typeof FRAME_KIND]

export type SnapshotHead = {
  genesisHash: Uint8Array
  /** The block after which this is the state. */
  blockNumber: bigint
  /** RLP of its header, which names the state root. */
  header: Uint8Array
  /** Where the log goes on: the record behind the block's end. `recordNumber`: records before it. */
  log: { segment: number; offset: number; recordNumber: bigint }
  /** What deciding the next record takes, in its owner's encoding. */
  tail: Uint8Array
}

export type SnapshotCounts = { accounts: number; slots: number; codes: number }

export function encodeFileHead(): Uint8Array {
  const writer = new ByteWriter()
  writer.fixed(MAGIC, MAGIC.length)
  writer.u32(SNAPSHOT_FORMAT_VERSION)
  return writer.written().slice()
}

/** The format version; undefined if the file is no snapshot. */
export function decodeFileHead(bytes: Uint8Array): number | undefined {
  if (bytes.length < FILE_HEAD_BYTES || !equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return undefined
  return new ByteReader(bytes.subarray(MAGIC.length)).u32()
}

export function encodeFrameHead(kind: FrameKind, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(FRAME_HEAD_BYTES)
  const view = new DataView(head.buffer)
  view.setUint32(0, payload.length, true)
  view.setUint32(4, frameChecksum(kind, payload), true)
  head[8] = kind
  return head
}

export function frameChecksum(kind: number, payload: Uint8Array): number {
  return crc32(payload, crc32(Uint8Array.of(kind)))
}

export function encodeSnapshotHead(head: SnapshotHead): Uint8Array {
  const writer = new ByteWriter()
  writer.fixed(head.genesisHash, 32)
  writer.u64(head.blockNumber)
  writer.sized(head.header)
  writer.u32(head.log.segment)
  writer.u64(BigInt(head.log.offset))
  writer.u64(head.log.recordNumber)
  writer.sized(head.tail)
  return writer.written().slice()
}

/** Undefined if the bytes are not a head. */
export function decodeSnapshotHead(bytes: Uint8Array): SnapshotHead | undefined {
  const reader = new ByteReader(bytes)
  const head = {
    genesisHash: reader.fixed(32).slice(),
    blockNumber: reader.u64(),
    header: reader.sized().slice(),
    log: { segment: reader.u32(), offset: Number(reader.u64()), recordNumber: reader.u64() },
    tail: reader.sized().slice(),
  }
  return reader.isShort || reader.left > 0 ? undefined : head
}

export function encodeSnapshotEnd({ accounts, slots, codes }: SnapshotCounts): Uint8Array {
  const writer = new ByteWriter()
  for (const count of [accounts, slots, codes]) writer.u64(BigInt(count))
  return writer.written().slice()
}

/** Undefined if the bytes are not an end. */
export function decodeSnapshotEnd(bytes: Uint8Array): SnapshotCounts | undefined {
  const reader = new ByteReader(bytes)
  const counts = { accounts: Number(reader.u64()), slots: Number(reader.u64()), codes: Number(reader.u64()) }
  return reader.isShort || reader.left > 0 ? undefined : counts
}

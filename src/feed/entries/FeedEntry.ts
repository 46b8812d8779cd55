import { ByteReader, ByteWriter, sha256, sha256OfParts } from '../../lib/index.ts'

/**
 * An entry of the stream that nodes follow: a run of whole log records, in order, signed by the sequencer. It ends behind
 * each sealMiniBlock, closeBlock, sealHeader and rewind, and nowhere else. Its bytes:
 *
 *     u8 version (1) · u8 flags · u64 epoch · u64 firstRecord · u32 recordCount · u64 miniBlockNumber
 *     · parentDigest 32 · u32 body length · body · signature 65
 *
 * Integers are little-endian. What stands in the body is said in compact/.
 */
export type FeedEntry = {
  /** Which sequencer term signed it. */
  epoch: bigint
  /** Number in the log of its first record: records before it. */
  firstRecord: bigint
  recordCount: number
  /** The newest mini-block that is sealed at its end; 0: none yet. */
  miniBlockNumber: bigint
  /** Flag 1: the dictionary of bodies begins anew here, see compact/. */
  beginsAnew: boolean
  /** Digest of the entry before; the genesis hash where the signer begins a stream and knows of none. */
  parentDigest: Uint8Array
  body: Uint8Array
  /** r ‖ s (32 each, big-endian, s in the lower half) ‖ yParity, of the EIP-191 message that is the digest. */
  signature: Uint8Array
}

export type UnsignedEntry = Omit<FeedEntry, 'signature'>

export const SIGNATURE_BYTES = 65
/** Largest body of one entry, which a mini-block's transactions must fit. */
const MAX_BODY_BYTES = 64 * 1024 * 1024
const ENTRY_VERSION = 1
const BEGINS_ANEW = 1
/** All before the body. */
export const ENTRY_HEAD_BYTES = 66
/** Largest entry. */
export const MAX_ENTRY_BYTES: number = ENTRY_HEAD_BYTES + MAX_BODY_BYTES + SIGNATURE_BYTES
export const ENTRY_DOMAIN: Uint8Array = new TextEncoder().encode('leveret entry 1\n')
const U64_LIMIT = 2n ** 64n

/** Throws FeedEntryError when the body is larger than {@link MAX_BODY_BYTES}. */
export function encodeEntry(entry: FeedEntry): Uint8Array {
  const { length } = entry.body
  if (length > MAX_BODY_BYTES)
    throw new FeedEntryError('BODY_TOO_LARGE', `a body of ${length} bytes; at most ${MAX_BODY_BYTES}`)
  const writer = new ByteWriter({ capacity: ENTRY_HEAD_BYTES + length + SIGNATURE_BYTES })
  writeHead(writer, entry)
  writer.fixed(entry.body, length)
  writer.fixed(entry.signature, SIGNATURE_BYTES)
  return writer.take()
}

/**
 * Inverse of {@link encodeEntry}; byte strings are views of `bytes`. Safe on any bytes: throws FeedEntryError for all that
 * `encodeEntry` does not write. The signature and the body are not looked at.
 */
export function decodeEntry(bytes: Uint8Array): FeedEntry {
  if (bytes.length < ENTRY_HEAD_BYTES + SIGNATURE_BYTES)
    throw new FeedEntryError('TRUNCATED', `${bytes.length} bytes`)
  if (bytes[0] !== ENTRY_VERSION)
    throw new FeedEntryError('UNKNOWN_VERSION', `version ${bytes[0]}, known is ${ENTRY_VERSION}`)
  const flags = bytes[1]!
  if (flags > BEGINS_ANEW) throw new FeedEntryError('UNKNOWN_FLAGS', `flags ${flags}`)
  const reader = new ByteReader(bytes.subarray(2))
  const epoch = reader.u64()
  const firstRecord = reader.u64()
  const recordCount = reader.u32()
  const miniBlockNumber = reader.u64()
  const parentDigest = reader.fixed(32)
  const bodyLength = reader.u32()
  if (bodyLength > MAX_BODY_BYTES) throw new FeedEntryError('BODY_TOO_LARGE', `a body of ${bodyLength} bytes`)
  const body = reader.fixed(bodyLength)
  const signature = reader.fixed(SIGNATURE_BYTES)
  if (reader.isShort) throw new FeedEntryError('TRUNCATED', `${bytes.length} bytes, the entry has more`)
  if (reader.left > 0) throw new FeedEntryError('TRAILING_BYTES', `${reader.left} bytes after the entry`)
  if (recordCount === 0 || firstRecord + BigInt(recordCount) >= U64_LIMIT)
    throw new FeedEntryError('RECORD_COUNT', `${recordCount} records from ${firstRecord} on`)
  const beginsAnew = flags === BEGINS_ANEW
  return { epoch, firstRecord, recordCount, miniBlockNumber, beginsAnew, parentDigest, body, signature }
}

/** Number in the log of the record behind an entry. */
export function nextRecord({ firstRecord, recordCount }: UnsignedEntry): bigint {
  return firstRecord + BigInt(recordCount)
}

/**
 * What is signed and what the next entry names, 32 bytes: sha256 of
 *
 *     "leveret entry 1\n" · genesis hash 32 · the entry's bytes before the body · sha256 of the body 32
 */
export function entryDigest(entry: UnsignedEntry, genesisHash: Uint8Array): Uint8Array {
  const writer = new ByteWriter({ capacity: 256 })
  writer.fixed(ENTRY_DOMAIN, ENTRY_DOMAIN.length)
  writer.fixed(genesisHash, 32)
  writeHead(writer, entry)
  return sha256OfParts([writer.written(), sha256(entry.body)])
}

function writeHead(writer: ByteWriter, entry: UnsignedEntry): void {
  writer.u8(ENTRY_VERSION)
  writer.u8(entry.beginsAnew ? BEGINS_ANEW : 0)
  writer.u64(entry.epoch)
  writer.u64(entry.firstRecord)
  writer.u32(entry.recordCount)
  writer.u64(entry.miniBlockNumber)
  writer.fixed(entry.parentDigest, 32)
  writer.u32(entry.body.length)
}

export type FeedEntryErrorCode =
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'UNKNOWN_VERSION'
  | 'UNKNOWN_FLAGS'
  | 'BODY_TOO_LARGE'
  | 'RECORD_COUNT'

/** Bytes that are not an entry. */
export class FeedEntryError extends Error {
  override readonly name = 'FeedEntryError'
  readonly code: FeedEntryErrorCode

  constructor(code: FeedEntryErrorCode, what: string) {
    super(
      `Not an entry of the stream (${code}): ${what}.\n  next: take it from another source; if all send the same, their version is another.`,
    )
    this.code = code
  }
}

import { ByteReader, ByteWriter, crc32, fromBigInt, toBigInt } from '../lib/index.ts'
import { ExecutedTransactions } from '../protocol/index.ts'
import type { Chunk, CloseBlock, LogRecord, OpenBlock, Rewind, SealHeader, SealMiniBlock } from './records.ts'

/**
 * The binary form of log records, the same on disk and on the wire. A record is one frame:
 *
 *     u32 payload length · u32 CRC-32 of the rest of the frame · u8 version (1) · u8 kind · payload
 *
 * Integers are little-endian, but 256-bit ones 32 bytes big-endian; `bytes` is u32 length, then so many bytes.
 *
 *     1 openBlock      u64 number · u64 timestamp · coinbase 20 · u64 gasLimit · baseFeePerGas 32 · prevRandao 32
 *                      · u64 excessBlobGas · parentBeaconBlockRoot 32
 *     2 chunk          u64 miniBlockNumber · u32 firstTransactionIndex · u32 transactionCount
 *                      · per transaction (sender 20 · hash 32 · bytes raw · bytes receipt) · bytes diff
 *     3 sealMiniBlock  parentDigest 32 · u64 number · u64 epoch · u64 timestampUs · u64 blockNumber · u32 indexInBlock
 *                      · u32 transactionCount · u64 gasUsed · digest 32
 *     4 closeBlock     u64 number · u64 gasUsed · u64 blobGasUsed · u32 requestCount · per request bytes
 *     5 sealHeader     u64 number · bytes header
 *     6 rewind         parentDigest 32 · u64 number · u64 epoch · u64 timestampUs · u64 blockNumber · u32 adoptedCount
 *                      · u32 miniBlockCount · bytes header · bytes hashes · bytes diff · bytes adopted · digest 32
 */
export const FRAME_HEAD_BYTES = 10
/** Where the checksummed part of a frame begins. */
const CHECKED_FROM = 8
const RECORD_VERSION = 1
/** Largest payload of one record; a sequencer must cut its chunks below it. */
export const MAX_PAYLOAD_BYTES: number = 32 * 1024 * 1024

export const KINDS = ['openBlock', 'chunk', 'sealMiniBlock', 'closeBlock', 'sealHeader', 'rewind'] as const
const CHUNK_KIND = 2
/** The length of a chunk's diff. */
const DIFF_HEAD_BYTES = 4

/** Frame of one record, in fresh bytes. Throws FeedError when the payload is larger than {@link MAX_PAYLOAD_BYTES}. */
export function encodeRecord(record: LogRecord): Uint8Array {
  const writer = new ByteWriter()
  writeRecord(writer, record)
  return writer.written().slice()
}

/** As {@link encodeRecord}, behind what the writer already holds. */
export function writeRecord(writer: ByteWriter, record: LogRecord): void {
  writeFrame(writer, record.kind, () => writePayload(writer, record))
}

/** A chunk whose transactions are in bytes, in the form that ExecutedTransactions describes. */
export type EncodedChunk = Omit<Chunk, 'kind' | 'transactions'> & {
  transactionCount: number
  transactions: Uint8Array
}

/** As {@link writeRecord}, for a chunk that is encoded already. */
export function writeEncodedChunk(writer: ByteWriter, chunk: EncodedChunk): void {
  writeFrame(writer, 'chunk', () => writeChunkPayload(writer, chunk))
}

function writeFrame(writer: ByteWriter, kind: LogRecord['kind'], writeContent: () => void): void {
  const start = writer.length
  writer.u32(0)
  writer.u32(0)
  writer.u8(RECORD_VERSION)
  writer.u8(KINDS.indexOf(kind) + 1)
  writeContent()
  const payloadLength = writer.length - start - FRAME_HEAD_BYTES
  if (payloadLength > MAX_PAYLOAD_BYTES) {
    throw new FeedError('RECORD_TOO_LARGE', `${kind} of ${payloadLength} bytes; at most ${MAX_PAYLOAD_BYTES}`)
  }
  writer.u32At(start, payloadLength)
  writer.u32At(start + 4, crc32(writer.written().subarray(start + CHECKED_FROM)))
}

/** Payload of a frame that {@link encodeRecord} made or {@link decodeRecord} took; a view. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(FRAME_HEAD_BYTES)
}

/**
 * The frame of a payload that stood in one of this kind, in fresh bytes. Throws FeedError when it is larger than
 * {@link MAX_PAYLOAD_BYTES}.
 */
export function frameOf(kind: LogRecord['kind'], payload: Uint8Array): Uint8Array {
  return writeFrameOf(new ByteWriter({ capacity: FRAME_HEAD_BYTES + payload.length }), kind, payload)
}

/** As {@link frameOf}, behind what the writer already holds; a view of it. */
export function writeFrameOf(writer: ByteWriter, kind: LogRecord['kind'], payload: Uint8Array): Uint8Array {
  const start = writer.length
  writeFrame(writer, kind, () => writer.fixed(payload, payload.length))
  return writer.written().subarray(start)
}

/**
 * Reads the record in one whole frame. Byte strings in it are views of `frame`.
 * Safe on any bytes: throws FeedError for everything that `encodeRecord` does not write.
 */
export function decodeRecord(frame: Uint8Array): LogRecord {
  checkFrame(frame)
  return readFrame(frame)
}

/**
 * Reads records whose frames stand one behind the other and have been in this program's memory only: there the checksum,
 * which is for the disk, is not looked at. Of a chunk, byte strings are views of `frames`; other records are short, and
 * have copies. Otherwise as {@link decodeRecord}.
 */
export function* readFrames(frames: Uint8Array): Generator<{ record: LogRecord; frame: Uint8Array }, void> {
  for (let at = 0; at < frames.length; ) {
    const extent = frameExtent(frames.subarray(at))
    if (extent.kind !== 'complete') throw new FeedError('TRUNCATED', 'the last frame is not whole')
    const frame = frames.subarray(at, at + extent.length)
    yield { record: recordIn(frame), frame }
    at += extent.length
  }
}

/** The record in one frame of which is known that it is whole; see {@link readFrames}. */
export function recordIn(frame: Uint8Array): LogRecord {
  return readFrame(frame[9] === CHUNK_KIND ? frame : frame.slice())
}

/**
 * The chunk in a frame that was made here, as views.
 *
 * @param starts - where each transaction begins in its payload, and at the end where the last one ends.
 */
export function chunkIn(frame: Uint8Array, starts: Uint32Array): Chunk {
  const reader = new ByteReader(payloadOf(frame))
  const [miniBlockNumber, firstTransactionIndex] = [reader.u64(), reader.u32()]
  const transactions = ExecutedTransactions.placed(payloadOf(frame), starts)
  const diff = payloadOf(frame).subarray(starts.at(-1)! + DIFF_HEAD_BYTES)
  return { kind: 'chunk', miniBlockNumber, firstTransactionIndex, transactions, diff }
}

function checkFrame(frame: Uint8Array): void {
  const extent = frameExtent(frame)
  if (extent.kind === 'incomplete')
    throw new FeedError('TRUNCATED', `${frame.length} bytes, the frame has more`)
  if (extent.kind === 'tooLarge')
    throw new FeedError('RECORD_TOO_LARGE', `payload of ${extent.payloadLength} bytes`)
  if (extent.length !== frame.length) {
    throw new FeedError('TRAILING_BYTES', `${frame.length - extent.length} bytes after the frame`)
  }
  if (!hasValidChecksum(frame)) throw new FeedError('WRONG_CHECKSUM', 'CRC-32 does not match')
}

function readFrame(frame: Uint8Array): LogRecord {
  if (frame[8] !== RECORD_VERSION)
    throw new FeedError('UNKNOWN_VERSION', `version ${frame[8]}, known is ${RECORD_VERSION}`)
  const kind = KINDS[frame[9]! - 1]
  if (kind === undefined) throw new FeedError('UNKNOWN_KIND', `kind ${frame[9]}`)
  const reader = new ByteReader(payloadOf(frame))
  const record = readPayload(reader, kind)
  if (reader.isShort) throw new FeedError('TRUNCATED', `payload of ${kind} ends early`)
  if (reader.left > 0)
    throw new FeedError('TRAILING_BYTES', `${reader.left} bytes after the ${kind} in its payload`)
  return record
}

export type FrameExtent =
  | { kind: 'complete'; length: number }
  /** The bytes end before the frame does; `length` is the head's own where even that is not whole. */
  | { kind: 'incomplete'; length: number }
  | { kind: 'tooLarge'; payloadLength: number }

/** How far the frame at the start of `bytes` reaches by what its head says. */
export function frameExtent(bytes: Uint8Array): FrameExtent {
  if (bytes.length < FRAME_HEAD_BYTES) return { kind: 'incomplete', length: FRAME_HEAD_BYTES }
  const payloadLength = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  if (payloadLength > MAX_PAYLOAD_BYTES) return { kind: 'tooLarge', payloadLength }
  const length = FRAME_HEAD_BYTES + payloadLength
  return { kind: length > bytes.length ? 'incomplete' : 'complete', length }
}

/** Checks a whole frame of any version and kind. */
export function hasValidChecksum(frame: Uint8Array): boolean {
  const stored = new DataView(frame.buffer, frame.byteOffset + 4, 4).getUint32(0, true)
  return crc32(frame.subarray(CHECKED_FROM)) === stored
}

/**
 * Whether `bytes` look like the beginning of a frame that was never written to its end: by its head and also by the
 * counts inside its payload, it reaches beyond them. (If only the head says so, the head is damaged.)
 */
export function isFrameBeginning(bytes: Uint8Array): boolean {
  if (bytes.length < FRAME_HEAD_BYTES) return true
  const kind = KINDS[bytes[9]! - 1]
  if (frameExtent(bytes).kind !== 'incomplete' || bytes[8] !== RECORD_VERSION || kind === undefined)
    return false
  const reader = new ByteReader(payloadOf(bytes))
  readPayload(reader, kind)
  return reader.isShort
}

function writePayload(writer: ByteWriter, record: LogRecord): void {
  switch (record.kind) {
    case 'openBlock':
      writeOpenBlock(writer, record)
      break
    case 'chunk':
      writeChunk(writer, record)
      break
    case 'sealMiniBlock':
      writeSealWithoutDigest(writer, record)
      writer.fixed(record.digest, 32)
      break
    case 'closeBlock':
      writeCloseBlock(writer, record)
      break
    case 'sealHeader':
      writer.u64(record.number)
      writer.sized(record.header)
      break
    case 'rewind':
      writeRewindWithoutDigest(writer, record)
      writer.fixed(record.digest, 32)
      break
  }
}

function readPayload(reader: ByteReader, kind: LogRecord['kind']): LogRecord {
  switch (kind) {
    case 'openBlock':
      return readOpenBlock(reader)
    case 'chunk':
      return readChunk(reader)
    case 'sealMiniBlock':
      return readSealMiniBlock(reader)
    case 'closeBlock':
      return readCloseBlock(reader)
    case 'sealHeader':
      return readSealHeader(reader)
    case 'rewind':
      return readRewind(reader)
  }
}

function writeOpenBlock(writer: ByteWriter, record: OpenBlock): void {
  writer.u64(record.number)
  writer.u64(record.timestamp)
  writer.fixed(record.coinbase, 20)
  writer.u64(record.gasLimit)
  writer.fixed(fromBigInt(record.baseFeePerGas, 32), 32)
  writer.fixed(record.prevRandao, 32)
  writer.u64(record.excessBlobGas)
  writer.fixed(record.parentBeaconBlockRoot, 32)
}

function readOpenBlock(reader: ByteReader): OpenBlock {
  return {
    kind: 'openBlock',
    number: reader.u64(),
    timestamp: reader.u64(),
    coinbase: reader.fixed(20),
    gasLimit: reader.u64(),
    baseFeePerGas: toBigInt(reader.fixed(32)),
    prevRandao: reader.fixed(32),
    excessBlobGas: reader.u64(),
    parentBeaconBlockRoot: reader.fixed(32),
  }
}

function writeChunk(writer: ByteWriter, { transactions, ...record }: Chunk): void {
  writeChunkPayload(writer, {
    ...record,
    transactionCount: transactions.length,
    transactions: transactions.bytes(),
  })
}

function writeChunkPayload(writer: ByteWriter, chunk: EncodedChunk): void {
  writer.u64(chunk.miniBlockNumber)
  writer.u32(chunk.firstTransactionIndex)
  writer.u32(chunk.transactionCount)
  writer.fixed(chunk.transactions, chunk.transactions.length)
  writer.sized(chunk.diff)
}

function readChunk(reader: ByteReader): Chunk {
  const miniBlockNumber = reader.u64()
  const firstTransactionIndex = reader.u32()
  const count = reader.u32()
  const transactions = ExecutedTransactions.read(reader.rest(), count)
  reader.fixed(transactions?.byteLength ?? Number.POSITIVE_INFINITY)
  return {
    ...{ kind: 'chunk', miniBlockNumber, firstTransactionIndex },
    transactions: transactions ?? new ExecutedTransactions(),
    diff: reader.sized(),
  }
}

/** The payload of a sealMiniBlock up to its digest; what the digest is computed of begins with it. */
export function writeSealWithoutDigest(writer: ByteWriter, record: Omit<SealMiniBlock, 'digest'>): void {
  writer.fixed(record.parentDigest, 32)
  writer.u64(record.number)
  writer.u64(record.epoch)
  writer.u64(record.timestampUs)
  writer.u64(record.blockNumber)
  writer.u32(record.indexInBlock)
  writer.u32(record.transactionCount)
  writer.u64(record.gasUsed)
}

function readSealMiniBlock(reader: ByteReader): SealMiniBlock {
  const parentDigest = reader.fixed(32)
  return {
    kind: 'sealMiniBlock',
    number: reader.u64(),
    epoch: reader.u64(),
    timestampUs: reader.u64(),
    blockNumber: reader.u64(),
    indexInBlock: reader.u32(),
    transactionCount: reader.u32(),
    gasUsed: reader.u64(),
    parentDigest,
    digest: reader.fixed(32),
  }
}

function writeCloseBlock(writer: ByteWriter, record: CloseBlock): void {
  writer.u64(record.number)
  writer.u64(record.gasUsed)
  writer.u64(record.blobGasUsed)
  writer.u32(record.requests.length)
  for (const request of record.requests) writer.sized(request)
}

function readCloseBlock(reader: ByteReader): CloseBlock {
  const number = reader.u64()
  const gasUsed = reader.u64()
  const blobGasUsed = reader.u64()
  const requests: Uint8Array[] = []
  for (let count = reader.u32(); count > 0 && !reader.isShort; count--) requests.push(reader.sized())
  return { kind: 'closeBlock', number, gasUsed, blobGasUsed, requests }
}

function readSealHeader(reader: ByteReader): SealHeader {
  return { kind: 'sealHeader', number: reader.u64(), header: reader.sized() }
}

/** The payload of a rewind up to its digest; what the digest is computed of. */
export function writeRewindWithoutDigest(writer: ByteWriter, record: Omit<Rewind, 'digest'>): void {
  writer.fixed(record.parentDigest, 32)
  writer.u64(record.number)
  writer.u64(record.epoch)
  writer.u64(record.timestampUs)
  writer.u64(record.blockNumber)
  writer.u32(record.adoptedCount)
  writer.u32(record.miniBlockCount)
  for (const bytes of [record.header, record.hashes, record.diff, record.adopted]) writer.sized(bytes)
}

function readRewind(reader: ByteReader): Rewind {
  const parentDigest = reader.fixed(32)
  return {
    kind: 'rewind',
    number: reader.u64(),
    epoch: reader.u64(),
    timestampUs: reader.u64(),
    blockNumber: reader.u64(),
    adoptedCount: reader.u32(),
    miniBlockCount: reader.u32(),
    header: reader.sized(),
    hashes: reader.sized(),
    diff: reader.sized(),
    adopted: reader.sized(),
    parentDigest,
    digest: reader.fixed(32),
  }
}

export type FeedErrorCode =
  | 'RECORD_TOO_LARGE'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'WRONG_CHECKSUM'
  | 'UNKNOWN_VERSION'
  | 'UNKNOWN_KIND'

/** Bytes that are not a log record. */
export class FeedError extends Error {
  override readonly name = 'FeedError'
  readonly code: FeedErrorCode

  constructor(code: FeedErrorCode, what: string) {
    super(
      `Not a log record: ${what}.\n  next: fetch the record again; if this repeats, its writer is of another version.`,
    )
    this.code = code
  }
}

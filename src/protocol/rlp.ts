import { assert, fromBigIntMinimal } from '../lib/index.ts'

/**
 * Recursive Length Prefix (Yellow Paper appendix B): byte strings and lists of them.
 * Decoding is strict: each value has one encoding only, and the whole input must be used.
 */
export type RlpValue = Uint8Array | RlpValue[]

export type RlpResult = { ok: true; value: RlpValue } | RlpFailure

/** Why input isn't canonical RLP; `offset` is where in the input. */
export type RlpFailure = { ok: false; code: RlpErrorCode; message: string; offset: number }

export type RlpErrorCode =
  /** The input ends before the value does. */
  | 'RlpTooShort'
  /** Bytes follow the value. */
  | 'RlpTrailingBytes'
  /** A length has leading zeros, or a short value is written in the long form. */
  | 'RlpNonCanonicalLength'
  /** A single byte below 0x80 is written with a prefix. */
  | 'RlpNonCanonicalByte'
  /** A length of more than {@link RLP_MAX_LENGTH_BYTES} bytes. */
  | 'RlpLengthTooLarge'
  /** Lists inside lists beyond the depth limit. */
  | 'RlpTooDeep'

/** Nesting of lists that {@link rlpDecode} accepts unless told otherwise; a block of access-list transactions has 5. */
export const RLP_MAX_DEPTH = 64

/** A length is written in at most six bytes: 2^48 is beyond any input and exact in a double. */
export const RLP_MAX_LENGTH_BYTES = 6

/**
 * Decodes exactly one value. Byte strings are views of `input`, not copies: `slice()` what must outlive it.
 */
export function rlpDecode(input: Uint8Array, maxDepth: number = RLP_MAX_DEPTH): RlpResult {
  const reader: Reader = { input, offset: 0, failure: undefined }
  const value = readValue(reader, input.length, maxDepth)
  if (reader.failure !== undefined) return reader.failure
  if (reader.offset !== input.length) return fail(reader, 'RlpTrailingBytes', 'bytes follow the value')
  return { ok: true, value }
}

/**
 * Length in bytes of the value at the start of `input`, prefix included, from its prefix alone; `input` may be longer.
 * For streams of values. What is inside a list is not looked at.
 */
export function rlpValueLength(input: Uint8Array): { ok: true; length: number } | RlpFailure {
  const reader: Reader = { input, offset: 0, failure: undefined }
  const header = readHeader(reader, input.length)
  if (reader.failure !== undefined) return reader.failure
  return { ok: true, length: reader.offset + header.length }
}

/** Encodes a byte string or a (nested) list. */
export function rlpEncode(value: RlpValue): Uint8Array {
  const output = new Uint8Array(encodedLength(value))
  const end = writeValue(value, output, 0)
  assert(end === output.length, 'rlpEncode: the length was miscounted')
  return output
}

/** An unsigned integer as RLP wants it: big-endian without leading zeros, zero is empty. */
export function rlpInteger(value: bigint): Uint8Array {
  return fromBigIntMinimal(value)
}

type Reader = { input: Uint8Array; offset: number; failure: RlpFailure | undefined }

const NOTHING = new Uint8Array(0)

function readValue(reader: Reader, end: number, depthLeft: number): RlpValue {
  const first = reader.input[reader.offset]
  const header = readHeader(reader, end)
  if (reader.failure !== undefined) return NOTHING
  const start = reader.offset
  if (!header.isList) {
    reader.offset = start + header.length
    const bytes = reader.input.subarray(start, reader.offset)
    if (first === 0x81 && bytes[0]! < 0x80) {
      fail(reader, 'RlpNonCanonicalByte', `byte 0x${bytes[0]!.toString(16)} has a prefix it must not have`)
    }
    return bytes
  }
  if (depthLeft <= 0) {
    fail(reader, 'RlpTooDeep', 'lists are nested too deep')
    return NOTHING
  }
  const listEnd = start + header.length
  const items: RlpValue[] = []
  while (reader.offset < listEnd) {
    items.push(readValue(reader, listEnd, depthLeft - 1))
    if (reader.failure !== undefined) return NOTHING
  }
  return items
}

type ValueHeader = { isList: boolean; length: number }
const NO_HEADER: ValueHeader = { isList: false, length: 0 }

/** Moves the reader from a value's prefix to its content, and checks that the content ends by `end`. */
function readHeader(reader: Reader, end: number): ValueHeader {
  const { input, offset } = reader
  if (offset >= end) return refuse(reader, 'RlpTooShort', 'a value is missing')
  const prefix = input[offset]!
  if (prefix < 0x80) return { isList: false, length: 1 }
  const isList = prefix >= 0xc0
  const base = isList ? 0xc0 : 0x80
  let length = prefix - base
  let contentStart = offset + 1
  if (length > 55) {
    const lengthBytes = length - 55
    if (lengthBytes > RLP_MAX_LENGTH_BYTES)
      return refuse(reader, 'RlpLengthTooLarge', 'a length has too many bytes')
    if (contentStart + lengthBytes > end) return refuse(reader, 'RlpTooShort', 'a length is cut off')
    if (input[contentStart] === 0)
      return refuse(reader, 'RlpNonCanonicalLength', 'a length has leading zeros')
    length = 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + input[contentStart++]!
    if (length <= 55) return refuse(reader, 'RlpNonCanonicalLength', `length ${length} is in the long form`)
  }
  if (contentStart + length > end) {
    return refuse(reader, 'RlpTooShort', `a value of ${length} bytes has only ${end - contentStart}`)
  }
  reader.offset = contentStart
  return { isList, length }
}

function refuse(reader: Reader, code: RlpErrorCode, reason: string): ValueHeader {
  fail(reader, code, reason)
  return NO_HEADER
}

function fail(reader: Reader, code: RlpErrorCode, reason: string): RlpFailure {
  const failure: RlpFailure = {
    ok: false,
    code,
    message: `rlp: ${reason} (at byte ${reader.offset})`,
    offset: reader.offset,
  }
  reader.failure = failure
  return failure
}

function encodedLength(value: RlpValue): number {
  if (value instanceof Uint8Array) {
    return value.length === 1 && value[0]! < 0x80 ? 1 : prefixLength(value.length) + value.length
  }
  const length = payloadLength(value)
  return prefixLength(length) + length
}

/** Bytes of the encoding of a list, or of a byte string of two bytes or more, whose payload has `length` bytes. */
export function rlpItemLength(length: number): number {
  return prefixLength(length) + length
}

function payloadLength(items: readonly RlpValue[]): number {
  let length = 0
  for (const item of items) length += encodedLength(item)
  return length
}

function prefixLength(length: number): number {
  return length <= 55 ? 1 : 1 + lengthByteCount(length)
}

function lengthByteCount(length: number): number {
  let count = 1
  for (let rest = Math.floor(length / 256); rest > 0; rest = Math.floor(rest / 256)) count++
  return count
}

function writeValue(value: RlpValue, output: Uint8Array, offset: number): number {
  if (value instanceof Uint8Array) {
    if (value.length === 1 && value[0]! < 0x80) {
      output[offset] = value[0]!
      return offset + 1
    }
    const contentStart = writePrefix(output, offset, 0x80, value.length)
    output.set(value, contentStart)
    return contentStart + value.length
  }
  let end = writePrefix(output, offset, 0xc0, payloadLength(value))
  for (const item of value) end = writeValue(item, output, end)
  return end
}

function writePrefix(output: Uint8Array, offset: number, base: number, length: number): number {
  if (length <= 55) {
    output[offset] = base + length
    return offset + 1
  }
  const count = lengthByteCount(length)
  output[offset] = base + 55 + count
  let rest = length
  for (let i = count; i > 0; i--) {
    output[offset + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return offset + 1 + count
}

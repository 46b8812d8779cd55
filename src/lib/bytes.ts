import { assert } from './assert.ts'

/** Node's; a browser has none. */
const buffers = (globalThis as { Buffer?: typeof Buffer }).Buffer

/** Bytes from which on Node's own comparison takes less than a loop, whatever calling it costs. */
const LEAST_COMPARED = 64

/** The empty byte string; shared, so never written to (it has no byte to write). */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0)

/** Joins byte strings in the order given. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/**
 * Bytes with whatever their memory held, for who overwrites them all: clearing them first takes as long as copying into
 * them.
 */
export function uninitializedBytes(length: number): Uint8Array {
  if (buffers === undefined) return new Uint8Array(length)
  return new Uint8Array(buffers.allocUnsafeSlow(length).buffer)
}

/**
 * Copies `source` into `target` from `offset` on: `target.set(source, offset)`, which V8 does byte by byte where memory
 * is shared and the two are not aligned alike, 0.4 µs a KB; this is memmove, a twentieth of it.
 */
export function copyInto(target: Uint8Array, offset: number, source: Uint8Array): void {
  assert(offset >= 0 && offset + source.length <= target.length, 'what is copied fits where it goes')
  if (buffers === undefined) target.set(source, offset)
  else buffers.prototype.copy.call(source, target, offset)
}

/** The same bytes in memory of their own, which no thread shares. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = uninitializedBytes(bytes.length)
  copyInto(copy, 0, bytes)
  return copy
}

/** Whether no bit is set. */
export function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Whether two byte strings have the same length and bytes. Not constant-time: not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  if (a.length >= LEAST_COMPARED && buffers !== undefined) return buffers.compare(a, b) === 0
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order: negative when `a` sorts first, 0 when equal; a proper prefix sorts first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Reads a big-endian unsigned integer of any length; the empty byte string is 0. */
export function toBigInt(bytes: Uint8Array): bigint {
  let i = 0
  // Most words are small numbers.
  while (i < bytes.length && bytes[i] === 0) i++
  let value = 0n
  for (; i + 6 <= bytes.length; i += 6) value = (value << 48n) | BigInt(read48(bytes, i))
  if (i === bytes.length) return value
  const bits = BITS[bytes.length - i]!
  let rest = 0
  for (; i < bytes.length; i++) rest = rest * 0x100 + bytes[i]!
  return (value << bits) | BigInt(rest)
}

/** Of so many bytes. */
const BITS: readonly bigint[] = [0n, 8n, 16n, 24n, 32n, 40n]

/** Six bytes fit a double exactly, and one BigInt of six bytes is cheaper than six of one. */
function read48(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! * 0x100 + bytes[at + 1]!
  const low = bytes[at + 2]! * 0x1000000 + bytes[at + 3]! * 0x10000 + bytes[at + 4]! * 0x100 + bytes[at + 5]!
  return high * 0x100000000 + low
}

/** Writes `value` as `size` bytes, big-endian, zero-padded. Asserts `0 <= value < 256^size`. */
export function fromBigInt(value: bigint, size: number): Uint8Array {
  assert(value >= 0n, 'fromBigInt takes no negative value')
  const bytes = new Uint8Array(size)
  let rest = value
  for (let i = size - 1; i >= 0 && rest > 0n; i -= 4) {
    let word = Number(rest & 0xffffffffn)
    rest >>= 32n
    for (let j = i; j > i - 4 && word > 0; j--) {
      assert(j >= 0, 'fromBigInt: the value does not fit the size')
      bytes[j] = word & 0xff
      word = Math.floor(word / 256)
    }
  }
  assert(rest === 0n, 'fromBigInt: the value does not fit the size')
  return bytes
}

/** Writes `value` in as few bytes as it takes, big-endian; 0 is the empty byte string (RLP's integer form). */
export function fromBigIntMinimal(value: bigint): Uint8Array {
  if (value === 0n) return EMPTY_BYTES
  const hexDigits = value.toString(16).length
  return fromBigInt(value, (hexDigits + 1) >> 1)
}

/** `bytes` with leading zeros up to `size` bytes. Asserts that it is not longer. */
export function padLeft(bytes: Uint8Array, size: number): Uint8Array {
  assert(bytes.length <= size, 'padLeft: the byte string is longer than the size')
  if (bytes.length === size) return bytes
  const padded = new Uint8Array(size)
  padded.set(bytes, size - bytes.length)
  return padded
}

/*
 * Recursive Length Prefix (Yellow Paper, appendix B), strictly: each value has one encoding only.
 *
 * Reading is by cursor: readItem looks at one item and leaves what it found in the item* variables, which the next
 * call overwrites. Writing appends at a pointer and returns the end.
 */

import { copyBytes } from './bytes'

/** Why bytes are not RLP; 0 stands for no error. Codes of transactionError.ts begin above. */
export const RLP_TOO_SHORT: i32 = 1
export const RLP_TRAILING_BYTES: i32 = 2
export const RLP_NON_CANONICAL_LENGTH: i32 = 3
export const RLP_NON_CANONICAL_BYTE: i32 = 4

/** The item that readItem found: a byte string, or a list's payload. It ends where the next item starts. */
export let itemStart: usize = 0
export let itemLength: u32 = 0
export let itemEnd: usize = 0
export let itemIsList: bool = false

/** Reads the prefix of the item at `at`, which must end by `end`. Returns 0 or an error. Lists are not entered. */
export function readItem(at: usize, end: usize): i32 {
  if (at >= end) return RLP_TOO_SHORT
  const prefix = load<u8>(at) as u32
  if (prefix < 0x80) return setItem(at, 1, false)
  const isList = prefix >= 0xc0
  const short = prefix - (isList ? 0xc0 : 0x80)
  const start = at + 1
  if (short > 55) return readLongItem(start, short - 55, end, isList)
  if (short > ((end - start) as u32)) return RLP_TOO_SHORT
  if (short == 1 && !isList && load<u8>(start) < 0x80) return RLP_NON_CANONICAL_BYTE
  return setItem(start, short, isList)
}

/** Reads a length of `lengthBytes` bytes and the item behind it. */
function readLongItem(at: usize, lengthBytes: u32, end: usize, isList: bool): i32 {
  if (lengthBytes > ((end - at) as u32)) return RLP_TOO_SHORT
  if (load<u8>(at) == 0) return RLP_NON_CANONICAL_LENGTH
  // More than 4 GiB cannot be in memory.
  if (lengthBytes > 4) return RLP_TOO_SHORT
  let length: u32 = 0
  for (let i: u32 = 0; i < lengthBytes; i++) length = (length << 8) | load<u8>(at + i)
  if (length <= 55) return RLP_NON_CANONICAL_LENGTH
  const start = at + lengthBytes
  if (length > ((end - start) as u32)) return RLP_TOO_SHORT
  return setItem(start, length, isList)
}

// @ts-ignore: decorator
@inline
function setItem(start: usize, length: u32, isList: bool): i32 {
  itemStart = start
  itemLength = length
  itemEnd = start + length
  itemIsList = isList
  return 0
}

// -------------------------------------------------------------------------------------------------------- writing

/** Bytes of the prefix of a list, or of a byte string longer than one byte, whose payload has `length` bytes. */
export function prefixLength(length: u32): u32 {
  return length <= 55 ? 1 : 1 + lengthBytesOf(length)
}

export function writeListPrefix(length: u32, out: usize): usize {
  return writePrefix(0xc0, length, out)
}

/** A byte string. The output must not overlap what lies before its place in the input. */
export function writeBytes(source: usize, length: u32, out: usize): usize {
  if (length == 1 && load<u8>(source) < 0x80) {
    store<u8>(out, load<u8>(source))
    return out + 1
  }
  const start = writePrefix(0x80, length, out)
  copyBytes(start, source, length)
  return start + length
}

/** An integer as RLP wants it: without leading zeros, zero is empty. */
export function writeU64(value: u64, out: usize): usize {
  if (value - 1 < 0x7f) {
    store<u8>(out, value as u8)
    return out + 1
  }
  const length = (71 - (clz<u64>(value) as u32)) >> 3
  store<u8>(out, 0x80 + length)
  writeBigEndian(value, length, out + 1)
  return out + 1 + length
}

/** Bytes that writeU64 writes. */
export function lengthOfU64(value: u64): u32 {
  return value < 0x80 ? 1 : 1 + ((71 - (clz<u64>(value) as u32)) >> 3)
}

/** Bytes that writeBytes writes. */
export function lengthOfBytes(source: usize, length: u32): u32 {
  return length == 1 && load<u8>(source) < 0x80 ? 1 : prefixLength(length) + length
}

function writePrefix(base: u32, length: u32, out: usize): usize {
  if (length <= 55) {
    store<u8>(out, base + length)
    return out + 1
  }
  const lengthBytes = lengthBytesOf(length)
  store<u8>(out, base + 55 + lengthBytes)
  writeBigEndian(length as u64, lengthBytes, out + 1)
  return out + 1 + lengthBytes
}

// @ts-ignore: decorator
@inline
function lengthBytesOf(length: u32): u32 {
  return (39 - clz<u32>(length)) >> 3
}

// @ts-ignore: decorator
@inline
function writeBigEndian(value: u64, byteCount: u32, out: usize): void {
  while (byteCount != 0) {
    store<u8>(out + --byteCount, value as u8)
    value >>= 8
  }
}

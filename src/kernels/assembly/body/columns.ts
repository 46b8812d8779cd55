// The columns of a body, each read from its beginning to its end. A cursor is the address of two u32: where, and the end.

import { BASE_FEE, COLUMNS, CURSORS } from './layout'
import { COLUMN_ENDS, fail, NUMBER_TOO_LARGE } from './failure'

export const SIGNATURES: usize = CURSORS + 8 * 2
export const PARITIES: usize = CURSORS + 8 * 3
export const ID_LOWS: usize = CURSORS + 8 * 4
export const ID_HIGHS: usize = CURSORS + 8 * 5
export const NONCES: usize = CURSORS + 8 * 6
export const FEE_NUMBERS: usize = CURSORS + 8 * 7
export const CALL_NUMBERS: usize = CURSORS + 8 * 8
export const TAILS: usize = CURSORS + 8 * 9
export const RECEIPT_NUMBERS: usize = CURSORS + 8 * 10
export const GAS: usize = CURSORS + 8 * 11
export const KINDS: usize = CURSORS + 8 * 12
export const TOLD_WORDS: usize = CURSORS + 8 * 13
export const TOLD_ADDRESSES: usize = CURSORS + 8 * 14
export const DEFINITIONS: usize = CURSORS + 8 * 15
export const TEXTS: usize = CURSORS + 8 * 16
export const DIFFS: usize = CURSORS + 8 * 17
export const DIFF_TEXTS: usize = CURSORS + 8 * 18
export const TOLD_DIFF_ADDRESSES: usize = CURSORS + 8 * 19
export const TOLD_DIFF_SLOTS: usize = CURSORS + 8 * 20
export const VALUES: usize = CURSORS + 8 * 21
export const TOLD_PATTERNS: usize = CURSORS + 8 * 22

/** Seven bits a byte. */
const MAX_VARINT_BYTES: u32 = 8
const MAX_VARINT: u64 = (1 << 53) - 1

export function cursorsAddress(): usize {
  return CURSORS
}

export function columnsAddress(): usize {
  return COLUMNS
}

export function baseFeeAddress(): usize {
  return BASE_FEE
}

// @ts-ignore: decorator
@inline
export function left(column: usize): u32 {
  return load<u32>(column, 4) - load<u32>(column)
}

// @ts-ignore: decorator
@inline
export function u8At(column: usize): u32 {
  const at = load<u32>(column)
  if (at >= load<u32>(column, 4)) fail(COLUMN_ENDS)
  store<u32>(column, at + 1)
  return load<u8>(at)
}

/** Unsigned, below 2^53. */
// @ts-ignore: decorator
@inline
export function varint(column: usize): u64 {
  const first = u8At(column)
  return first < 128 ? <u64>first : longVarint(column, first)
}

function longVarint(column: usize, first: u32): u64 {
  let byte = first
  let value: u64 = byte & 127
  for (let i: u32 = 1; byte >= 128 && i < MAX_VARINT_BYTES; i++) {
    byte = u8At(column)
    value |= <u64>(byte & 127) << (7 * i)
  }
  if (byte >= 128 || value > MAX_VARINT) fail(NUMBER_TOO_LARGE)
  return value
}

// @ts-ignore: decorator
@inline
export function signed(column: usize): i64 {
  const value = varint(column)
  return (value & 1) == 0 ? <i64>(value >> 1) : -<i64>((value >> 1) + 1)
}

/** Passes over `count` bytes; returns where they begin. */
// @ts-ignore: decorator
@inline
export function take(column: usize, count: u64): usize {
  const at = load<u32>(column)
  if (count > <u64>(load<u32>(column, 4) - at)) fail(COLUMN_ENDS)
  store<u32>(column, at + <u32>count)
  return at
}

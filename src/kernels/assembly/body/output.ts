// The payload that is being written.

import { copyBytes } from '../bytes'
import { OUTPUT, OUTPUT_LIMIT } from './layout'
import { fail, RECORD_TOO_LARGE } from './failure'

let length: u32 = 0

export function clearOutput(): void {
  length = 0
}

export function outputAddress(): usize {
  return OUTPUT
}

export function outputLength(): u32 {
  return length
}

/** Makes room for `count` bytes that the caller writes; returns where they begin. */
// @ts-ignore: decorator
@inline
export function grow(count: u64): usize {
  const at = length
  if (<u64>at + count > <u64>OUTPUT_LIMIT) fail(RECORD_TOO_LARGE)
  length = at + <u32>count
  return OUTPUT + at
}

export function writeU32(value: u32): void {
  store<u32>(grow(4), value)
}

/** Writes so many bytes that stand elsewhere. */
export function write(from: usize, count: u32): void {
  copyBytes(grow(count), from, count)
}

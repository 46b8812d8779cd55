// EVM memory: the frames' memories lie one behind the other in the arena, the running one last.

import { copyBytes, zeroBytes } from './bytes'
import { EVM_MEMORY_FULL, fail } from './failure'
import { GAS_MEMORY_WORD } from './gas'
import { arenaEnd } from './layout'
import { F_MEMORY, F_MEMORY_SIZE } from './frame'
import * as u256 from './u256'

@inline
function memoryCost(words: u64): u64 {
  return words * GAS_MEMORY_WORD + ((words * words) >> 9)
}

/**
 * Expands the frame's memory to hold `end` bytes (Yellow Paper appendix H, C_mem).
 * Returns the gas left, negative when it does not suffice. New bytes are zero.
 */
export function expandTo(frame: usize, end: u64, gas: i64): i64 {
  const size = load<u32>(frame, F_MEMORY_SIZE)
  if (end <= size) return gas
  if (end > 0xffffffff) return -1
  const words = (end + 31) >> 5
  const left = gas - <i64>(memoryCost(words) - memoryCost(<u64>size >> 5))
  if (left < 0) return -1
  const at = <usize>load<u32>(frame, F_MEMORY)
  // Paid for, but beyond what this engine has: to call it out of gas would part this node from others.
  if (<u64>at + (words << 5) > <u64>arenaEnd) fail(EVM_MEMORY_FULL)
  zeroBytes(at + size, <u32>(words << 5) - size)
  store<u32>(frame, <u32>(words << 5), F_MEMORY_SIZE)
  return left
}

/** Expands for the range given by two words. An empty range costs nothing, wherever it lies. */
export function expandForRange(frame: usize, offset: usize, length: usize, gas: i64): i64 {
  if (!u256.fitsU64(length)) return -1
  const size = load<u64>(length)
  if (size == 0) return gas
  if (!u256.fitsU64(offset)) return -1
  const start = load<u64>(offset)
  if (start > 0xffffffff || size > 0xffffffff) return -1
  return expandTo(frame, start + size, gas)
}

/** Copies `length` bytes from `offset` (a word) of the source; what lies behind its end reads as zero. */
export function copyPadded(to: usize, source: usize, sourceLength: u32, offset: usize, length: u32): void {
  let available: u32 = 0
  if (u256.fitsU64(offset)) {
    const start = load<u64>(offset)
    if (start < sourceLength) {
      available = min<u32>(sourceLength - <u32>start, length)
      copyBytes(to, source + <usize>start, available)
    }
  }
  zeroBytes(to + available, length - available)
}

// Keccak-256 for callers in TypeScript: they copy the input here in pieces of at most INPUT_BYTES, and read OUTPUT.
import { KECCAK_RATE, keccak256, keccakAbsorb, keccakFinish, keccakReset } from './keccak'

/** The second of the two pages of memory. The largest number of whole blocks in it is absorbed at once. */
const INPUT: usize = 65536
const INPUT_BLOCKS: u32 = 65536 / KECCAK_RATE
const OUTPUT: usize = memory.data(32, 16)

export function inputOffset(): usize {
  return INPUT
}

/** A whole number of blocks. */
export function inputBytes(): u32 {
  return INPUT_BLOCKS * KECCAK_RATE
}

export function outputOffset(): usize {
  return OUTPUT
}

/** Hashes the first `length` bytes of the input region. */
export function hash(length: u32): void {
  keccak256(INPUT, length, OUTPUT)
}

export function reset(): void {
  keccakReset()
}

/** Absorbs the whole input region. */
export function absorb(): void {
  keccakAbsorb(INPUT, INPUT_BLOCKS)
}

/** Absorbs the last `length` bytes, at most a full region, and ends the hash. */
export function finish(length: u32): void {
  const blockCount = length / KECCAK_RATE
  keccakAbsorb(INPUT, blockCount)
  keccakFinish(INPUT + blockCount * KECCAK_RATE, length - blockCount * KECCAK_RATE, OUTPUT)
}

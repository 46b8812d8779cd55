import type { Fork } from '../../protocol/index.ts'

/**
 * A contract that the protocol itself computes (Yellow Paper appendix E). Both functions depend on their arguments only.
 */
export type Precompile = {
  name: string
  /** What a call costs under `fork`, from the sizes and prices alone: cheap, whatever the input. */
  gas(input: Uint8Array, fork: Fork): bigint
  /**
   * The output, or undefined when the call fails and takes all its gas. Called only once the gas is paid.
   * The output may be a view of `input`.
   */
  run(input: Uint8Array, fork: Fork): Uint8Array | undefined
}

/** What a call costs that is priced by its 32-byte words: `base + perWord · ⌈length / 32⌉`. */
export function gasByWords(prices: { base: bigint; perWord: bigint }, input: Uint8Array): bigint {
  return prices.base + prices.perWord * BigInt(Math.ceil(input.length / 32))
}

/** `size` bytes of `input` from `offset` on, with zeros where it ends earlier (Yellow Paper appendix E). */
export function readPadded(input: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset + size <= input.length) return input.subarray(offset, offset + size)
  const padded = new Uint8Array(size)
  padded.set(input.subarray(Math.min(offset, input.length)))
  return padded
}

/** A 32-byte word that holds 0 or 1. */
export function booleanWord(value: boolean): Uint8Array {
  const word = new Uint8Array(32)
  word[31] = value ? 1 : 0
  return word
}

/** Kinds of words that are told: up to 32, so many bytes, zeros before them; then references. */
export const TOLD_ADDRESS = 33
export const TOLD_WORD = 34

/** Bytes of a word without the zeros before them. */
export function significantBytes(word: Uint8Array, at: number): number {
  let zeros = 0
  while (zeros < 32 && word[at + zeros] === 0) zeros++
  return 32 - zeros
}

/** Gas of call data (EIP-2028): what a transaction's gas is told without. */
export function dataGas(data: Uint8Array, start: number, end: number): number {
  let gas = 16 * (end - start)
  for (let i = start; i < end; i++) if (data[i] === 0) gas -= 12
  return gas
}

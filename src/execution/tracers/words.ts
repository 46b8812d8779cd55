import { fromBigInt } from '../../lib/index.ts'

/** A word of the kernel's memory: four limbs, least significant first. */
export function readWord(view: DataView, at: number): bigint {
  const low = view.getBigUint64(at, true)
  const rest = view.getBigUint64(at + 8, true)
  const high = view.getBigUint64(at + 16, true)
  const top = view.getBigUint64(at + 24, true)
  if ((rest | high | top) === 0n) return low
  return low | (rest << 64n) | (high << 128n) | (top << 192n)
}

/** The word's 32 bytes, big-endian. */
export function readWordBytes(view: DataView, at: number): Uint8Array {
  return fromBigInt(readWord(view, at), 32)
}

/** The address in a word: its low 20 bytes, big-endian. */
export function readAddress(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.slice(at, at + 20).reverse()
}

/** Writes big-endian bytes, of an address or a word, as a word has them. */
export function writeWordBytes(bytes: Uint8Array, at: number, value: Uint8Array): void {
  for (let i = 0; i < value.length; i++) bytes[at + i] = value[value.length - 1 - i]!
}

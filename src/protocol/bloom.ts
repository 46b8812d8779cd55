import { keccak256 } from '../kernels/index.ts'
import { copyInto } from '../lib/index.ts'

/** Bytes of a logs bloom (Yellow Paper section 4.3.1, M3:2048). */
export const BLOOM_SIZE = 256

/** Adds an address or a topic to `bloom` (256 bytes, changed in place). */
export function addToBloom(bloom: Uint8Array, item: Uint8Array): void {
  const hash = keccak256(item)
  for (let i = 0; i < 6; i += 2) {
    const bit = bloomBit(hash, i)
    bloom[bit >> 3]! |= 0x80 >> (bit & 7)
  }
}

/** Whether `item` may have been added to `bloom`: false is certain, true is not. */
export function bloomContains(bloom: Uint8Array, item: Uint8Array): boolean {
  const hash = keccak256(item)
  for (let i = 0; i < 6; i += 2) {
    const bit = bloomBit(hash, i)
    if ((bloom[bit >> 3]! & (0x80 >> (bit & 7))) === 0) return false
  }
  return true
}

/** A bloom in words: those of single receipts are nearly all zero, and a zero word is passed over at once. */
const words: Uint32Array = new Uint32Array(BLOOM_SIZE / 4)
const wordBytes: Uint8Array = new Uint8Array(words.buffer)

/** The union of `bloom` (changed in place) and `other`. */
export function mergeBloom(bloom: Uint8Array, other: Uint8Array): void {
  copyInto(wordBytes, 0, other)
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue
    for (let i = word * 4; i < word * 4 + 4; i++) bloom[i]! |= wordBytes[i]!
  }
}

/** Position from the most significant bit of the first byte: the low 11 bits of a pair of hash bytes, counted from the end. */
function bloomBit(hash: Uint8Array, pair: number): number {
  return 2047 - (((hash[pair]! << 8) | hash[pair + 1]!) & 2047)
}

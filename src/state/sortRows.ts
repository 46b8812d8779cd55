import type { ByteTable } from './ByteTable.ts'

/** Row numbers must fit into the low 24 bits of a sort key. */
export const SORTABLE_ROWS: number = 1 << 24
const HASH_BYTES = 32

/**
 * Sorts rows by their hashes, equal hashes by row number.
 *
 * The key of a row is the first 40 bits of its hash with its number in the 24 bits below: one native sort of 64-bit
 * integers, and then only rows whose 40 bits agree (a few among millions) are compared in full.
 *
 * @param rows - numbers below {@link SORTABLE_ROWS}; sorted in place.
 * @param hashes - 32 bytes a row.
 */
export function sortRowsByHash(rows: Uint32Array, hashes: ByteTable): void {
  const keys = new BigUint64Array(rows.length)
  const words = new Uint32Array(keys.buffer)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const bytes = hashes.chunkOf(row)
    const at = hashes.offsetOf(row)
    // Little-endian machine words: the low half first.
    words[2 * i] = ((bytes[at + 4]! << 24) | row) >>> 0
    words[2 * i + 1] =
      ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }
  keys.sort()
  for (let i = 0; i < rows.length; i++) rows[i] = words[2 * i]! & 0xffffff
  settleTies(rows, words, hashes)
}

function settleTies(rows: Uint32Array, words: Uint32Array, hashes: ByteTable): void {
  const samePrefix = (i: number, j: number) =>
    words[2 * i + 1] === words[2 * j + 1] && words[2 * i]! >>> 24 === words[2 * j]! >>> 24
  for (let start = 0; start < rows.length; ) {
    let end = start + 1
    while (end < rows.length && samePrefix(start, end)) end++
    if (end - start > 1) rows.subarray(start, end).sort((a, b) => compareHashes(hashes, { a, b }) || a - b)
    start = end
  }
}

/** Order of two rows' hashes: negative, 0 or positive. */
export function compareHashes(hashes: ByteTable, { a, b }: { a: number; b: number }): number {
  const bytesA = hashes.chunkOf(a)
  const bytesB = hashes.chunkOf(b)
  const atA = hashes.offsetOf(a)
  const atB = hashes.offsetOf(b)
  for (let i = 0; i < HASH_BYTES; i++) {
    const difference = bytesA[atA + i]! - bytesB[atB + i]!
    if (difference !== 0) return difference
  }
  return 0
}

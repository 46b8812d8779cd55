/** Rows in one piece of memory: growing never copies what is there. */
const CHUNK_ROWS = 1 << 16

/** Millions of byte strings of one length, numbered from 0, off the collector's heap. */
export class ByteTable {
  readonly #rowBytes: number
  readonly #chunks: Uint8Array[] = []
  #count = 0

  constructor(rowBytes: number) {
    this.#rowBytes = rowBytes
  }

  get count(): number {
    return this.#count
  }

  /** Adds a row of zeros; returns its number. */
  push(): number {
    const row = this.#count++
    if (row >> 16 === this.#chunks.length) this.#chunks.push(new Uint8Array(CHUNK_ROWS * this.#rowBytes))
    return row
  }

  /** A view of the row, to read or write. */
  row(row: number): Uint8Array {
    const start = (row & (CHUNK_ROWS - 1)) * this.#rowBytes
    return this.#chunks[row >> 16]!.subarray(start, start + this.#rowBytes)
  }

  /** Where a row lies, for who reads millions of them: the memory and the offset in it. */
  chunkOf(row: number): Uint8Array {
    return this.#chunks[row >> 16]!
  }

  offsetOf(row: number): number {
    return (row & (CHUNK_ROWS - 1)) * this.#rowBytes
  }
}

import { uninitializedBytes } from '../lib/index.ts'

/** What a commit takes of usual transactions, and some. */
const PUT_MEMORY_BYTES = 6 * 1024 * 1024

/**
 * Memory for values from when they are put until they are committed, used again and again: fresh memory for each costs
 * the main thread more than writing into it.
 */
export class PutMemory {
  readonly #bytes = new Uint8Array(PUT_MEMORY_BYTES)
  #used = 0

  /** Bytes to be overwritten, as they are; once all of this memory is given, memory of their own. */
  take(length: number): Uint8Array {
    if (this.#used + length > PUT_MEMORY_BYTES) return uninitializedBytes(length)
    const start = this.#used
    this.#used += length
    return this.#bytes.subarray(start, this.#used)
  }

  /** Everything that was put is committed. */
  reset(): void {
    this.#used = 0
  }
}

import { assert } from '../lib/index.ts'

/** How many ancestors' hashes BLOCKHASH can read (Yellow Paper, appendix H). */
export const ANCESTOR_HASHES = 256n

const HASH_BYTES = 32
const LIMIT = Number(ANCESTOR_HASHES)

/**
 * Hashes of the last sealed blocks, at most {@link ANCESTOR_HASHES}, by number. They stand in one piece of memory: objects
 * that are replaced 256 blocks later would be old by then, and lie about until a full collection, which the sequencer's
 * thread has once in hours.
 */
export class AncestorHashes implements Iterable<[number: bigint, hash: Uint8Array]> {
  /** That of block `n` at place `n` modulo the limit. */
  readonly #bytes = new Uint8Array(LIMIT * HASH_BYTES)
  #newest = 0n
  #count = 0

  /** @param hashes - one behind the other, 32 bytes each, the last one of block `newest`. */
  static upTo(newest: bigint, hashes: Uint8Array): AncestorHashes {
    const list = new AncestorHashes()
    const count = hashes.length / HASH_BYTES
    for (let i = 0; i < count; i++)
      list.add(newest - BigInt(count - 1 - i), hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    return list
  }

  get size(): number {
    return this.#count
  }

  /** The next block's; the first may have any number. */
  add(number: bigint, hash: Uint8Array): void {
    assert(this.#count === 0 || number === this.#newest + 1n, 'hashes come in order')
    assert(hash.length === HASH_BYTES, 'a hash has 32 bytes')
    this.#bytes.set(hash, offsetOf(number))
    this.#newest = number
    this.#count = Math.min(this.#count + 1, LIMIT)
  }

  /** A copy; undefined of a block that is older, or not sealed yet. */
  get(number: bigint): Uint8Array | undefined {
    if (number > this.#newest || number <= this.#newest - BigInt(this.#count)) return undefined
    const at = offsetOf(number)
    return this.#bytes.slice(at, at + HASH_BYTES)
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<[bigint, Uint8Array], void> {
    for (let back = this.#count - 1; back >= 0; back--) {
      const number = this.#newest - BigInt(back)
      yield [number, this.get(number)!]
    }
  }
}

function offsetOf(number: bigint): number {
  return Number(BigInt.asUintN(64, number) % ANCESTOR_HASHES) * HASH_BYTES
}

import { createHash } from 'node:crypto'
import { assert } from '../lib/index.ts'

/** Longest key: an address and a slot's key. */
const MAX_KEY_BYTES = 52

/**
 * 64-bit hashes of short keys that strangers choose, by tabulation: the xor of one random word for each byte and place.
 * The words come from a salt that only this database knows, so nobody can prepare keys that collide.
 *
 * Source: Zobrist 1970; Pătraşcu and Thorup, The Power of Simple Tabulation Hashing.
 */
export class SaltedHash {
  /** Of the last {@link hash}: two independent unsigned 32-bit numbers. */
  high = 0
  low = 0
  /** Per place and byte: a word for `high`, one for `low`. Place 0 is the kind's. */
  readonly words: Uint32Array

  /** @param salt - 16 random bytes. */
  constructor(salt: Uint8Array) {
    assert(salt.length === 16, 'a salt has 16 bytes')
    const bytes = (1 + MAX_KEY_BYTES) * 256 * 2 * 4
    const random = createHash('shake128', { outputLength: bytes }).update(salt).digest()
    this.words = new Uint32Array(bytes / 4)
    for (let i = 0; i < this.words.length; i++) this.words[i] = random.readUInt32LE(i * 4)
  }

  /**
   * Hashes `bytes[at .. at + length)`; the result is in `high` and `low`. Keys of one kind must have one length.
   *
   * @param kind - 0 to 255: equal bytes of another kind are another key.
   */
  hash(kind: number, bytes: Uint8Array, at: number, length: number): void {
    const { words } = this
    let high = words[kind * 2]!
    let low = words[kind * 2 + 1]!
    for (let i = 0; i < length; i++) {
      const word = ((i + 1) * 256 + bytes[at + i]!) * 2
      high ^= words[word]!
      low ^= words[word + 1]!
    }
    this.high = high >>> 0
    this.low = low >>> 0
  }
}

import { assert } from './assert.ts'

/**
 * Seeded pseudo-random numbers: xoshiro128** 1.1 (Blackman and Vigna, 2018), its state filled from the seed by
 * splitmix32. The same seed gives the same numbers on every machine. Not for keys or secrets.
 */
export class Prng {
  readonly #state = new Uint32Array(4)

  constructor(seed: number) {
    let mix = seed >>> 0
    for (let i = 0; i < 4; i++) {
      mix = (mix + 0x9e3779b9) >>> 0
      let word = mix
      word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
      word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
      this.#state[i] = word ^ (word >>> 16)
    }
  }

  /** Uniform in [0, 2^32). */
  nextUint32(): number {
    const s = this.#state
    const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0
    const t = s[1]! << 9
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= t
    s[3] = rotateLeft(s[3]!, 11)
    return result
  }

  /** Uniform in [0, 1), 32 bits of it. */
  nextFloat(): number {
    return this.nextUint32() / 0x100000000
  }

  /** Uniform in [0, bound), for 0 < bound <= 2^32. */
  nextInt(bound: number): number {
    assert(Number.isInteger(bound) && bound > 0 && bound <= 0x100000000, 'nextInt takes a bound in 1..2^32')
    return Math.floor(this.nextFloat() * bound)
  }

  /** Uniform in [0, 2^bits). */
  nextBigInt(bits: number): bigint {
    let value = 0n
    for (let have = 0; have < bits; have += 32) value = (value << 32n) | BigInt(this.nextUint32())
    return value & ((1n << BigInt(bits)) - 1n)
  }

  nextBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.nextUint32() >>> 24
    return bytes
  }

  nextBool(): boolean {
    return this.nextUint32() >= 0x80000000
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, 'pick takes a non-empty list')
    return items[this.nextInt(items.length)]!
  }
}

function rotateLeft(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count))
}

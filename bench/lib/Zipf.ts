import type { Prng } from '../../src/lib/index.ts'

/** Draws numbers below `count`; number i as often as 1 / (i + 1)^exponent says. */
export class Zipf {
  readonly #random: Prng
  /** Share of all draws that numbers up to and including the index have. */
  readonly #shares: Float64Array

  constructor(random: Prng, { count, exponent }: { count: number; exponent: number }) {
    this.#random = random
    this.#shares = new Float64Array(count)
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += (i + 1) ** -exponent
      this.#shares[i] = sum
    }
    for (let i = 0; i < count; i++) this.#shares[i]! /= sum
  }

  next(): number {
    const share = this.#random.nextFloat()
    let low = 0
    let high = this.#shares.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#shares[middle]! < share) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Upper bounds of a histogram's bars, in milliseconds; the last bar has what is above them all. */
export const BOUNDS_MS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256]

/** The newest `limit` measurements, in milliseconds. */
export class Samples {
  readonly #values: number[] = []
  readonly #limit: number
  #next = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#values.length
  }

  add(ms: number): void {
    this.#values[this.#next] = ms
    this.#next = (this.#next + 1) % this.#limit
  }

  clear(): void {
    this.#values.length = 0
    this.#next = 0
  }

  /** Below which a share of them lies (0 to 1), NaN without any. */
  quantile(share: number): number {
    const sorted = this.#values.toSorted((a, b) => a - b)
    if (sorted.length === 0) return Number.NaN
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  }

  /** How many lie up to each of {@link BOUNDS_MS}, and above. */
  bars(): number[] {
    const bars = new Array<number>(BOUNDS_MS.length + 1).fill(0)
    for (const value of this.#values) {
      const bar = BOUNDS_MS.findIndex((bound) => value <= bound)
      bars[bar < 0 ? BOUNDS_MS.length : bar]!++
    }
    return bars
  }
}

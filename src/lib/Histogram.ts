/**
 * Counts of values up to each of some bounds, of those beyond, and their sum. In memory that threads share, one may
 * observe and the others read: each number is whole by itself.
 */
export class Histogram {
  /** Rising. */
  readonly bounds: readonly number[]
  readonly memory: ArrayBuffer | SharedArrayBuffer
  /** A count for each bound, one for what is beyond, then the sum. */
  readonly #cells: Float64Array

  constructor(
    bounds: readonly number[],
    memory: ArrayBuffer | SharedArrayBuffer = new ArrayBuffer(histogramBytes(bounds)),
  ) {
    this.bounds = bounds
    this.memory = memory
    this.#cells = new Float64Array(memory)
  }

  observe(value: number): void {
    const { bounds } = this
    let at = 0
    while (at < bounds.length && value > bounds[at]!) at++
    this.#cells[at]!++
    this.#cells[bounds.length + 1]! += value
  }

  /** Of the values up to each bound, those up to the bounds before included; the last is that of all. */
  cumulativeCounts(): number[] {
    let count = 0
    return Array.from(this.#cells.subarray(0, this.bounds.length + 1), (each) => (count += each))
  }

  get sum(): number {
    return this.#cells[this.bounds.length + 1]!
  }
}

/** What the memory of one with these bounds must have. */
export function histogramBytes(bounds: readonly number[]): number {
  return 8 * (bounds.length + 2)
}

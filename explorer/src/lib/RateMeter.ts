/** What came in one second. */
export type Second = { transactions: number; gas: number }

/** Sums transactions and gas by the second in which they came, of the last `seconds`. */
export class RateMeter {
  readonly #seconds: number
  /** By second modulo their number. */
  readonly #buckets: { second: number; transactions: number; gas: number }[]

  constructor(seconds: number) {
    this.#seconds = seconds
    this.#buckets = Array.from({ length: seconds }, () => ({ second: -1, transactions: 0, gas: 0 }))
  }

  add(nowMs: number, { transactions, gas }: Second): void {
    const bucket = this.#bucketOf(Math.floor(nowMs / 1000))
    bucket.transactions += transactions
    bucket.gas += gas
  }

  clear(): void {
    for (const bucket of this.#buckets) bucket.second = -1
  }

  /** The whole seconds before `nowMs`, oldest first; the one that isn't over is left out. */
  series(nowMs: number): Second[] {
    const last = Math.floor(nowMs / 1000) - 1
    return Array.from({ length: this.#seconds - 1 }, (_, i) => this.#at(last - (this.#seconds - 2 - i)))
  }

  /** Mean of the last whole `seconds`. */
  mean(nowMs: number, seconds: number): Second {
    const recent = this.series(nowMs).slice(-seconds)
    const sum = (of: (second: Second) => number) =>
      recent.reduce((total, each) => total + of(each), 0) / recent.length
    return { transactions: sum((each) => each.transactions), gas: sum((each) => each.gas) }
  }

  #at(second: number): Second {
    const bucket = this.#buckets[modulo(second, this.#seconds)]!
    return bucket.second === second
      ? { transactions: bucket.transactions, gas: bucket.gas }
      : { transactions: 0, gas: 0 }
  }

  #bucketOf(second: number): Second {
    const bucket = this.#buckets[modulo(second, this.#seconds)]!
    if (bucket.second !== second) Object.assign(bucket, { second, transactions: 0, gas: 0 })
    return bucket
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

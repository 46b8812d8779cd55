/** A value that takes a larger part of the cache is not kept: it would drive out many. */
const LARGEST_PART = 16

/** A map of values of so much weight in all, which forgets the one used longest ago. Keys compare as in `Map`. */
export class WeightedCache<K, V> {
  readonly #maxWeight: number
  readonly #weigh: (value: V) => number
  /** A Map iterates in order of insertion: re-inserting on use keeps the oldest first. */
  readonly #values = new Map<K, V>()
  #weight = 0

  /** @param weigh - gives the same for a value each time. */
  constructor(maxWeight: number, weigh: (value: V) => number) {
    this.#maxWeight = maxWeight
    this.#weigh = weigh
  }

  /** The value, which counts as a use. */
  get(key: K): V | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, value)
    return value
  }

  clear(): void {
    this.#values.clear()
    this.#weight = 0
  }

  set(key: K, value: V): void {
    const weight = this.#weigh(value)
    if (weight > this.#maxWeight / LARGEST_PART) return
    this.#forget(key)
    this.#values.set(key, value)
    this.#weight += weight
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#maxWeight) return
      this.#forget(oldest)
    }
  }

  #forget(key: K): void {
    const value = this.#values.get(key)
    if (value === undefined) return
    this.#values.delete(key)
    this.#weight -= this.#weigh(value)
  }
}

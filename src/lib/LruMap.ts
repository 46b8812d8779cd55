import { assert } from './assert.ts'

/** A map of at most `capacity` entries that forgets the one used longest ago. Keys compare as in `Map`. */
export class LruMap<K, V> {
  readonly capacity: number
  /** A Map iterates in order of insertion: re-inserting on use keeps the oldest first. */
  readonly #entries = new Map<K, V>()

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, 'an LruMap holds at least one entry')
    this.capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value, which counts as a use. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined && !this.#entries.has(key)) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value as V)
    return value
  }

  /** Whether there is an entry; not a use. */
  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** Sets the value, which counts as a use; returns the entry that had to go, if any. */
  set(key: K, value: V): [K, V] | undefined {
    this.#entries.delete(key)
    const evicted = this.#entries.size === this.capacity ? this.takeOldest() : undefined
    this.#entries.set(key, value)
    return evicted
  }

  /** Takes out the entry used longest ago; undefined when there is none. */
  takeOldest(): [K, V] | undefined {
    const oldest = this.#entries.entries().next().value
    if (oldest !== undefined) this.#entries.delete(oldest[0])
    return oldest
  }

  /** The values, the one used longest ago first; not a use. */
  values(): MapIterator<V> {
    return this.#entries.values()
  }

  delete(key: K): boolean {
    return this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}

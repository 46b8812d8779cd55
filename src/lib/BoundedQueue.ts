import { assert } from './assert.ts'

/** First in, first out, at most `capacity` items; a full queue refuses instead of growing. */
export class BoundedQueue<T> {
  readonly capacity: number
  /** Grows by doubling up to the capacity, so that a large limit costs nothing while the queue is short. */
  #ring: (T | undefined)[] = new Array(8)
  #head = 0
  #length = 0

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, 'a queue holds at least one item')
    this.capacity = capacity
  }

  get length(): number {
    return this.#length
  }

  get isFull(): boolean {
    return this.#length === this.capacity
  }

  /** Appends; false when the queue is full, which then stays as it is. */
  push(item: T): boolean {
    if (this.isFull) return false
    if (this.#length === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#length) % this.#ring.length] = item
    this.#length++
    return true
  }

  /** Takes the oldest item; undefined when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) % this.#ring.length
    this.#length--
    return item
  }

  /** The oldest item, left in place. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head]
  }

  /** Oldest first; nothing is taken out. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#ring[(this.#head + i) % this.#ring.length]!
  }

  clear(): void {
    this.#ring = new Array(8)
    this.#head = 0
    this.#length = 0
  }

  #grow(): void {
    const grown: (T | undefined)[] = new Array(this.#ring.length * 2)
    for (let i = 0; i < this.#length; i++) grown[i] = this.#ring[(this.#head + i) % this.#ring.length]
    this.#ring = grown
    this.#head = 0
  }
}

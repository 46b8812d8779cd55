import { copyInto } from '../../lib/index.ts'
import { BodyError } from './BodyError.ts'

/** Items of the same size by number, in the order in which they came. */
export class FixedTable {
  readonly itemBytes: number
  readonly #limit: number
  readonly #what: string
  /** `count * itemBytes`. */
  bytes: Uint8Array
  count = 0

  constructor(what: string, options: { itemBytes: number; limit: number }) {
    this.#what = what
    this.itemBytes = options.itemBytes
    this.#limit = options.limit
    this.bytes = new Uint8Array(256 * options.itemBytes)
  }

  /** Adds what stands at `at`; its number. */
  add(source: Uint8Array, at: number): number {
    const id = this.count
    if (id >= this.#limit) throw new BodyError('LIMIT', `more than ${this.#limit} ${this.#what}`)
    if (id * this.itemBytes === this.bytes.length) {
      const bytes = new Uint8Array(this.bytes.length * 2)
      copyInto(bytes, 0, this.bytes)
      this.bytes = bytes
    }
    const to = id * this.itemBytes
    for (let i = 0; i < this.itemBytes; i++) this.bytes[to + i] = source[at + i]!
    this.count = id + 1
    return id
  }

  /** A view. */
  item(id: number): Uint8Array {
    return this.bytes.subarray(id * this.itemBytes, (id + 1) * this.itemBytes)
  }

  /** Throws BodyError where there is no such item. */
  check(id: number): number {
    if (id >= this.count) throw new BodyError('REFERENCE', `number ${id} of ${this.count} ${this.#what}`)
    return id
  }
}

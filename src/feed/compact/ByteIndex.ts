/** So that nobody can prepare items that meet in one place. */
const SALT: number = Math.trunc(Math.random() * 2 ** 32)

/** Finds the number of an item of some table by its bytes. The encoder's: a decoder has the numbers. */
export class ByteIndex {
  readonly #itemBytes: number
  readonly #table: () => Uint8Array
  /** Numbers plus one; 0 where none is. At most half are taken. */
  #places = new Int32Array(1024)
  #count = 0

  /** @param table - where the items stand, by number. */
  constructor(itemBytes: number, table: () => Uint8Array) {
    this.#itemBytes = itemBytes
    this.#table = table
  }

  /** -1 where there is none. */
  find(source: Uint8Array, at: number): number {
    const mask = this.#places.length - 1
    for (let place = this.#hash(source, at) & mask; this.#places[place] !== 0; place = (place + 1) & mask) {
      const id = this.#places[place]! - 1
      if (this.#isEqual(id, source, at)) return id
    }
    return -1
  }

  /** Notes an item that the table has. */
  add(id: number): void {
    if (this.#count * 2 >= this.#places.length) this.#grow()
    this.#count++
    this.#put(id)
  }

  #put(id: number): void {
    const mask = this.#places.length - 1
    let place = this.#hash(this.#table(), id * this.#itemBytes) & mask
    while (this.#places[place] !== 0) place = (place + 1) & mask
    this.#places[place] = id + 1
  }

  #grow(): void {
    const before = this.#places
    this.#places = new Int32Array(before.length * 2)
    for (const entry of before) if (entry !== 0) this.#put(entry - 1)
  }

  #hash(source: Uint8Array, at: number): number {
    let hash = SALT
    for (let i = at; i < at + this.#itemBytes; i += 4) {
      const part = source[i]! | (source[i + 1]! << 8) | (source[i + 2]! << 16) | (source[i + 3]! << 24)
      hash = Math.imul(hash ^ part, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash
  }

  #isEqual(id: number, source: Uint8Array, at: number): boolean {
    const table = this.#table()
    const from = id * this.#itemBytes
    for (let i = 0; i < this.#itemBytes; i++) if (table[from + i] !== source[at + i]) return false
    return true
  }
}

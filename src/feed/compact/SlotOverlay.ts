import type { OldState } from './OldState.ts'
import { copyWord, isEqualWord } from './words256.ts'

const FIRST_CAPACITY = 512

/** Slots that a chunk is predicted to change, in the order in which it first did: as they were, and as they are then. */
export class SlotOverlay {
  readonly #oldState: OldState
  count = 0
  /** Contract 20 · key 32. */
  names: Uint8Array = new Uint8Array(FIRST_CAPACITY * 52)
  /** `count * 32`. */
  oldValues: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
  values: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
  /** By the name's hash: place plus one; at most half are taken. */
  #places = new Int32Array(FIRST_CAPACITY * 2)

  constructor(oldState: OldState) {
    this.#oldState = oldState
  }

  /** A chunk begins. */
  begin(): void {
    this.count = 0
    this.#places.fill(0)
  }

  /** Where a slot stands; it is read from the old state when it is met first. */
  touch(contract: Uint8Array, contractAt: number, key: Uint8Array): number {
    const mask = this.#places.length - 1
    let at = hashOf(contract, contractAt, key) & mask
    for (; this.#places[at] !== 0; at = (at + 1) & mask) {
      const place = this.#places[at]! - 1
      if (this.#isNamed(place, contract, contractAt, key)) return place
    }
    const place = this.count++
    this.#places[at] = place + 1
    const name = place * 52
    for (let i = 0; i < 20; i++) this.names[name + i] = contract[contractAt + i]!
    for (let i = 0; i < 32; i++) this.names[name + 20 + i] = key[i]!
    const value = this.#oldState.slot(
      this.names.subarray(name, name + 20),
      this.names.subarray(name + 20, name + 52),
    )
    copyWord(this.oldValues, place * 32, value, 0)
    copyWord(this.values, place * 32, value, 0)
    if (this.count * 52 === this.names.length) this.#grow()
    return place
  }

  /** Whether a diff would list it. */
  isChanged(place: number): boolean {
    return !isEqualWord(this.values, place * 32, this.oldValues, place * 32)
  }

  #isNamed(place: number, contract: Uint8Array, contractAt: number, key: Uint8Array): boolean {
    const name = place * 52
    for (let i = 31; i >= 0; i--) if (this.names[name + 20 + i] !== key[i]) return false
    for (let i = 0; i < 20; i++) if (this.names[name + i] !== contract[contractAt + i]) return false
    return true
  }

  #grow(): void {
    this.names = doubled(this.names)
    this.oldValues = doubled(this.oldValues)
    this.values = doubled(this.values)
    this.#places = new Int32Array(this.#places.length * 2)
    const mask = this.#places.length - 1
    for (let place = 0; place < this.count; place++) {
      const name = place * 52
      let at = hashOf(this.names, name, this.names.subarray(name + 20)) & mask
      while (this.#places[at] !== 0) at = (at + 1) & mask
      this.#places[at] = place + 1
    }
  }
}

function doubled(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length * 2)
  larger.set(bytes)
  return larger
}

function hashOf(contract: Uint8Array, contractAt: number, key: Uint8Array): number {
  const a = key[0]! | (key[1]! << 8) | (key[2]! << 16) | (key[3]! << 24)
  const b = key[31]! | (key[30]! << 8)
  const c = contract[contractAt]! | (contract[contractAt + 1]! << 8) | (contract[contractAt + 2]! << 16)
  const mixed = Math.imul(Math.imul(a, 0x9e3779b1) ^ (b << 7) ^ c, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}

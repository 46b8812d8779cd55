import { BodyError } from './BodyError.ts'
import { MAX_PREDICTED_SLOTS } from './limits.ts'
import type { OldState } from './OldState.ts'
import { bytesAt, copyAddress, copyWord, isEqualWord, viewOf } from './words256.ts'

const FIRST_CAPACITY = 512
const NAME_BYTES = 52

/** Slots that a chunk is predicted to change, in the order in which it first did: as they were, and as they are then. */
export class SlotOverlay {
  readonly #oldState: OldState
  count = 0
  /** Contract 20 · key 32. */
  names: Uint8Array = new Uint8Array(FIRST_CAPACITY * NAME_BYTES)
  namesView: DataView = viewOf(this.names)
  /** `count * 32`. */
  #oldValues: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
  #oldView: DataView = viewOf(this.#oldValues)
  values: Uint8Array = new Uint8Array(FIRST_CAPACITY * 32)
  valuesView: DataView = viewOf(this.values)
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
  touch(contract: DataView, contractAt: number, key: DataView): number {
    const mask = this.#places.length - 1
    let at = hashOf(contract, contractAt, key, 0) & mask
    for (; this.#places[at] !== 0; at = (at + 1) & mask) {
      const place = this.#places[at]! - 1
      if (this.#isNamed(place, contract, contractAt, key)) return place
    }
    if (this.count === MAX_PREDICTED_SLOTS)
      throw new BodyError('LIMIT', `a prediction of more than ${MAX_PREDICTED_SLOTS} slots`)
    const place = this.count++
    this.#places[at] = place + 1
    const name = place * NAME_BYTES
    copyAddress(this.namesView, name, contract, contractAt)
    copyWord(this.namesView, name + 20, key, 0)
    readOldSlot(this.#oldState, this.namesView, name, this.#oldView, place * 32)
    copyWord(this.valuesView, place * 32, this.#oldView, place * 32)
    if (this.count * NAME_BYTES === this.names.length) this.#grow()
    return place
  }

  /** Whether a diff would list it. */
  isChanged(place: number): boolean {
    return !isEqualWord(this.valuesView, place * 32, this.#oldView, place * 32)
  }

  #isNamed(place: number, contract: DataView, contractAt: number, key: DataView): boolean {
    const name = place * NAME_BYTES
    if (!isEqualWord(this.namesView, name + 20, key, 0)) return false
    for (let i = 0; i < 20; i += 4)
      if (this.namesView.getInt32(name + i) !== contract.getInt32(contractAt + i)) return false
    return true
  }

  #grow(): void {
    this.names = doubled(this.names)
    this.#oldValues = doubled(this.#oldValues)
    this.values = doubled(this.values)
    this.namesView = viewOf(this.names)
    this.#oldView = viewOf(this.#oldValues)
    this.valuesView = viewOf(this.values)
    this.#places = new Int32Array(this.#places.length * 2)
    const mask = this.#places.length - 1
    for (let place = 0; place < this.count; place++) {
      const name = place * NAME_BYTES
      let at = hashOf(this.namesView, name, this.namesView, name + 20) & mask
      while (this.#places[at] !== 0) at = (at + 1) & mask
      this.#places[at] = place + 1
    }
  }
}

/** Writes the value of a slot; contract 20 · key 32 stand at `at`. */
export function readOldSlot(
  oldState: OldState,
  source: DataView,
  at: number,
  target: DataView,
  targetAt: number,
): void {
  if (oldState.readSlot !== undefined) {
    oldState.readSlot(source, at, target, targetAt)
    return
  }
  const value = oldState.slot(bytesAt(source, at, 20), bytesAt(source, at + 20, 32))
  copyWord(target, targetAt, viewOf(value), 0)
}

function doubled(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length * 2)
  larger.set(bytes)
  return larger
}

function hashOf(contract: DataView, contractAt: number, key: DataView, keyAt: number): number {
  const mixed = Math.imul(key.getInt32(keyAt) ^ (key.getInt32(keyAt + 28) << 7), 0x9e3779b1)
  const hash = Math.imul(mixed ^ contract.getInt32(contractAt), 0x85ebca6b)
  return hash ^ (hash >>> 15)
}

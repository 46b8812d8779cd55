import { keccak256Into } from '../../kernels/index.ts'
import { copyWord, viewOf } from './words256.ts'

/** Keys that are remembered; a power of two. */
const PLACES = 1 << 17
const PLACE_SHIFT = 32 - 17

/**
 * Slots of mappings: keccak256(key ‖ base), both of 32 bytes (Solidity's layout of storage). Those of addresses come again
 * and again, so as many as there is room for are remembered, by the address's number.
 */
export class MappingKeys {
  /** Per place: number of the address plus one, and its mapping; nothing before the first is asked for. */
  #ids = new Int32Array(0)
  #bases: (Uint8Array | undefined)[] = []
  #slots: Uint8Array = new Uint8Array(0)
  #view: DataView = viewOf(this.#slots)
  readonly #preimage = new Uint8Array(64)
  readonly #preimageView = viewOf(this.#preimage)

  /**
   * Writes the slot to `target`.
   *
   * @param id - number of the address that the key is; -1: it is none.
   */
  slot(
    { key, keyAt, id }: { key: DataView; keyAt: number; id: number },
    base: Uint8Array,
    target: Uint8Array,
    targetView: DataView,
  ): void {
    if (id < 0) {
      this.#hash(key, keyAt, base, target)
      return
    }
    if (this.#ids.length === 0) this.#begin()
    const place = Math.imul(id ^ (base[31]! << 20), 0x9e3779b1) >>> PLACE_SHIFT
    // Mappings are told apart by identity: see smallBase in patterns.ts.
    if (this.#ids[place] !== id + 1 || this.#bases[place] !== base) {
      this.#hash(key, keyAt, base, target)
      this.#ids[place] = id + 1
      this.#bases[place] = base
      copyWord(this.#view, place * 32, targetView, 0)
    } else copyWord(targetView, 0, this.#view, place * 32)
  }

  #hash(key: DataView, keyAt: number, base: Uint8Array, target: Uint8Array): void {
    copyWord(this.#preimageView, 0, key, keyAt)
    this.#preimage.set(base, 32)
    keccak256Into(this.#preimage, target, 0)
  }

  #begin(): void {
    this.#ids = new Int32Array(PLACES)
    this.#bases = new Array(PLACES).fill(undefined)
    this.#slots = new Uint8Array(PLACES * 32)
    this.#view = viewOf(this.#slots)
  }
}

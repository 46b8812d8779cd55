import { keccak256Into } from '../../kernels/index.ts'

/** Keys that are remembered; a power of two. */
const PLACES = 1 << 16
const ENTRY_BYTES = 96

/**
 * Slots of mappings: keccak256(key ‖ base), both of 32 bytes (Solidity's layout of storage). The same few come again and
 * again, so as many as there is room for are remembered.
 */
export class MappingKeys {
  /** Key, base, slot; nothing before the first is asked for. */
  #entries = new Uint8Array(0)
  #isTaken = new Uint8Array(0)

  /** Writes the slot to `target`. */
  slot(key: Uint8Array, keyAt: number, base: Uint8Array, target: Uint8Array): void {
    if (this.#isTaken.length === 0) {
      this.#entries = new Uint8Array(PLACES * ENTRY_BYTES)
      this.#isTaken = new Uint8Array(PLACES)
    }
    const place = placeOf(key, keyAt, base)
    const at = place * ENTRY_BYTES
    const entries = this.#entries
    if (this.#isTaken[place] === 0 || !this.#isSame(at, key, keyAt, base)) {
      for (let i = 0; i < 32; i++) entries[at + i] = key[keyAt + i]!
      for (let i = 0; i < 32; i++) entries[at + 32 + i] = base[i]!
      keccak256Into(entries.subarray(at, at + 64), entries, at + 64)
      this.#isTaken[place] = 1
    }
    for (let i = 0; i < 32; i++) target[i] = entries[at + 64 + i]!
  }

  #isSame(at: number, key: Uint8Array, keyAt: number, base: Uint8Array): boolean {
    const entries = this.#entries
    for (let i = 31; i >= 0; i--) if (entries[at + i] !== key[keyAt + i]) return false
    for (let i = 31; i >= 0; i--) if (entries[at + 32 + i] !== base[i]) return false
    return true
  }
}

function placeOf(key: Uint8Array, at: number, base: Uint8Array): number {
  const a = key[at + 31]! | (key[at + 30]! << 8) | (key[at + 29]! << 16) | (key[at + 28]! << 24)
  const b = key[at + 12]! | (key[at + 13]! << 8) | (key[at + 14]! << 16) | (key[at + 15]! << 24)
  const c = base[31]! | (base[30]! << 8)
  const mixed = Math.imul(Math.imul(a, 0x9e3779b1) ^ b ^ (c << 13), 0x85ebca6b)
  return mixed >>> 16
}

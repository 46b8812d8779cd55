import { MAX_LISTED_WORDS } from './limits.ts'
import { copyAddress, copyWord, viewOf } from './words256.ts'

/**
 * Words of a transaction that later ones may equal: sender, recipient, value, words of the call data, then what its logs
 * bring that wasn't there. Of each it is known whether it is an address or a word of the dictionary.
 */
export class WordList {
  /** `count * 32`. */
  readonly bytes: Uint8Array = new Uint8Array(MAX_LISTED_WORDS * 32)
  readonly view: DataView = viewOf(this.bytes)
  /** Number of the address; -1: it is none, or not one of the dictionary's. */
  readonly addressIds: Int32Array = new Int32Array(MAX_LISTED_WORDS)
  /** Likewise of the dictionary's words. */
  readonly wordIds: Int32Array = new Int32Array(MAX_LISTED_WORDS)
  count = 0

  clear(): void {
    this.count = 0
  }

  /** Adds a word whose last `length` bytes stand at `at`, zeros before them; its index, -1 if there is no room. */
  push(source: Uint8Array, at: number, length: number): number {
    const index = this.#next()
    if (index < 0) return -1
    const to = index * 32
    const padding = to + 32 - length
    for (let i = to; i < padding; i += 4) this.view.setInt32(i, 0)
    for (let i = 0; i < length; i++) this.bytes[padding + i] = source[at + i]!
    return index
  }

  /** As {@link push}, of a whole word. */
  pushWord(source: DataView, at: number): number {
    const index = this.#next()
    if (index >= 0) copyWord(this.view, index * 32, source, at)
    return index
  }

  /** As {@link push}, of an address. */
  pushAddress(source: DataView, at: number): number {
    const index = this.#next()
    if (index < 0) return -1
    const to = index * 32
    for (let i = to; i < to + 12; i += 4) this.view.setInt32(i, 0)
    copyAddress(this.view, to + 12, source, at)
    return index
  }

  #next(): number {
    const index = this.count
    if (index === MAX_LISTED_WORDS) return -1
    this.addressIds[index] = -1
    this.wordIds[index] = -1
    this.count = index + 1
    return index
  }

  /** Index of the first that equals such a word; -1 if none does. */
  find(source: Uint8Array, at: number, length: number): number {
    const last = source[at + length - 1]
    for (let index = 0; index < this.count; index++) {
      if (this.bytes[index * 32 + 31] === last && this.#isEqual(index, source, at, length)) return index
    }
    return -1
  }

  #isEqual(index: number, source: Uint8Array, at: number, length: number): boolean {
    const end = index * 32 + 32
    for (let i = 1; i <= length; i++) if (this.bytes[end - i] !== source[at + length - i]) return false
    for (let i = index * 32; i < end - length; i++) if (this.bytes[i] !== 0) return false
    return true
  }
}

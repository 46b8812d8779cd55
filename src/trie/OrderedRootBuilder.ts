import { OrderedTrieKernel } from '../kernels/index.ts'
import { assert } from '../lib/index.ts'
import { EMPTY_TRIE_ROOT } from '../protocol/index.ts'

/** rlp(0) is 0x80: its key comes between those of 127 (0x7f) and 128 (0x8180). */
const INDEX_BEFORE_ZERO = 127

/**
 * Root of the trie that maps rlp(index) to each value (Yellow Paper section 4.3.2), built while the values come: when the
 * last has come, only the nodes on its way are left to be hashed. Its oracle is orderedTrieRoot.
 */
export class OrderedRootBuilder {
  readonly #kernel = new OrderedTrieKernel()
  #count = 0
  /** Value of index 0, until its key's turn. */
  #zero: Uint8Array | undefined
  /** The newest value: it is placed when the next key is known. */
  #last: { index: number; value: Uint8Array } | undefined

  /**
   * Adds the value of the next index. It must not be empty, and is kept (not copied) until the next one is added; that of
   * index 0 until there are 129.
   *
   * @throws OrderedTrieLimitError for more than 63 MiB.
   */
  add(value: Uint8Array): void {
    assert(value.length > 0, 'a trie has no empty values')
    const index = this.#count++
    if (index === 0) this.#zero = value
    else {
      if (index === INDEX_BEFORE_ZERO + 1) this.#follow(0, this.#zero!)
      this.#follow(index, value)
    }
  }

  /** 32 bytes: root of all values since the last call. The builder starts anew. */
  root(): Uint8Array {
    if (this.#count === 0) return EMPTY_TRIE_ROOT
    if (this.#count <= INDEX_BEFORE_ZERO + 1) this.#follow(0, this.#zero!)
    const root = this.#kernel.placeLast(this.#last!.index, this.#last!.value)
    this.#kernel.reset()
    this.#count = 0
    this.#zero = undefined
    this.#last = undefined
    return root
  }

  /** Takes values in the order of their keys. */
  #follow(index: number, value: Uint8Array): void {
    const last = this.#last
    if (last !== undefined) this.#kernel.place(last.index, last.value, index)
    this.#last = { index, value }
  }
}

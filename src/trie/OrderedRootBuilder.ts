import { OrderedTrieKernel } from '../kernels/index.ts'
import { assert } from '../lib/index.ts'
import { EMPTY_TRIE_ROOT, type ExecutedTransactions } from '../protocol/index.ts'

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
  /** The newest value is in the kernel, and placed when the next key is known: its length and index; -1 if there is none. */
  #lastLength = 0
  #lastIndex = -1

  /**
   * Adds the value of the next index. It must not be empty; its bytes are copied.
   *
   * @throws OrderedTrieLimitError for more than 63 MiB.
   */
  add(value: Uint8Array): void {
    assert(value.length > 0, 'a trie has no empty values')
    const index = this.#count++
    if (index === 0) this.#zero = value.slice()
    else {
      if (index === INDEX_BEFORE_ZERO + 1) this.#follow(0, this.#zero!)
      this.#follow(index, value)
    }
  }

  /** Adds the raw bytes of transactions, or their receipts. */
  addPart(transactions: ExecutedTransactions, part: 'raw' | 'receipt'): void {
    const { length } = transactions
    // From here on keys come in the order of indices, and the kernel finds the values by itself.
    const ahead = Math.min(Math.max(INDEX_BEFORE_ZERO + 2 - this.#count, 0), length)
    const run = transactions.slice(ahead, length)
    if (run.length === 0 || !this.#kernel.takesRun(run.byteLength)) {
      for (const transaction of transactions) this.add(transaction[part])
      return
    }
    for (const transaction of transactions.slice(0, ahead)) this.add(transaction[part])
    const index = this.#count
    this.#kernel.place(this.#lastIndex, this.#lastLength, index)
    this.#lastLength = this.#kernel.placeRun(run.bytes(), { count: run.length, part, index })
    this.#count += run.length
    this.#lastIndex = this.#count - 1
  }

  /** 32 bytes: root of all values since the last call. The builder starts anew. */
  root(): Uint8Array {
    if (this.#count === 0) return EMPTY_TRIE_ROOT
    if (this.#count <= INDEX_BEFORE_ZERO + 1) this.#follow(0, this.#zero!)
    const root = this.#kernel.placeLast(this.#lastIndex, this.#lastLength)
    this.#kernel.reset()
    this.#count = 0
    this.#zero = undefined
    this.#lastIndex = -1
    return root
  }

  /** Takes values in the order of their keys. */
  #follow(index: number, value: Uint8Array): void {
    if (this.#lastIndex >= 0) this.#kernel.place(this.#lastIndex, this.#lastLength, index)
    this.#kernel.put(value)
    this.#lastLength = value.length
    this.#lastIndex = index
  }
}

import { OrderedTrieKernel } from '../kernels/index.ts'
import { assert } from '../lib/index.ts'
import { EMPTY_TRIE_ROOT, type ExecutedTransactions, mergeBloom } from '../protocol/index.ts'

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

  /** Adds the raw bytes of transactions. */
  addRaws(transactions: ExecutedTransactions): void {
    const run = this.#runOf(transactions)
    const { length } = transactions
    for (const { raw } of transactions.slice(0, length - run.length)) this.add(raw)
    this.#place(run, 'raw')
  }

  /** Adds the receipts of transactions, and their blooms to `bloom`. */
  addReceipts(transactions: ExecutedTransactions, bloom: Uint8Array): void {
    const run = this.#runOf(transactions)
    const others = transactions.slice(0, transactions.length - run.length)
    for (const { receipt } of others) this.add(receipt)
    others.mergeBlooms(bloom, 0)
    this.#place(run, 'receipt')
    if (run.length > 0) mergeBloom(bloom, this.#kernel.takeBloom())
  }

  /** The last of the next transactions, whose values the kernel finds by itself: their keys come in the order of indices. */
  #runOf(transactions: ExecutedTransactions): ExecutedTransactions {
    const { length } = transactions
    const run = transactions.slice(Math.max(INDEX_BEFORE_ZERO + 2 - this.#count, 0), length)
    return this.#kernel.takesRun(run.byteLength) ? run : transactions.slice(length, length)
  }

  #place(run: ExecutedTransactions, part: 'raw' | 'receipt'): void {
    if (run.length === 0) return
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

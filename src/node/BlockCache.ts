import { LruMap } from '../lib/index.ts'
import type { ViewBlock } from '../rpc/index.ts'

/** Blocks, and transactions of them all, about 1.2 KB each. */
const MOST_BLOCKS = 256
const MOST_TRANSACTIONS = 65_536

/** Sealed blocks that were used last, by number. Memory is bounded also when blocks are full. */
export class BlockCache {
  readonly #blocks = new LruMap<bigint, ViewBlock>(MOST_BLOCKS)
  #transactionCount = 0

  get(number: bigint): ViewBlock | undefined {
    return this.#blocks.get(number)
  }

  /** The block itself stays in any case. */
  set(block: ViewBlock): void {
    this.#forget(this.#blocks.get(block.number))
    this.#forget(this.#blocks.set(block.number, block)?.[1])
    this.#transactionCount += block.transactions.length
    while (this.#transactionCount > MOST_TRANSACTIONS && this.#blocks.size > 1)
      this.#forget(this.#blocks.takeOldest()?.[1])
  }

  removeAfter(number: bigint): void {
    for (const block of [...this.#blocks.values()]) {
      if (block.number <= number) continue
      this.#blocks.delete(block.number)
      this.#forget(block)
    }
  }

  #forget(block: ViewBlock | undefined): void {
    if (block !== undefined) this.#transactionCount -= block.transactions.length
  }
}

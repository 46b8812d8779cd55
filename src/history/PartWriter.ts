import { TermKernel } from '../kernels/index.ts'
import type { ExecutedTransactions } from '../protocol/index.ts'
import type { SaltedHash } from './SaltedHash.ts'
import { countAllLogs, encodePart, PART_HEAD_BYTES, writePartHead } from './SealedBlockRecord.ts'
import { transactionTerms } from './TransactionTerms.ts'

/** `value`: as SealedBlockRecord.ts describes it. `terms`: see transactionTerms. */
export type WrittenPart = { value: Uint8Array; terms: Uint32Array; logCount: number }

/**
 * Writes the values of parts into the memory of the kernel that hashes their terms: they are copied once, and memory that
 * is used again and again is cheaper than fresh memory, which costs the main thread more than writing into it.
 */
export class PartWriter {
  readonly #hash: SaltedHash
  readonly #kernel: TermKernel
  readonly #view: DataView
  /** From here on stands what is hashed and not written. */
  readonly #asideAt: number
  #used = 0

  constructor(hash: SaltedHash) {
    this.#hash = hash
    this.#kernel = new TermKernel(hash.words)
    const { buffer, byteOffset, length } = this.#kernel.input
    this.#view = new DataView(buffer, byteOffset, length)
    this.#asideAt = length - this.#kernel.limit
  }

  /**
   * Writes transactions `first` to `end` (exclusive) of a block. The value holds until {@link PartWriter.reset}.
   *
   * @param logsBefore - of the block's transactions before them.
   */
  write(
    transactions: ExecutedTransactions,
    { first, end, logsBefore }: { first: number; end: number; logsBefore: number },
  ): WrittenPart {
    const length = transactions.byteLengthOf(first, end)
    const start = this.#used
    const at = start + PART_HEAD_BYTES
    if (length > this.#kernel.limit || at + length > this.#asideAt)
      return this.#writeAlone(transactions.slice(first, end), first, logsBefore)
    const { input } = this.#kernel
    writePartHead(this.#view, start, logsBefore)
    this.#used = transactions.copyRange(first, end, input, at)
    const terms = this.#kernel.hash(at, length).slice()
    return { value: input.subarray(start, this.#used), terms, logCount: this.#kernel.logCount }
  }

  /** Terms of transactions that are not written. */
  termsOf(transactions: ExecutedTransactions): Uint32Array {
    const { byteLength } = transactions
    if (byteLength > this.#kernel.limit) return transactionTerms(this.#hash, transactions)
    transactions.copyRange(0, transactions.length, this.#kernel.input, this.#asideAt)
    return this.#kernel.hash(this.#asideAt, byteLength).slice()
  }

  /** Everything that was written is committed. */
  reset(): void {
    this.#used = 0
  }

  /** In memory of its own. */
  #writeAlone(transactions: ExecutedTransactions, firstIndex: number, logsBefore: number): WrittenPart {
    return {
      value: encodePart({ firstIndex, logsBefore, transactions }),
      terms: this.termsOf(transactions),
      logCount: countAllLogs(transactions),
    }
  }
}

import { TermKernel } from '../kernels/index.ts'
import type { ExecutedTransactions } from '../protocol/index.ts'
import type { SaltedHash } from './SaltedHash.ts'
import { countAllLogs, encodePart, PART_HEAD_BYTES, writePartHead } from './SealedBlockRecord.ts'
import { transactionTerms } from './TransactionTerms.ts'

/** Transactions `first` to `end` (exclusive) of a block; `logsBefore`: of its transactions before them. */
export type PartRange = { first: number; end: number; logsBefore: number }

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
  /** From here on stands what is not to stay. */
  readonly #asideAt: number
  #used = 0

  constructor(hash: SaltedHash) {
    this.#hash = hash
    this.#kernel = new TermKernel(hash.words)
    const { buffer, byteOffset, length } = this.#kernel.input
    this.#view = new DataView(buffer, byteOffset, length)
    this.#asideAt = length - this.#kernel.limit - PART_HEAD_BYTES
  }

  /** The value holds until {@link PartWriter.reset}. */
  readonly write = (transactions: ExecutedTransactions, range: PartRange): WrittenPart => {
    const length = transactions.byteLengthOf(range.first, range.end)
    const start = this.#used
    const end = start + PART_HEAD_BYTES + length
    if (length > this.#kernel.limit || end > this.#asideAt) return this.#writeAlone(transactions, range)
    this.#used = end
    return this.#writeAt(start, length, transactions, range)
  }

  /** The value holds until the next call of this writer. */
  readonly writeForNow = (transactions: ExecutedTransactions, range: PartRange): WrittenPart => {
    const length = transactions.byteLengthOf(range.first, range.end)
    if (length > this.#kernel.limit) return this.#writeAlone(transactions, range)
    return this.#writeAt(this.#asideAt, length, transactions, range)
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

  #writeAt(
    start: number,
    length: number,
    transactions: ExecutedTransactions,
    { first, end, logsBefore }: PartRange,
  ): WrittenPart {
    const { input } = this.#kernel
    const at = start + PART_HEAD_BYTES
    writePartHead(this.#view, start, logsBefore)
    transactions.copyRange(first, end, input, at)
    const terms = this.#kernel.hash(at, length).slice()
    return { value: input.subarray(start, at + length), terms, logCount: this.#kernel.logCount }
  }

  /** In memory of its own. */
  #writeAlone(transactions: ExecutedTransactions, { first, end, logsBefore }: PartRange): WrittenPart {
    const part = transactions.slice(first, end)
    return {
      value: encodePart({ firstIndex: first, logsBefore, transactions: part }),
      terms: this.termsOf(part),
      logCount: countAllLogs(part),
    }
  }
}

import { TermKernel } from '../kernels/index.ts'
import { type ExecutedTransactions, visitReceiptTerms } from '../protocol/index.ts'
import type { SaltedHash } from './SaltedHash.ts'
import type { AddTerm } from './TermIndex.ts'
import { HASH_TERM, termBytes } from './terms.ts'

/** The terms by which transactions are found, hashed: by the kernel where they have room, else here, with the same result. */
export class TransactionTerms {
  readonly #hash: SaltedHash
  readonly #kernel: TermKernel

  constructor(hash: SaltedHash) {
    this.#hash = hash
    this.#kernel = new TermKernel(hash.words)
  }

  /** Their hashes. */
  addHashes(transactions: ExecutedTransactions, add: AddTerm): void {
    if (this.#kernel.takes(transactions.byteLength)) addAll(this.#kernel.ofHashes(transactions.bytes()), add)
    else transactions.visitHashes((bytes, at) => this.#add(HASH_TERM, bytes, at, add))
  }

  /** Addresses and topics of their logs, in order. */
  addLogs(transactions: ExecutedTransactions, add: AddTerm): void {
    if (this.#kernel.takes(transactions.byteLength)) addAll(this.#kernel.ofLogs(transactions.bytes()), add)
    else {
      const visit = (kind: number, bytes: Uint8Array, at: number): void => this.#add(kind, bytes, at, add)
      transactions.visitReceipts((bytes, at) => visitReceiptTerms(bytes, visit, at))
    }
  }

  #add(kind: number, bytes: Uint8Array, at: number, add: AddTerm): void {
    this.#hash.hash(kind, bytes, at, termBytes(kind))
    add(this.#hash.high, this.#hash.low)
  }
}

function addAll(hashes: Uint32Array, add: AddTerm): void {
  for (let i = 0; i < hashes.length; i += 2) add(hashes[i]!, hashes[i + 1]!)
}

import { type ExecutedTransactions, visitReceiptTerms } from '../protocol/index.ts'
import type { SaltedHash } from './SaltedHash.ts'
import { HASH_TERM, termBytes } from './terms.ts'

/**
 * The terms by which transactions are found, hashed: high and low 32 bits of each in turn. First their hashes, one each, then
 * the addresses and topics of their logs, in order. The kernel's TermKernel.hash gives the same.
 */
export function transactionTerms(hash: SaltedHash, transactions: ExecutedTransactions): Uint32Array {
  const words: number[] = []
  const add = (kind: number, bytes: Uint8Array, at: number): void => {
    hash.hash(kind, bytes, at, termBytes(kind))
    words.push(hash.high, hash.low)
  }
  transactions.visitHashes((bytes, at) => add(HASH_TERM, bytes, at))
  transactions.visitReceipts((bytes, at) => void visitReceiptTerms(bytes, add, at))
  return Uint32Array.from(words)
}

/** Of the terms of `count` transactions, those of their hashes. */
export function hashTerms(terms: Uint32Array, count: number): Uint32Array {
  return terms.subarray(0, 2 * count)
}

/** And those of their logs. */
export function logTerms(terms: Uint32Array, count: number): Uint32Array {
  return terms.subarray(2 * count)
}

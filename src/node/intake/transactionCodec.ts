import { encodePrepared, preparedEntries } from '../../protocol/index.ts'
import { type PooledTransaction, pooledTransaction } from '../../sequencer/index.ts'

/** Checked transactions in bytes, for the way between threads and for the pool's journal: entries of protocol/preparedTransaction.ts. */
export function encodeTransactions(transactions: readonly PooledTransaction[]): Uint8Array {
  return encodePrepared(transactions)
}

/** @throws RangeError when the bytes are no such entries. */
export function decodeTransactions(bytes: Uint8Array): PooledTransaction[] {
  return Array.from(preparedEntries(bytes), ({ transaction }) => pooledTransaction(transaction))
}

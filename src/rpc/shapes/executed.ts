import { assert } from '../../lib/index.ts'
import { decodeReceipt, decodeTransaction, type Receipt, type Transaction } from '../../protocol/index.ts'
import type { ViewBlock, ViewTransaction } from '../ChainView.ts'

/** Decodes a transaction that the chain has accepted. */
export function decodeExecuted(raw: Uint8Array): Transaction {
  const decoded = decodeTransaction(raw)
  assert(decoded.ok, 'an executed transaction decodes')
  return decoded.transaction
}

/** Decodes a receipt that the engine has written. */
export function decodeOwnReceipt(encoded: Uint8Array): Receipt {
  const decoded = decodeReceipt(encoded)
  assert(decoded.ok, 'a receipt of ours decodes')
  return decoded.receipt
}

/** What of a transaction's place in its block isn't in its own receipt. */
export type Totals = {
  /** Gas used in the block before it and up to its end. */
  gasBefore: bigint
  gasAfter: bigint
  /** Logs in the block before it and up to its end. */
  logsBefore: number
  logsAfter: number
}

/**
 * Totals of the transaction at `index`. They sum up what is before it, so they are remembered per transaction: in a
 * block of n transactions that is read n times while it grows, each receipt is decoded once, not n times.
 */
export function totalsOf(block: ViewBlock, index: number): Totals {
  let known = index
  while (known >= 0 && !TOTALS.has(block.transactions[known]!)) known--
  let totals = known >= 0 ? TOTALS.get(block.transactions[known]!)! : NOTHING_BEFORE
  for (let i = known + 1; i <= index; i++) {
    const transaction = block.transactions[i]!
    const receipt = decodeOwnReceipt(transaction.receipt)
    totals = {
      gasBefore: totals.gasAfter,
      gasAfter: receipt.cumulativeGasUsed,
      logsBefore: totals.logsAfter,
      logsAfter: totals.logsAfter + receipt.logs.length,
    }
    TOTALS.set(transaction, totals)
  }
  return totals
}

const TOTALS = new WeakMap<ViewTransaction, Totals>()
const NOTHING_BEFORE: Totals = { gasBefore: 0n, gasAfter: 0n, logsBefore: 0, logsAfter: 0 }

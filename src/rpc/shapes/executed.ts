import { assert } from '../../lib/index.ts'
import {
  countLogs,
  decodeReceipt,
  decodeTransaction,
  effectiveGasPrice,
  type Receipt,
  receiptFields,
  type Transaction,
} from '../../protocol/index.ts'
import type { ViewBlock } from '../ViewBlock.ts'

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

/** Totals of the transaction at `index`. */
export function totalsOf(block: ViewBlock, index: number): Totals {
  const { transactions } = block
  const logs = logsUpTo(block, index)
  return {
    gasBefore: index === 0 ? 0n : receiptFields(transactions.at(index - 1)!.receipt).cumulativeGasUsed,
    gasAfter: receiptFields(transactions.at(index)!.receipt).cumulativeGasUsed,
    logsBefore: index === 0 ? 0 : logs[index - 1]!,
    logsAfter: logs[index]!,
  }
}

/** Gas that the transaction at `index` has used, and wei per gas that it has paid. */
export function gasPaid(block: ViewBlock, index: number): { gasUsed: bigint; price: bigint } {
  const { gasBefore, gasAfter } = totalsOf(block, index)
  const transaction = decodeExecuted(block.transactions.at(index)!.raw)
  return { gasUsed: gasAfter - gasBefore, price: effectiveGasPrice(transaction, block.baseFeePerGas) }
}

/**
 * Logs in the block up to the end of each transaction, at least up to that of `index`. Remembered per block: in one of n
 * transactions that is read n times while it grows, each receipt is looked at once, not n times.
 */
function logsUpTo(block: ViewBlock, index: number): readonly number[] {
  let logs = LOGS_UP_TO.get(block)
  if (logs === undefined) {
    logs = []
    LOGS_UP_TO.set(block, logs)
  }
  while (logs.length <= index) {
    logs.push((logs.at(-1) ?? 0) + countLogs(block.transactions.at(logs.length)!.receipt))
  }
  return logs
}

const LOGS_UP_TO = new WeakMap<ViewBlock, number[]>()

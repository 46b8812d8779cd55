export { blockJson, headerJson } from './block.ts'
export { collectLogs, partOfBlock } from './collectLogs.ts'
export { dumpJson } from './dump.ts'
export { decodeExecuted, decodeOwnReceipt, gasPaid, totalsOf } from './executed.ts'
export { type LogJson, logJson, type Place, placeOf } from './log.ts'
export { LogWriter } from './logText.ts'
export { miniBlockJson } from './miniBlock.ts'
export { type ReceiptJson, receiptJson, transactionReceiptJson } from './receipt.ts'
export { accountNotificationJson, stateChangesJson } from './stateChanges.ts'
export {
  accessListEntryJson,
  bareTransactionJson,
  pooledTransactionJson,
  type TransactionJson,
  transactionJson,
  unsignedJson,
  unsignedTransactionJson,
} from './transaction.ts'

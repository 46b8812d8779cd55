export { History, HistoryMismatchError, HistoryOrderError } from './History.ts'
export type { SealedBlockRecord, SealedTransaction } from './SealedBlockRecord.ts'
export type { TransactionLocation } from './UncommittedBlocks.ts'

export {
  History,
  HistoryCorruptError,
  HistoryMismatchError,
  HistoryOrderError,
  HistoryWriteError,
} from './History.ts'
export type { SealedBlockRecord, SealedTransaction } from './SealedBlockRecord.ts'
export type { TransactionLocation } from './UncommittedBlocks.ts'

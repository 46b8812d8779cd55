export {
  type BlockPart,
  History,
  HistoryMismatchError,
  HistoryOrderError,
} from './History.ts'
export { bloomMayMatch, type LogQuery } from './LogQuery.ts'
export { type BlockHistory, MemoryHistory } from './MemoryHistory.ts'
export type { TransactionLocation } from './RecentBlocks.ts'
export type { AccountBefore, ReverseDiff, StateBefore } from './ReverseDiff.ts'
export type { SealedBlockRecord } from './SealedBlockRecord.ts'

export { ANCESTOR_HASHES } from './AncestorHashes.ts'
export { ARRIVALS_LIMIT, type EntryRun } from './ArrivalQueue.ts'
export { type BlockSchedule, environmentOf } from './blockEnvironment.ts'
export { ChainTail, type ClosedBlock } from './ChainTail.ts'
export { decodeChainTail, encodeChainTail } from './chainTailCodec.ts'
export {
  checkTransaction,
  invalidSender,
  RAW_TRANSACTION_LIMIT,
  type TransactionRules,
  UNCAPPED_TRANSACTION_GAS,
} from './checkTransaction.ts'
export {
  type ChainCommand,
  type CommandAnswer,
  commandOf,
  diffOfWrites,
  type RewindCommand,
} from './commands.ts'
export type { BatchOutcome, ExecutionEngine, SystemCalls } from './ExecutionEngine.ts'
export { keyOf, type PooledTransaction, pooledTransaction } from './PooledTransaction.ts'
export { poolFull, type Refusal } from './Refusal.ts'
export { EXTRA_DATA, HeaderMismatchError, Sealer, type SealerRules, type StateCommitment } from './Sealer.ts'
export { Sequencer, type SequencerStep } from './Sequencer.ts'
export type { SequencerWatch, SequencerWork } from './SequencerWatch.ts'
export type { DroppedTransaction, TicketRange } from './StepAnswers.ts'
export { callBeforeTransactions, EngineSystemCalls, isSystemContract } from './systemCalls.ts'
export { POOL_TOTAL_LIMIT, TransactionPool } from './TransactionPool.ts'

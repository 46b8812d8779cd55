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
export type { ExecutionEngine, ExecutionOutcome, SystemCalls } from './ExecutionEngine.ts'
export { keyOf, type PooledTransaction } from './PooledTransaction.ts'
export { poolFull, type Refusal } from './Refusal.ts'
export { EXTRA_DATA, Sealer, type SealerRules, type StateCommitment } from './Sealer.ts'
export {
  ARRIVALS_LIMIT,
  type Arrival,
  CHUNK_TRANSACTION_LIMIT,
  type DroppedTransaction,
  Sequencer,
  type SequencerStep,
  type SubmissionAnswer,
  type SubmissionOutcome,
} from './Sequencer.ts'
export { TransactionPool } from './TransactionPool.ts'

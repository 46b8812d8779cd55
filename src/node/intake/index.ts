export { EntryRecovery } from './EntryRecovery.ts'
export { IntakeReader } from './IntakeReader.ts'
export {
  FRAME_TRANSACTIONS,
  type IntakeMemory,
  IntakeRing,
  RING_BYTES as INTAKE_BYTES,
} from './IntakeRing.ts'
export { cellOf, IntakeWriter } from './IntakeWriter.ts'
export type { NodeIntake } from './NodeIntake.ts'
export { oneOutcome } from './oneOutcome.ts'
export { PoolJournal } from './PoolJournal.ts'
export { PoolView } from './PoolView.ts'
export { prepareTransaction } from './prepareTransactions.ts'
export { RecoveryWorkers } from './RecoveryWorkers.ts'
export { SHUTTING_DOWN, Submissions } from './Submissions.ts'
export { decodeTransactions, encodeTransactions } from './transactionCodec.ts'

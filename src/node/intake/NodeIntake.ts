import type { SubmitOutcome, TransactionIntake } from '../../rpc/index.ts'

/** Where a node's transactions go. */
export interface NodeIntake extends TransactionIntake {
  /** Submits one whose answer is waited for. */
  submitOne(raw: Uint8Array): Promise<SubmitOutcome>
  /** What came of transactions since the start; those refused by code. */
  readonly stats: { queued: number; refused: Map<string, number> }
  /** Transactions taken and not answered yet, and their bytes. */
  readonly unanswered: number
  readonly usedBytes: number
}

import type { TransactionExceptionCode } from '../protocol/index.ts'

export type TransactionOutcome =
  | {
      kind: 'executed'
      /** 1: success; 0: reverted or halted. */
      status: 0 | 1
      gasUsed: bigint
      /** EIP-2718 consensus receipt: type byte ‖ rlp([status, cumulativeGasUsed, bloom, logs]). */
      receipt: Uint8Array
      /** Return or revert data of the outermost call. */
      output: Uint8Array
      /** Why the EVM stopped, in geth's words; undefined for success and revert. */
      halt: string | undefined
    }
  /** Nothing changed. */
  | { kind: 'invalid'; code: TransactionExceptionCode; message: string }
  /** Nothing changed; it reads the parent's hash: run it again after {@link Engine.storeParentHash}. */
  | { kind: 'needsParentHash' }

/** A lazy engine's base can't give what the transaction reads. Nothing changed. */
export type StateUnavailable = { kind: 'unavailable'; message: string }

/** How far a batch came. */
export type BatchOutcome = {
  /** Transactions that were executed. */
  executed: number
  /** Bytes of their entries: the next one begins here. */
  bytesTaken: number
  /** Why the next entry was not executed, which has changed nothing; undefined at the end of the batch or at a limit. */
  stop: Exclude<TransactionOutcome, { kind: 'executed' }> | StateUnavailable | undefined
}

import type { BlockEnv } from '../protocol/index.ts'

/** What the sequencer asks of the engine; `execution`'s Engine has this form. */
export interface ExecutionEngine {
  getAccount(address: Uint8Array): { nonce: bigint; balance: bigint; codeHash: Uint8Array } | undefined
  hasStorage(address: Uint8Array): boolean
  /** Applies an encoded StateDiff; nothing may be pending. It is not a part of what {@link viewDiff} gives. */
  applyDiff(diff: Uint8Array): void
  /** Opens a block: cumulative gas and the transaction index start at 0. The parent's hash may not be known yet. */
  beginBlock(env: BlockEnv, blockHash: (number: bigint) => Uint8Array | undefined): void
  /** `blockHash` gives the parent's hash from now on. */
  parentHashKnown(): void
  /** Executes prepared transactions in order, until one is not executed or a limit is reached: see Engine.executeBatch. */
  executeBatch(entries: Uint8Array, limits: { transactions: number; gas: bigint }): BatchOutcome
  /** What batches have executed since it was last asked, as a chunk's record has it; a view until the next call. */
  takeChunk(): { count: number; transactions: Uint8Array }
  /** Encoded StateDiff of everything that changed since it was last taken; a view until something is executed. */
  viewDiff(): Uint8Array
  readonly cumulativeGasUsed: bigint
}

/** The part of the engine's BatchOutcome that the sequencer reads. */
export type BatchOutcome = {
  executed: number
  /** Bytes of their entries. */
  bytesTaken: number
  /** Why the next entry was not executed, which has changed nothing; undefined at the end and at a limit. */
  stop: ExecutionStop | undefined
}

export type ExecutionStop =
  | { kind: 'invalid'; code: string; message: string }
  /** The transaction reads the parent's hash, which is not known yet. */
  | { kind: 'needsParentHash' }
  /** It reads what the engine's state can't give now: of a fork, whose remote does not answer. */
  | { kind: 'unavailable'; message: string }

/** The calls that the protocol itself makes in an open block. Each is a no-op where its contract or fork is missing. */
export interface SystemCalls {
  /** EIP-4788, at the block's start. */
  storeBeaconRoot(env: BlockEnv): void
  /** EIP-2935, as soon as the parent's hash is known. */
  storeParentHash(env: BlockEnv, parentHash: Uint8Array): void
  /** EIP-7002 and EIP-7251, at the block's end: requests, type byte first, without the empty ones. */
  collectRequests(env: BlockEnv): Uint8Array[]
}

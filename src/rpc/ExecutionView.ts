import type { BlockOverrides, CallOutcome, CallRequest, StateOverride } from './ChainView.ts'

/** Where a series begins. */
export type SeriesPlace = {
  blockNumber: bigint
  /** After so many of the block's transactions; undefined: after the block. */
  transactionCount?: number | undefined
  /** What BLOCKHASH gives in place of what the chain has. */
  blockHashes: ReadonlyMap<bigint, Uint8Array>
}

/** Execution on kept states that goes beyond single calls. */
export interface ExecutionView {
  /**
   * Gives `use` a state of its own, for as long as it runs; undefined when the state that it begins with is not kept.
   *
   * @throws ExecutionTimeoutError
   */
  series<T>(place: SeriesPlace, use: (series: CallSeries) => T): T | undefined
  /**
   * The access list with which a call on the state after a block uses nothing that isn't on it, and how the call ends with
   * it. Undefined when that state is not kept.
   *
   * @throws ExecutionTimeoutError
   */
  createAccessList(
    request: CallRequest,
    blockNumber: bigint,
  ): Promise<{ accessList: CallRequest['accessList']; outcome: CallOutcome } | undefined>
}

/** A state that calls change. */
export interface CallSeries {
  /** Undefined, or in words why it can't be. */
  override(overrides: readonly StateOverride[]): string | undefined
  /** Keeps what the call changes, unless it is not valid. */
  perform(request: CallRequest & { stateOverrides: []; blockOverrides: BlockOverrides }): CallOutcome
}

/** A series that is given up, with the reason in go-ethereum's words. */
export class ExecutionTimeoutError extends Error {
  override readonly name = 'ExecutionTimeoutError'
}

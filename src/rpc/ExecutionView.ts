import type { ViewBlock } from './ViewBlock.ts'
import type { BlockOverrides, CallOutcome, CallRequest, StateOverride } from './ViewCall.ts'

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
   * @throws ExecutionError
   */
  series<T>(place: SeriesPlace, use: (series: CallSeries) => T): T | undefined
  /**
   * The access list with which a call on the state after a block uses nothing that isn't on it, and how the call ends with
   * it. Undefined when that state is not kept.
   *
   * @throws ExecutionError
   */
  createAccessList(
    request: CallRequest,
    blockNumber: bigint,
  ): Promise<{ accessList: CallRequest['accessList']; outcome: CallOutcome } | undefined>
  /**
   * Of a sealed block. Undefined when the state before it is not kept.
   *
   * @throws ExecutionError for a block that uses too much of the state, or too many requests.
   */
  witness(blockNumber: bigint): Promise<ViewWitness | undefined>
}

/** What it takes to execute a block again without the rest of the state (go-ethereum, core/stateless). */
export type ViewWitness = {
  /** The parent, and before it as many as BLOCKHASH was asked for. */
  headers: ViewBlock[]
  codes: Uint8Array[]
  /** RLP of nodes of the state before. */
  state: Uint8Array[]
  /** Addresses and keys of slots that were read, as they are before they are hashed. */
  keys: Uint8Array[]
}

/** A state that calls change. */
export interface CallSeries {
  /** Undefined, or in words why it can't be. */
  override(overrides: readonly StateOverride[]): string | undefined
  /** Keeps what the call changes, unless it is not valid. */
  perform(request: CallRequest & { stateOverrides: []; blockOverrides: BlockOverrides }): CallOutcome
}

/** An execution that is given up, with the reason in words for the caller. */
export class ExecutionError extends Error {
  override readonly name = 'ExecutionError'
}

import type { ViewBlock } from './ViewBlock.ts'
import type { CallRequest } from './ViewCall.ts'

/** What of an execution Parity's methods tell. */
export type ParityTraceType = 'trace' | 'stateDiff' | 'vmTrace'

/**
 * go-ethereum's tracer by its name (none: struct logs) with its configuration, or Parity's; `placed`: only the list of its
 * traces, each with where it stands.
 */
export type TracerChoice =
  | { name: string | undefined; config: unknown }
  | { parity: ParityTraceType[]; placed?: true }

export type TraceWish = {
  tracer: TracerChoice
  /** For each transaction. */
  timeoutMs: number
  /** Of all results together. */
  maxCharacters: number
}

/** Where a call is executed: after a block, or before the transaction at `index` of it. */
export type TracePoint = { number: bigint; index?: number }

/** A block that need not be in the chain: its parent's must be kept. */
export type GivenBlock = Pick<
  ViewBlock,
  | 'number'
  | 'hash'
  | 'parentHash'
  | 'timestamp'
  | 'coinbase'
  | 'gasLimit'
  | 'baseFeePerGas'
  | 'prevRandao'
  | 'excessBlobGas'
  | 'parentBeaconBlockRoot'
> & { /** EIP-2718 envelopes. */ transactions: Uint8Array[] }

/** `results`: JSON texts, one for each transaction. */
export type TraceAnswer =
  | { kind: 'traced'; results: string[] }
  /** The state that it begins with is not kept. */
  | { kind: 'notKept' }
  /** In go-ethereum's words. */
  | { kind: 'failed'; message: string }
  | { kind: 'tooLarge' }
  /** So many wait already that another is not taken. */
  | { kind: 'busy' }

/** Executes again what was executed, and tells what happens. */
export interface TraceView {
  /** Transactions `first` to `end` (exclusive) of a block of the chain, also one that is still open. */
  transactions(block: ViewBlock, range: { first: number; end: number }, wish: TraceWish): Promise<TraceAnswer>
  /** All transactions of a block that is given. */
  block(block: GivenBlock, wish: TraceWish): Promise<TraceAnswer>
  /** Calls, each on what the ones before have left: one result each. */
  calls(
    requests: readonly CallRequest[],
    point: TracePoint,
    wishes: readonly TraceWish[],
  ): Promise<TraceAnswer>
}

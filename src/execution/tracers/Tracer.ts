import type { BlockEnv } from '../../protocol/index.ts'
import type { StateProbe } from './StateProbe.ts'
import type { Step } from './Step.ts'

/** What is executed: a transaction, or a call in its place. */
export type TracedMessage = {
  sender: Uint8Array
  /** Undefined: it creates a contract. */
  to: Uint8Array | undefined
  gasLimit: bigint
  /** Authorities that were recovered from EIP-7702 authorizations; undefined where one is void. */
  authorities: readonly (Uint8Array | undefined)[]
}

export type TraceContext = {
  message: TracedMessage
  env: Pick<BlockEnv, 'fork' | 'coinbase'>
  /** The state as it is whenever it is asked. */
  state: StateProbe
}

/** A frame that begins, or would have begun: see {@link FrameEnd}. Bytes are its own. */
export type FrameStart = {
  /** Opcode: CALL or CREATE for the transaction itself; SELFDESTRUCT for one that moves `value`. */
  kind: number
  from: Uint8Array
  /** Whose code runs; undefined for a creation that is refused. */
  to: Uint8Array | undefined
  input: Uint8Array
  gas: bigint
  /** Undefined for STATICCALL. */
  value: bigint | undefined
}

export type FrameEnd = {
  /** Return data, revert data or deployed code; empty for a halt. */
  output: Uint8Array
  gasUsed: bigint
  /** Undefined for success; else why, in geth's words. */
  error: string | undefined
}

/** A log, as the receipt has it. */
export type TracedLog = { address: Uint8Array; topics: Uint8Array[]; data: Uint8Array }

/** How the whole ended. */
export type TracedOutcome = {
  /** With intrinsic gas, refund and calldata floor. */
  gasUsed: bigint
}

/**
 * Hears what happens while one message is executed, then tells it as JSON (go-ethereum, core/tracing hooks). Depth is 0 for
 * the message's own frame.
 */
export interface Tracer {
  /** Opcodes of the instructions that it wants to hear of. */
  readonly opcodes: readonly number[]
  /** Nothing of the message is executed yet. */
  begin?(context: TraceContext): void
  enter?(frame: FrameStart, depth: number): void
  exit?(end: FrameEnd, depth: number): void
  /** Before an instruction. The step is only valid during the call. */
  step?(step: Step): void
  /**
   * Of the latest step that it was told of: what it costs, dynamic part included, and why it can't be executed; a failure
   * in executing it is none. Told before anything that happens in or after the instruction, but for SELFDESTRUCT.
   */
  stepped?(gasCost: bigint, error: string | undefined): void
  log?(log: TracedLog): void
  /** The message is executed; what it has changed can be read. */
  end?(outcome: TracedOutcome): void
  /** The result as JSON text, members in geth's order. */
  result(): string
}

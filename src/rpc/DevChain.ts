import type { AccountWrite, BlockWishes, MiningMode } from '../protocol/index.ts'
import type { Rewinds } from './Rewinds.ts'
import type { StateDumps } from './StateDumps.ts'
import type { SubmitOutcome } from './TransactionIntake.ts'
import type { CallOutcome, CallRequest } from './ViewCall.ts'

/**
 * What a developer may do to a chain besides sending transactions. Whatever is changed stands in the log: each promise
 * resolves once its records are there, and later reads see them. It rejects with a DevError where it is refused.
 */
export interface DevChain {
  /** Writes accounts outside of any transaction, each once. */
  writeState(writes: readonly AccountWrite[]): Promise<void>

  /** When EVM blocks come. */
  readonly mining: MiningMode
  setMining(mode: MiningMode): Promise<void>
  /** Makes blocks now; gives the number of the last, once it has its header or was given up again. */
  mine(request: MineBlocks): Promise<bigint>

  /** Seconds from block to block, if they were asked for. */
  readonly timestampInterval: bigint | undefined
  /** Asks for header fields of coming blocks. */
  wish(wishes: BlockWishes): Promise<void>
  /** Puts the chain's clock forward; gives the seconds by which it is ahead of the machine's. */
  increaseTime(seconds: bigint): Promise<bigint>
  /** Sets the chain's clock, Unix seconds; gives the seconds by which that puts it forward. */
  setTime(time: bigint): Promise<bigint>

  /** Removes what waits in the pool: one transaction, those of a sender, or all. Gives how many there were. */
  drop(which: { hash?: Uint8Array; sender?: Uint8Array }): Promise<bigint>

  readonly accounts: DevAccounts
  /** Takes a transaction for a sender, whatever its signature. */
  submitAs(sender: Uint8Array, raw: Uint8Array): Promise<SubmitOutcome>
  /** Does one such work after another: what it reads doesn't change meanwhile by another of them. */
  inTurn<T>(work: () => Promise<T>): Promise<T>

  /** Where a developer is told of executions; undefined: nowhere. */
  readonly terminal: DevTerminal | undefined

  /** Of this run of the node, 32 bytes. */
  readonly instanceId: Uint8Array

  readonly rewinds: Rewinds
  readonly dumps: StateDumps
}

/** Tells what contracts write with console.log, and why transactions and calls fail. */
export interface DevTerminal {
  isOn: boolean
  /** A call was executed on the state after a block. */
  called(request: CallRequest, blockNumber: bigint, outcome: CallOutcome): void
}

/** The accounts that the node signs for, and those that it lets act without a signature. */
export interface DevAccounts {
  readonly addresses: readonly Uint8Array[]
  /** Whether the node has the key. */
  has(address: Uint8Array): boolean
  /** Undefined where the node has no key. */
  sign(address: Uint8Array, hash: Uint8Array): DevSignature | undefined
  isImpersonated(address: Uint8Array): boolean
  impersonate(address: Uint8Array): void
  /** False where it wasn't impersonated. */
  stopImpersonating(address: Uint8Array): boolean
  /** Every account is. */
  impersonateAll(isOn: boolean): void
}

export type DevSignature = { r: bigint; s: bigint; yParity: 0 | 1 }

/** Blocks that are made on demand. */
export type MineBlocks = {
  count: number
  /** Of the first, Unix seconds; undefined: by the clock. */
  timestamp?: bigint | undefined
  /** Seconds by which the clock is put forward before each block, also before the first unless said otherwise. */
  stepS?: bigint
  stepsFirst?: boolean
}

import type { Transaction } from '../protocol/index.ts'
import type { CallParams } from './callParams.ts'
import type { ViewBlock } from './ViewBlock.ts'
import type { BlockOverrides, StateOverride } from './ViewCall.ts'

/** Blocks that eth_simulateV1 makes on top of another (execution-apis). */
export type SimulationRequest = {
  /** The block that they stand on; its state is kept. */
  base: ViewBlock
  blocks: SimulatedBlockRequest[]
  /** Transfers of ether appear as logs (ERC-7528's address). */
  traceTransfers: boolean
  /** Nonces and base fees count, as in a real block. */
  validation: boolean
  /** Gas of all calls together. */
  gasCap: bigint
}

export type SimulatedBlockRequest = {
  blockOverrides: BlockOverrides
  stateOverrides: StateOverride[]
  calls: CallParams[]
}

export type SimulationOutcome =
  | { kind: 'simulated'; blocks: SimulatedBlock[] }
  /** `code`: of the answer's error. */
  | { kind: 'refused'; code: number; message: string }

/** `block` is sealed; its transactions have no signatures, and zeros in their place. */
export type SimulatedBlock = { block: ViewBlock; transactions: Transaction[]; calls: SimulatedCall[] }

export type SimulatedCall = {
  status: 'success' | 'revert' | 'halt'
  /** Return or revert data. */
  output: Uint8Array
  gasUsed: bigint
  /** Before refunds. */
  gasPeak: bigint
  /** Why it halted, in geth's words. */
  error: string | undefined
  logs: SimulatedLog[]
}

/** `index`: position among all logs of the block. */
export type SimulatedLog = { address: Uint8Array; topics: Uint8Array[]; data: Uint8Array; index: number }

/** Codes of eth_simulateV1's own errors (execution-apis, eth_simulateV1). */
export const SIMULATION_ERRORS = {
  nonceTooLow: -38010,
  nonceTooHigh: -38011,
  baseFeeTooLow: -38012,
  intrinsicGas: -38013,
  insufficientFunds: -38014,
  blockGasLimit: -38015,
  blockNumber: -38020,
  blockTimestamp: -38021,
  maxInitCodeSize: -38025,
  clientLimit: -38026,
  vmError: -32015,
} as const

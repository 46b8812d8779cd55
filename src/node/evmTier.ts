import type { Engine } from '../execution/index.ts'
import type { Fork } from '../protocol/index.ts'

/** How bytecode is run. */
export type EvmTier = (typeof EVM_TIERS)[number]
export const EVM_TIERS = ['auto', 'interpreter', 'compiled'] as const

export type CompileRequest = { codeHash: Uint8Array; code: Uint8Array; fork: Fork }
export type CompiledModule = { module: object; nativeStackBytes: number }
export type CompileOutcome =
  | { ok: true; wasm: Uint8Array; nativeStackBytes: number }
  | { ok: false; reason: string }
export type TierStats = {
  interpretedGas: bigint
  compiledGas: bigint
  compiledCodes: number
  refusedCodes: number
  compileMs: number
}

export const COMPILER_VERSION = 0

export function compileCode(_code: Uint8Array, _fork: Fork): CompileOutcome {
  return { ok: false, reason: 'there is no compiler' }
}

const NO_STATS: TierStats = {
  interpretedGas: 0n,
  compiledGas: 0n,
  compiledCodes: 0,
  refusedCodes: 0,
  compileMs: 0,
}

/** What the engine will offer. */
export type WithTiers = Engine & {
  install?(codeHash: Uint8Array, fork: Fork, compiled: CompiledModule): void
  tierStats?: TierStats
}

export function tierStatsOf(engine: Engine): TierStats {
  return (engine as WithTiers).tierStats ?? NO_STATS
}

type Wasm = { Module: new (bytes: Uint8Array) => object; CompileError: new () => Error }

export const wasmApi: Wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly

import type { MessagePort } from 'node:worker_threads'
import type { CompiledModule, EvmTier } from '../../execution/index.ts'
import type { SharedBase } from '../../kernels/index.ts'
import type { Fork } from '../../protocol/index.ts'

export type SpeculatorWorkerData = { engine: MessagePort; index: number; evm: EvmTier }

export type EngineToSpeculator =
  | { kind: 'base'; base: SharedBase }
  | { kind: 'compiled'; codeHash: Uint8Array; fork: Fork; compiled: CompiledModule }

import type { MessagePort } from 'node:worker_threads'
import type { CompiledModule, CompileRequest } from '../../execution/index.ts'
import type { Fork } from '../../protocol/index.ts'

export type CompilerWorkerData = {
  /** The request that it was started for. */
  first: { asker: 'main' | 'sequencer'; request: EngineToCompiler }
  /** See ModuleFolder.ts. */
  compiledFolder: string
  sequencer: MessagePort
  main: MessagePort
  /** Wakes the sequencer after a message was posted to it. */
  signal: SharedArrayBuffer
  /** SharedCounters of COMPILER_COUNTERS. */
  compilerCounters: SharedArrayBuffer
  /** Whether the engines' memories are ones that threads share. */
  sharesMemory: boolean
  /** It ends when it has had nothing to do for so long. */
  idleMs: number
}

export type CompilerToMain =
  | { kind: 'warning'; warning: string }
  /** It had nothing to do, and ends: the channels come back, with what was asked meanwhile. */
  | { kind: 'idle'; main: MessagePort; sequencer: MessagePort }

export type EngineToCompiler = CompileRequest

export type CompilerToEngine =
  | { kind: 'compiled'; codeHash: Uint8Array; fork: Fork; compiled: CompiledModule; facts: CompileFacts }
  /** For good: the code is interpreted. */
  | { kind: 'refused'; codeHash: Uint8Array; fork: Fork; reason: string }

export type CompileFacts = {
  codeBytes: number
  wasmBytes: number
  /** What it took to make the module; on a disk hit, without the compiler. */
  compileMs: number
}

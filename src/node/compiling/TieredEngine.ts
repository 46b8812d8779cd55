import type { MessagePort } from 'node:worker_threads'
import {
  type CompileRequest,
  Engine,
  type EvmTier,
  type ParallelStats,
  type StateBase,
} from '../../execution/index.ts'
import { LruMap } from '../../lib/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import type { SpeculationSettings } from '../speculating/index.ts'
import { SpeculatorPorts } from '../speculating/index.ts'
import { moduleKey } from './CompileService.ts'
import type { CompilerToEngine, EngineToCompiler } from './messages.ts'

/** Codes that an engine has asked for and not got yet; beyond, none is asked for until later. */
export const PENDING_LIMIT = 128
/** Codes that are known to be refused. */
const REFUSED_LIMIT = 4096

export const ENGINE_COUNTERS = [
  'interpretedGas',
  'compiledGas',
  'compiledCodes',
  'refusedCodes',
  'pendingCodes',
  'droppedRequests',
  'compileUs',
  'parallelBatches',
  'serialBatches',
  'committed',
  'conflicted',
  'overtaken',
  'notSpeculated',
  'unclaimed',
] as const

export type EngineCounters = SharedCounters<(typeof ENGINE_COUNTERS)[number]>

export type TieredEngineOptions = {
  memoryMiB: number | undefined
  evm: EvmTier
  /** The compiler thread; undefined: what is compiled is compiled on this thread. */
  compiler: MessagePort | undefined
  counters?: EngineCounters
  /** With speculators, the memories of all engines are ones that threads share. */
  speculation?: SpeculationSettings
  /** State on which the engine stands. */
  base?: StateBase | undefined
  /** Of the threads that execute ahead of this engine. */
  speculators?: readonly MessagePort[]
}

/** An engine whose hot code is compiled on another thread. The owner gives what comes from there to {@link take}. */
export class TieredEngine {
  readonly engine: Engine
  /** As of the last {@link report}. */
  readonly counters: EngineCounters
  readonly #compiler: MessagePort | undefined
  readonly #pending = new Set<string>()
  readonly #refused = new LruMap<string, true>(REFUSED_LIMIT)
  #refusedCodes = 0
  #droppedRequests = 0

  constructor({
    memoryMiB,
    evm,
    compiler,
    counters,
    speculation,
    base,
    speculators = [],
  }: TieredEngineOptions) {
    const ports = new SpeculatorPorts(speculators)
    this.#compiler = compiler
    this.counters = counters ?? new SharedCounters(ENGINE_COUNTERS)
    this.engine = new Engine({
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
      evm,
      ...(base === undefined ? {} : { base }),
      ...(compiler === undefined ? {} : { onHot: (request: CompileRequest) => this.#ask(request) }),
      ...(speculation === undefined || speculation.speculators === 0
        ? {}
        : {
            sharing: { speculators: speculators.length },
            parallel: { mode: speculators.length === 0 ? 'never' : speculation.parallel },
            onModule: (codeHash, fork, compiled) => ports.offer(codeHash, fork, compiled),
          }),
    })
    ports.attach(this.engine)
  }

  /** Takes an answer of the compiler thread, also one that another engine has asked for. */
  take(answer: CompilerToEngine): void {
    const key = moduleKey(answer)
    this.#pending.delete(key)
    if (answer.kind === 'compiled') this.engine.install(answer.codeHash, answer.fork, answer.compiled)
    else if (!this.#refused.has(key)) {
      this.#refused.set(key, true)
      this.#refusedCodes++
    }
  }

  /** Writes the counters. */
  report(): void {
    const { counters } = this
    const { interpretedGas, compiledGas, compiledCodes, refusedCodes, compileMs } = this.engine.tierStats
    counters.set('interpretedGas', interpretedGas)
    counters.set('compiledGas', compiledGas)
    counters.set('compiledCodes', compiledCodes)
    counters.set('refusedCodes', refusedCodes + this.#refusedCodes)
    counters.set('pendingCodes', this.#pending.size)
    counters.set('droppedRequests', this.#droppedRequests)
    counters.set('compileUs', Math.round(compileMs * 1000))
    const { parallelStats } = this.engine
    if (parallelStats === undefined) return
    for (const [name, value] of Object.entries(parallelStats))
      counters.set(name as keyof ParallelStats, value)
  }

  /** False: not now; the engine may report the code again later. */
  #ask(request: CompileRequest): boolean {
    const key = moduleKey(request)
    if (this.#pending.has(key) || this.#refused.has(key)) return true
    if (this.#pending.size === PENDING_LIMIT) {
      this.#droppedRequests++
      return false
    }
    this.#pending.add(key)
    this.#compiler!.postMessage(request satisfies EngineToCompiler)
    return true
  }
}

import type { EvmTier } from '../../execution/index.ts'
import { LruMap } from '../../lib/index.ts'
import type {
  CompiledContract,
  EvmCompilerStatus,
  EvmEngineStatus,
  EvmParallelStatus,
  EvmStatus,
} from '../../rpc/index.ts'
import type { SpeculationSettings } from '../speculating/index.ts'
import { type CompilerCounters, moduleKey } from './CompileService.ts'
import type { CompilerToEngine } from './messages.ts'
import type { EngineCounters, TieredEngine } from './TieredEngine.ts'

/** Contracts that a status names. */
const CONTRACT_LIMIT = 50

export type EvmMonitorOptions = {
  tier: EvmTier
  speculation: SpeculationSettings
  /** Of the sequencer's engine. */
  sequencer: EngineCounters
  view: TieredEngine
  compiler: CompilerCounters | undefined
}

/** Gathers on the main thread what the engines and the compiler's thread count. */
export class EvmMonitor {
  readonly #options: EvmMonitorOptions
  readonly #contracts = new LruMap<string, CompiledContract>(CONTRACT_LIMIT)

  constructor(options: EvmMonitorOptions) {
    this.#options = options
  }

  take(answer: CompilerToEngine): void {
    if (answer.kind === 'refused') return
    const { codeHash, fork, facts } = answer
    const key = moduleKey(answer)
    // What comes from memory took no time now; it did before.
    const compileMs = Math.max(facts.compileMs, this.#contracts.get(key)?.compileMs ?? 0)
    this.#contracts.set(key, { codeHash, fork, ...facts, compileMs })
  }

  status(): EvmStatus {
    const { tier, speculation, sequencer, view, compiler } = this.#options
    view.report()
    return {
      tier,
      sequencer: engineStatus(sequencer),
      view: engineStatus(view.counters),
      compiler: compiler && compilerStatus(compiler),
      parallel: speculation.speculators === 0 ? undefined : parallelStatus(speculation, sequencer),
      contracts: [...this.#contracts.values()].reverse(),
    }
  }
}

function engineStatus(counters: EngineCounters): EvmEngineStatus {
  return {
    interpretedGas: counters.get('interpretedGas'),
    compiledGas: counters.get('compiledGas'),
    compiledCodes: counters.get('compiledCodes'),
    refusedCodes: counters.get('refusedCodes'),
    pendingCodes: counters.get('pendingCodes'),
    droppedRequests: counters.get('droppedRequests'),
    compileMs: Number(counters.get('compileUs')) / 1000,
  }
}

function parallelStatus(
  { speculators, parallel }: SpeculationSettings,
  counters: EngineCounters,
): EvmParallelStatus {
  return {
    threads: speculators + 1,
    mode: parallel,
    parallelBatches: counters.get('parallelBatches'),
    serialBatches: counters.get('serialBatches'),
    committed: counters.get('committed'),
    conflicted: counters.get('conflicted'),
    overtaken: counters.get('overtaken'),
    notSpeculated: counters.get('notSpeculated'),
    unclaimed: counters.get('unclaimed'),
  }
}

function compilerStatus(counters: CompilerCounters): EvmCompilerStatus {
  return {
    memoryHits: counters.get('memoryHits'),
    diskHits: counters.get('diskHits'),
    compiledCodes: counters.get('compiledCodes'),
    refusedCodes: counters.get('refusedCodes'),
    damagedFiles: counters.get('damagedFiles'),
    compileMs: Number(counters.get('compileUs')) / 1000,
    wasmBytes: counters.get('wasmBytes'),
  }
}

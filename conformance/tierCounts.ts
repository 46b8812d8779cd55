import type { Engine } from '../src/execution/index.ts'

/** What the tiers did; threads' counts are added, so a code that two threads compiled counts twice. */
export type TierCounts = {
  compiledCodes: number
  refusedCodes: number
  /** Tests whose code ran compiled, the one and the other, or interpreted; a test without code is none of them. */
  compiledTests: number
  mixedTests: number
  interpretedTests: number
  /** Transactions that another engine has executed ahead: what was committed of it, what not, what it left alone. */
  committed: number
  conflicted: number
  notSpeculated: number
}

export const NO_COUNTS: TierCounts = {
  compiledCodes: 0,
  refusedCodes: 0,
  compiledTests: 0,
  mixedTests: 0,
  interpretedTests: 0,
  committed: 0,
  conflicted: 0,
  notSpeculated: 0,
}

/** Counts what an engine's tiers do in each test. */
export class TierCounter {
  #engine: Engine
  #before: Engine['tierStats']
  #parallelBefore: Engine['parallelStats']
  #counts = { ...NO_COUNTS }

  constructor(engine: Engine) {
    this.#engine = engine
    this.#before = engine.tierStats
    this.#parallelBefore = engine.parallelStats
  }

  /** Goes on with another engine, which has replaced the one before. */
  follow(engine: Engine): void {
    this.#engine = engine
    this.#before = engine.tierStats
    this.#parallelBefore = engine.parallelStats
  }

  /** After each test. */
  count(): void {
    const { tierStats } = this.#engine
    const isCompiled = tierStats.compiledGas > this.#before.compiledGas
    const isInterpreted = tierStats.interpretedGas > this.#before.interpretedGas
    if (isCompiled && isInterpreted) this.#counts.mixedTests++
    else if (isCompiled) this.#counts.compiledTests++
    else if (isInterpreted) this.#counts.interpretedTests++
    this.#counts.compiledCodes += growth(this.#before.compiledCodes, tierStats.compiledCodes)
    this.#counts.refusedCodes += growth(this.#before.refusedCodes, tierStats.refusedCodes)
    this.#before = tierStats
    this.#countParallel()
  }

  #countParallel(): void {
    const [now, before] = [this.#engine.parallelStats, this.#parallelBefore]
    if (now === undefined || before === undefined) return
    for (const key of ['committed', 'conflicted', 'notSpeculated'] as const)
      this.#counts[key] += now[key] - before[key]
    this.#parallelBefore = now
  }

  /** What was counted since the last call. */
  take(): TierCounts {
    const counts = this.#counts
    this.#counts = { ...NO_COUNTS }
    return counts
  }
}

export function addCounts(a: TierCounts, b: TierCounts): TierCounts {
  return {
    compiledCodes: a.compiledCodes + b.compiledCodes,
    refusedCodes: a.refusedCodes + b.refusedCodes,
    compiledTests: a.compiledTests + b.compiledTests,
    mixedTests: a.mixedTests + b.mixedTests,
    interpretedTests: a.interpretedTests + b.interpretedTests,
    committed: a.committed + b.committed,
    conflicted: a.conflicted + b.conflicted,
    notSpeculated: a.notSpeculated + b.notSpeculated,
  }
}

/** The engine counts what it has: less than before where another fork made it begin anew. So this is a lower bound. */
function growth(before: number, now: number): number {
  return now < before ? now : now - before
}

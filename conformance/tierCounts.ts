import type { Engine } from '../src/execution/index.ts'
import type { Tier } from './options.ts'

/** What the tiers did; threads' counts are added, so a code that two threads compiled counts twice. */
export type TierCounts = {
  interpretedGas: bigint
  compiledGas: bigint
  compiledCodes: number
  refusedCodes: number
}

export const NO_COUNTS: TierCounts = {
  interpretedGas: 0n,
  compiledGas: 0n,
  compiledCodes: 0,
  refusedCodes: 0,
}

/** Reads an engine's counts bit by bit. */
export class TierCounter {
  readonly #stats: () => TierCounts
  #taken: TierCounts = NO_COUNTS
  /** Of engines before this one, not handed out yet. */
  #before: TierCounts

  /** @throws TierMissingError when the engine can't do what `tier` asks for. */
  constructor(engine: Engine, tier: Tier, before: TierCounts = NO_COUNTS) {
    const { tierStats } = engine as { tierStats?: TierCounts }
    if (tierStats === undefined && tier !== 'interpreter') throw new TierMissingError(tier)
    this.#stats = () => (engine as { tierStats?: TierCounts }).tierStats ?? NO_COUNTS
    this.#before = before
  }

  /** What came since the last call. */
  take(): TierCounts {
    const now = this.#stats()
    const { interpretedGas, compiledGas, compiledCodes, refusedCodes } = this.#taken
    const news = addCounts(this.#before, {
      interpretedGas: now.interpretedGas - interpretedGas,
      compiledGas: now.compiledGas - compiledGas,
      compiledCodes: now.compiledCodes - compiledCodes,
      refusedCodes: now.refusedCodes - refusedCodes,
    })
    this.#taken = now
    this.#before = NO_COUNTS
    return news
  }
}

export function addCounts(a: TierCounts, b: TierCounts): TierCounts {
  return {
    interpretedGas: a.interpretedGas + b.interpretedGas,
    compiledGas: a.compiledGas + b.compiledGas,
    compiledCodes: a.compiledCodes + b.compiledCodes,
    refusedCodes: a.refusedCodes + b.refusedCodes,
  }
}

class TierMissingError extends Error {
  override readonly name = 'TierMissingError'

  constructor(tier: Tier) {
    super(`The engine has no tier ${tier}.\n  next: run --tier interpreter.`)
  }
}

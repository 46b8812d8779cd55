import type { TierStats } from '../../src/execution/index.ts'

/** The value of a benchmark's `--tier`. */
export function parseTier<T extends string>(text: unknown, known: readonly T[], fallback: T): T {
  if (text === undefined) return fallback
  if (!known.includes(text as T))
    throw new RangeError(`--tier must be one of ${known.join(', ')}, not ${text}`)
  return text as T
}

/** The part of the gas between two looks that the interpreter used, 0 to 1; 0 where none was used. */
export function interpretedPart(before: TierStats, after: TierStats): number {
  const interpreted = Number(after.interpretedGas - before.interpretedGas)
  const compiled = Number(after.compiledGas - before.compiledGas)
  return interpreted === 0 ? 0 : interpreted / (interpreted + compiled)
}

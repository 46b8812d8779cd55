import { Engine, type EngineOptions } from '../../src/execution/index.ts'

/** How an engine runs code; `auto` compiles what runs hot. */
export type Tier = 'interpreter' | 'compiled' | 'auto'

/** The value of a benchmark's `--tier`. */
export function parseTier<T extends string>(text: unknown, known: readonly T[], fallback: T): T {
  if (text === undefined) return fallback
  if (!known.includes(text as T))
    throw new RangeError(`--tier must be one of ${known.join(', ')}, not ${text}`)
  return text as T
}

/** An engine that runs code in this tier. */
export function openEngine(tier: Tier): Engine {
  return new Engine({ evm: tier } as EngineOptions)
}

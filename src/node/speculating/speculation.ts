import { availableParallelism } from 'node:os'
import type { ParallelMode } from '../../execution/index.ts'

/** How many threads execute ahead of the sequencer's engine, and when. */
export type SpeculationSettings = { speculators: number; parallel: ParallelMode }

/**
 * With fewer cores the node's other threads (requests, signatures, the trie) have use for each: one that executes ahead
 * would take from them what it gives.
 */
const LEAST_CORES = 4
/** Cores left to the others. */
const OTHER_CORES = 2
/** What `auto` has at most: beyond, the thread that commits is the limit (bench/parallel.ts). */
const AUTO_THREADS = 8

/**
 * @param threads - that execute transactions, the sequencer's included: a number, used for every batch, or `auto`.
 */
export function speculationSettings(threads: number | 'auto'): SpeculationSettings {
  if (threads !== 'auto') return { speculators: threads - 1, parallel: threads === 1 ? 'never' : 'always' }
  const cores = availableParallelism()
  if (cores < LEAST_CORES) return { speculators: 0, parallel: 'never' }
  return { speculators: Math.min(cores - OTHER_CORES, AUTO_THREADS) - 1, parallel: 'auto' }
}

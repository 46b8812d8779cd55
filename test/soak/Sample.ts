import type { Heaps } from './memory.ts'

/** One look at a node, over the time since the last. */
export type Sample = Heaps & {
  minute: number
  transactionsPerSecond: number
  miniBlocksPerSecond: number
  /** Of its own; without `mappedMiB`, pages of history's file, which the system takes back when it needs them. */
  residentMiB: number
  mappedMiB: number
  /** Of the replica's own; 0 without one. */
  replicaMiB: number
  logMiB: number
  snapshotsMiB: number
  historyMiB: number
  latencyMsP50: number
  latencyMsP99: number
}

export const COLUMNS: readonly { key: keyof Sample; title: string }[] = [
  { key: 'minute', title: 'minute' },
  { key: 'transactionsPerSecond', title: 'tx/s' },
  { key: 'miniBlocksPerSecond', title: 'mini/s' },
  { key: 'residentMiB', title: 'memory MiB' },
  { key: 'heapsMiB', title: 'heaps' },
  { key: 'mainMiB', title: 'main' },
  { key: 'sequencerMiB', title: 'sequencer' },
  { key: 'sealerMiB', title: 'sealer' },
  { key: 'recoveryMiB', title: 'recovery' },
  { key: 'externalMiB', title: 'external' },
  { key: 'mappedMiB', title: 'mapped' },
  { key: 'replicaMiB', title: 'replica' },
  { key: 'logMiB', title: 'log' },
  { key: 'snapshotsMiB', title: 'snapshots' },
  { key: 'historyMiB', title: 'history' },
  { key: 'latencyMsP50', title: 'p50 ms' },
  { key: 'latencyMsP99', title: 'p99 ms' },
]

/** Width of a column of numbers that is printed. */
export const COLUMN_WIDTH = 11

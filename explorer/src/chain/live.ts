import { computed, signal } from '@preact/signals'
import type { Second } from '../lib/RateMeter.ts'
import type { BlockSummary, MiniBlockSummary, TransactionSummary } from './summaries.ts'

/** What is kept of the stream: as much as a page shows. */
export const SHOWN_MINI_BLOCKS = 64
export const SHOWN_BLOCKS = 12
export const SHOWN_TRANSACTIONS = 30
/** How far back the charts go. */
export const CHART_SECONDS = 120

/** The newest first. */
export const miniBlocks = signal<readonly MiniBlockSummary[]>([])
export const blocks = signal<readonly BlockSummary[]>([])
export const transactions = signal<readonly TransactionSummary[]>([])
/** Of the newest execution step: the open block, if there is one, else the newest sealed one. */
export const headNumber = signal<number | undefined>(undefined)
export const rates = signal<{ series: readonly Second[]; mean: Second }>({
  series: [],
  mean: { transactions: 0, gas: 0 },
})
export const latency = signal<{ bars: readonly number[]; median: number; high: number; size: number }>({
  bars: [],
  median: Number.NaN,
  high: Number.NaN,
  size: 0,
})
/** More comes than is worth showing: mini-blocks are looked at now and then. */
export const isSampling = signal(false)
/** Somebody wants to look in peace. */
export const isPaused = signal(false)
/** The first lists have been read. */
export const isLoaded = signal(false)
/** Why they could not be. */
export const failure = signal<Error | undefined>(undefined)

/** Changes when the state may be another: what shows it is read again. */
export const stateVersion = computed(() => `${headNumber.value} ${transactions.value[0]?.hash}`)

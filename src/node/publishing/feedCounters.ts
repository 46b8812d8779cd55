import type { SharedCounters } from '../SharedCounters.ts'

/** What a publisher counts: see docs/operations.md. */
export const FEED_COUNTERS = [
  'nextRecord',
  'miniBlockNumber',
  'storedBytes',
  'connections',
  'sentBytes',
] as const

export type FeedCounters = SharedCounters<(typeof FEED_COUNTERS)[number]>

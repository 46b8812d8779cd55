import type { EntryStore } from '../../feed/index.ts'
import type { SharedCounters } from '../SharedCounters.ts'
import type { FeedServer } from '../transport/index.ts'

/** What who gives a stream counts: see docs/operations.md. */
export const FEED_COUNTERS = [
  'nextRecord',
  'miniBlockNumber',
  'storedBytes',
  'connections',
  'sentBytes',
] as const

export type FeedCounters = SharedCounters<(typeof FEED_COUNTERS)[number]>

/** Writes what is there of a stream, and what was given of it; `server` undefined: it is served on no port. */
export function countFeed(
  counters: FeedCounters,
  { nextRecord = 0n, last, bytes }: EntryStore,
  server: FeedServer | undefined,
): void {
  counters.set('nextRecord', nextRecord)
  counters.set('miniBlockNumber', last?.miniBlockNumber ?? 0n)
  counters.set('storedBytes', bytes)
  counters.set('connections', server?.connections ?? 0)
  counters.set('sentBytes', server?.sentBytes ?? 0)
}

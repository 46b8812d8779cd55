import type { FeedCounters } from './feedCounters.ts'

export type FeedStatus = {
  /** Where it is served, as a replica names it; empty before the start. */
  url: string
  /** Address that signs, as hex. */
  readonly signer: string
  readonly counters: FeedCounters
}

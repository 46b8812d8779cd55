import type { EntryStore, FeedSource } from '../../feed/index.ts'
import { countFeed, FEED_COUNTERS, type FeedCounters } from '../publishing/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { FeedServer } from '../transport/index.ts'
import type { RelaySettings } from './messages.ts'

export type FeedRelayOptions = RelaySettings & {
  /** What is given to others, and where its entries are kept. */
  source: FeedSource
  store: EntryStore
  /** Hears whose connection was ended by us, and why. */
  onRefused: (error: Error, address?: string) => void
}

/** Serves what a follower has to those who follow it. */
export class FeedRelay {
  readonly #store: EntryStore
  readonly #server: FeedServer
  readonly #counters: FeedCounters

  private constructor(store: EntryStore, server: FeedServer, counters: FeedCounters) {
    this.#store = store
    this.#server = server
    this.#counters = counters
  }

  /** @throws PortInUseError, and what TLS says of certificate and key. */
  static async open({ source, store, counters, ...address }: FeedRelayOptions): Promise<FeedRelay> {
    const server = await FeedServer.open(source, address)
    return new FeedRelay(store, server, new SharedCounters(FEED_COUNTERS, counters))
  }

  get port(): number {
    return this.#server.port
  }

  /** Writes the counters. */
  count(): void {
    countFeed(this.#counters, this.#store, this.#server)
  }

  close(): void {
    this.#server.close()
  }
}

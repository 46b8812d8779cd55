import type { MessagePort } from 'node:worker_threads'
import type { FeedSource } from '../../feed/index.ts'
import type { Follower, SourceStatus } from '../../replica/index.ts'
import { NatsPublisher, NatsPublisherError, parseNatsUrl } from '../nats/index.ts'
import { PeerLink } from '../peering/index.ts'

/** Ways by which a node gives its stream to others, besides its own port. */
export type OutletsData = {
  /** URL of a place in NATS; see NatsPlace. */
  nats: string | undefined
  /** To the thread that talks to peers. */
  peers: MessagePort | undefined
  /** Bytes of entries that are kept. */
  maxBytes: number
}

/** What the log of events hears. */
export type OutletNews =
  | { event: 'nats_connected'; fromRecord: bigint }
  | { event: 'nats_lost' | 'nats_refused'; reason: string }

/** In the thread that has the entries: puts them into NATS, and gives them to peers. */
export class Outlets {
  readonly #onNews: (news: OutletNews) => void
  readonly #nats: NatsPublisher | undefined
  readonly #peers: PeerLink | undefined
  /** That NATS is away is told once. */
  #isNatsAway = false

  /**
   * @param follower - hears of peers that were found; undefined: the node follows nobody.
   * @throws NatsPlaceError
   */
  constructor(
    source: FeedSource,
    { nats, peers, maxBytes }: OutletsData,
    onNews: (news: OutletNews) => void,
    follower?: Follower,
  ) {
    this.#onNews = onNews
    if (nats !== undefined)
      this.#nats = new NatsPublisher({
        ...{ source, place: parseNatsUrl(nats), maxBytes },
        // Else a replica's own could come back to it.
        takesTransactions: follower === undefined,
        onTrouble: (error) => this.#natsTrouble(error),
        onConnected: (fromRecord) => this.#natsConnected(fromRecord),
      })
    if (peers !== undefined)
      this.#peers = new PeerLink({
        ...{ port: peers, source },
        onFound: (found) => follower?.addSource(found),
        onLost: (name) => follower?.removeSource(name),
        onHead: (miniBlockNumber) => follower?.heard(miniBlockNumber),
      })
  }

  /** A peer whose entries can't be right is dropped. */
  judge({ name, state }: SourceStatus): void {
    if (state === 'setAside') this.#peers?.ban(name)
  }

  async close(): Promise<void> {
    this.#peers?.close()
    await this.#nats?.close()
  }

  #natsConnected(fromRecord: bigint): void {
    this.#isNatsAway = false
    this.#onNews({ event: 'nats_connected', fromRecord })
  }

  #natsTrouble(error: Error): void {
    const [reason] = error.message.split('\n  next:', 1)
    if (error instanceof NatsPublisherError) this.#onNews({ event: 'nats_refused', reason: reason! })
    else if (!this.#isNatsAway) this.#onNews({ event: 'nats_lost', reason: reason! })
    this.#isNatsAway = true
  }
}

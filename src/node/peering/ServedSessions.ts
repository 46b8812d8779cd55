import { MAX_SERVED_STREAMS, MAX_STREAMS_PER_PEER } from './limits.ts'

/** How many sessions of the feed are open here, of each peer and of all. */
export class ServedSessions {
  readonly #byPeer = new Map<string, number>()
  #all = 0

  /** Why there is no room for one more of a peer; undefined where there is. */
  refusal(peer: string): string | undefined {
    if (this.#all >= MAX_SERVED_STREAMS) return `${MAX_SERVED_STREAMS} sessions with peers are open there`
    if (this.#of(peer) >= MAX_STREAMS_PER_PEER)
      return `${MAX_STREAMS_PER_PEER} sessions with this peer are open there`
    return undefined
  }

  /** One of a peer, for as long as something takes. */
  async hold(peer: string, session: Promise<void>): Promise<void> {
    this.#add(peer, 1)
    try {
      await session
    } finally {
      this.#add(peer, -1)
    }
  }

  #of(peer: string): number {
    return this.#byPeer.get(peer) ?? 0
  }

  #add(peer: string, count: number): void {
    this.#all += count
    const left = this.#of(peer) + count
    if (left === 0) this.#byPeer.delete(peer)
    else this.#byPeer.set(peer, left)
  }
}

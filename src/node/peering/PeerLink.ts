import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { connectFeed, type FeedSource, serveFeed } from '../../feed/index.ts'
import type { NamedSource } from '../../replica/index.ts'
import type { FeedToPeering, PeeringToFeed } from './messages.ts'
import { portDuplex } from './portDuplex.ts'

export type PeerLinkParts = {
  port: MessagePort
  /** What peers are served. */
  source: FeedSource
  /** Hears of peers that have the chain's entries, and which are gone. */
  onFound?(source: NamedSource): void
  onLost?(name: string): void
  /** Hears how far the stream is elsewhere. */
  onHead?(miniBlockNumber: bigint): void
}

const NAME_PREFIX = '/p2p/'

/** The link of the thread with the entries to the one that talks to peers: it serves them, and asks them. */
export class PeerLink {
  readonly #parts: PeerLinkParts

  constructor(parts: PeerLinkParts) {
    this.#parts = parts
    parts.port.on('message', (message: PeeringToFeed) => this.#take(message))
  }

  /** A source that gave what can't be right is dropped; says whether it was a peer. */
  ban(name: string): boolean {
    if (!name.startsWith(NAME_PREFIX)) return false
    this.#send({ kind: 'ban', peer: name.slice(NAME_PREFIX.length) })
    return true
  }

  close(): void {
    this.#parts.port.close()
  }

  #take(message: PeeringToFeed): void {
    const { source, onFound, onLost, onHead } = this.#parts
    if (message.kind === 'found') onFound?.(this.#sourceOf(message.peer))
    else if (message.kind === 'lost') onLost?.(NAME_PREFIX + message.peer)
    else if (message.kind === 'head') onHead?.(message.miniBlockNumber)
    // Whoever doesn't keep to the protocol is no longer connected.
    else serveFeed(portDuplex(message.port), source).catch(() => {})
  }

  #sourceOf(peer: string): NamedSource {
    return {
      ...{ name: NAME_PREFIX + peer, isPeer: true },
      open: async () => {
        const { port1, port2 } = new MessageChannel()
        this.#send({ kind: 'open', peer, port: port2 }, [port2])
        return connectFeed(portDuplex(port1))
      },
    }
  }

  #send(message: FeedToPeering, transferList: MessagePort[] = []): void {
    this.#parts.port.postMessage(message, transferList)
  }
}

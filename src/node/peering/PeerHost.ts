import type { TopicValidatorResult } from '@libp2p/gossipsub'
import type { IdentifyResult, Libp2p, PeerId, Stream } from '@libp2p/interface'
import type { FeedDuplex } from '../../feed/index.ts'
import { turnAway } from '../transport/index.ts'
import { Bans } from './Bans.ts'
import { createPeerNode, type NetworkServices, networkServices } from './createPeerNode.ts'
import type { KnownPeers } from './KnownPeers.ts'
import {
  DISCOVERY_MS,
  DISCOVERY_TIMEOUT_MS,
  ENOUGH_PEERS,
  MAX_STREAMS_PER_CONNECTION,
  MAX_TURNED_AWAY,
} from './limits.ts'
import type { DropReason } from './messages.ts'
import { ANY_FEED_PROTOCOL, type NetworkNames } from './networkNames.ts'
import { ServedSessions } from './ServedSessions.ts'
import { streamDuplex } from './streamDuplex.ts'

export type PeerHostOptions = {
  /** Of the key, 32 bytes. */
  seed: Uint8Array
  /** Undefined: nobody can dial it. */
  listen: { host: string; port: number } | undefined
  names: NetworkNames
  /** Multiaddresses of peers that were given. */
  bootstrap: readonly string[]
  /** Those that were reached before: asked where nobody else is. */
  known: KnownPeers
  /** Hears of a peer that serves the chain's feed, and when its connection has ended. */
  onPeer(peer: string): void
  onLost(peer: string): void
  /** Serves a peer; ends with the session. */
  serve(duplex: FeedDuplex): Promise<void>
  /** Whether something that was told is worth telling on; `bad`: nobody honest would have told it. */
  onHead(head: Uint8Array): 'new' | 'known' | 'bad'
}

/** The node among its peers: finds those of its chain, lets them ask, asks them, and tells how far the stream is. */
export class PeerHost {
  readonly #options: PeerHostOptions
  readonly #node: Libp2p<NetworkServices>
  readonly #bans: Bans
  readonly #peers = new Map<string, PeerId>()
  readonly #dropped: Record<DropReason, number> = { entries: 0, head: 0 }
  readonly #served = new ServedSessions()
  #turnedAway = 0
  readonly #timer: NodeJS.Timeout

  private constructor(options: PeerHostOptions, node: Libp2p<NetworkServices>, bans: Bans) {
    this.#options = options
    this.#node = node
    this.#bans = bans
    node.addEventListener('peer:identify', ({ detail }) => this.#identified(detail))
    node.addEventListener('peer:disconnect', ({ detail }) => this.#disconnected(detail))
    this.#timer = setInterval(() => this.#discover(), DISCOVERY_MS)
  }

  static async start(options: PeerHostOptions): Promise<PeerHost> {
    const bans = new Bans()
    const isBanned = (peer: PeerId) => bans.has(peer.toString(), Date.now())
    const connectionGater = { denyDialPeer: isBanned, denyInboundEncryptedConnection: isBanned }
    const { seed, listen, names } = options
    const services = await networkServices(names)
    const host = new PeerHost(
      options,
      await createPeerNode({ seed, listen, connectionGater }, services),
      bans,
    )
    await host.#serve()
    host.#hearHeads()
    host.#discover()
    return host
  }

  /** Multiaddresses under which peers can reach it; none where it doesn't listen. */
  get addresses(): string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  /** Peers of the chain that are connected. */
  get peerCount(): number {
    return this.#peers.size
  }

  get banCount(): number {
    return this.#bans.count(Date.now())
  }

  /** Peers that were hung up on since the start, by what they gave. */
  get dropped(): Readonly<Record<DropReason, number>> {
    return this.#dropped
  }

  /** Opens a session of the feed with a peer. */
  async open(peer: string): Promise<FeedDuplex> {
    const id = this.#peers.get(peer)
    if (id === undefined) throw new Error('the peer is not connected')
    return streamDuplex(await this.#node.dialProtocol(id, this.#options.names.feed))
  }

  /** A peer that gave what can't be right: the connection ends, and there is none for a while. */
  ban(peer: string, reason: DropReason): void {
    this.#bans.add(peer, Date.now())
    this.#options.known.forget(peer)
    this.#dropped[reason]++
    const id = this.#peers.get(peer)
    if (id !== undefined) void this.#node.hangUp(id).catch(() => {})
  }

  tell(head: Uint8Array): void {
    // Nobody may be there to hear it.
    void this.#node.services.gossip.publish(this.#options.names.heads, head).catch(() => {})
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#node.stop()
  }

  async #serve(): Promise<void> {
    const protocols = [this.#options.names.feed, ANY_FEED_PROTOCOL]
    await this.#node.handle(
      protocols,
      (stream, { remotePeer }) => void this.#serveStream(stream, remotePeer.toString()),
      { maxInboundStreams: MAX_STREAMS_PER_CONNECTION },
    )
  }

  async #serveStream(stream: Stream, peer: string): Promise<void> {
    const refusal = this.#served.refusal(peer)
    if (refusal !== undefined) await this.#turnAway(stream, refusal)
    else await this.#served.hold(peer, this.#options.serve(streamDuplex(stream)))
  }

  /** Says why it is not served. */
  async #turnAway(stream: Stream, reason: string): Promise<void> {
    if (this.#turnedAway >= MAX_TURNED_AWAY) return stream.abort(new Error('too many sessions'))
    this.#turnedAway++
    await turnAway(streamDuplex(stream), reason)
    this.#turnedAway--
  }

  #hearHeads(): void {
    const { heads } = this.#options.names
    this.#node.services.gossip.topicValidators.set(heads, (from, { data }) => {
      const found = this.#options.onHead(data)
      if (found === 'bad') this.ban(from.toString(), 'head')
      return ({ new: 'accept', known: 'ignore', bad: 'reject' } as const)[found] as TopicValidatorResult
    })
    this.#node.services.gossip.subscribe(heads)
  }

  #identified({ peerId, protocols, connection }: IdentifyResult): void {
    if (!protocols.includes(this.#options.names.feed)) return
    const peer = peerId.toString()
    if (connection.direction === 'outbound') this.#options.known.reached(peer, `${connection.remoteAddr}`)
    const isNew = !this.#peers.has(peer)
    this.#peers.set(peer, peerId)
    if (isNew) this.#options.onPeer(peer)
  }

  #disconnected(peerId: PeerId): void {
    const peer = peerId.toString()
    if (this.#peers.delete(peer)) this.#options.onLost(peer)
  }

  /** Dials the peers that were given, those of before where nobody is there, and whom the table has near: it connects with those that it asks. */
  #discover(): void {
    if (this.#peers.size >= ENOUGH_PEERS) return
    const { bootstrap, known } = this.#options
    const addresses = this.#peers.size === 0 ? [...bootstrap, ...known.addresses] : bootstrap
    for (const address of addresses) void this.#dial(address).catch(() => {})
    void this.#ask().catch(() => {})
  }

  async #dial(address: string): Promise<void> {
    const { multiaddr } = await import('@multiformats/multiaddr')
    await this.#node.dial(multiaddr(address))
  }

  async #ask(): Promise<void> {
    const { peerId, services } = this.#node
    const signal = AbortSignal.timeout(DISCOVERY_TIMEOUT_MS)
    for await (const _ of services.table.getClosestPeers(peerId.toMultihash().bytes, { signal })) {
      // Whoever answers is connected.
    }
  }
}

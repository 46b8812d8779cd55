/** Connections with peers, in both directions. */
export const MAX_CONNECTIONS = 64
/** Connections that are being set up by others at once, and from one address within a second. */
export const MAX_PENDING_CONNECTIONS = 16
export const MAX_CONNECTIONS_PER_ADDRESS = 8
/** Sessions of the feed that one peer has open here. */
export const MAX_STREAMS_PER_PEER = 4
/** Streams of one connection by one name: beyond, libp2p cuts them off; those between are told that there is no room. */
export const MAX_STREAMS_PER_CONNECTION: number = MAX_STREAMS_PER_PEER + 2
/** Sessions of the feed that all peers have open here. */
export const MAX_SERVED_STREAMS = 64
/** More are told so, as long as they are no more than this at once; all others are cut off. */
export const MAX_TURNED_AWAY = 16
/** What libp2p remembers: keys of peers and of the distributed table. */
export const MAX_REMEMBERED = 4096
/** A stream's window: what the other side may send ahead. */
export const STREAM_WINDOW_BYTES: number = 1024 * 1024
/** The newest head is told so often, if it is a newer one. */
export const ANNOUNCE_MS = 1000
/** Peers are looked for so often, until there are enough of the chain's. */
export const DISCOVERY_MS = 5000
export const DISCOVERY_TIMEOUT_MS = 4000
export const ENOUGH_PEERS = 8
/** Of one message of gossip: some heads and what libp2p says besides. */
export const MAX_GOSSIP_BYTES: number = 64 * 1024

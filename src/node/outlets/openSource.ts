import type { FeedSource } from '../../feed/index.ts'
import { openFeed } from '../transport/index.ts'

/**
 * Connects to whoever has a chain's entries: `tcp://host:port` or `tls://host:port`, `nats://host:port/name`, or a peer's
 * multiaddress as `/ip4/10.0.0.1/tcp/9000/p2p/12D3…`.
 *
 * @throws FeedUrlError, FeedConnectError, PeerAddressError, NatsPlaceError, NatsError.
 */
export async function openSource(address: string): Promise<FeedSource> {
  // Loaded only by who asks there.
  if (isPeerAddress(address)) return (await import('../peering/index.ts')).dialPeer(address)
  if (address.startsWith('nats:')) return (await import('../nats/index.ts')).NatsSource.connect(address)
  return openFeed(address)
}

/** Whether a source is named as peers are; it may still be none. */
export function isPeerAddress(address: string): boolean {
  return address.startsWith('/')
}

/** What a source is called, in answers and in the log: its address without user and password. */
export function sourceName(address: string): string {
  return address.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}

import type { FeedSource } from '../../feed/index.ts'
import { NatsSource } from '../nats/index.ts'
import { dialPeer, isPeerAddress } from '../peering/index.ts'
import { openFeed } from '../transport/index.ts'

/**
 * Connects to whoever has a chain's entries: `tcp://host:port` or `tls://host:port`, `nats://host:port/name`, or a peer's
 * multiaddress as `/ip4/10.0.0.1/tcp/9000/p2p/12D3…`.
 *
 * @throws FeedUrlError, FeedConnectError, NatsPlaceError, NatsError.
 */
export async function openSource(address: string): Promise<FeedSource> {
  if (isPeerAddress(address)) return dialPeer(address)
  return address.startsWith('nats:') ? NatsSource.connect(address) : openFeed(address)
}

/** What a source is called, in answers and in the log: its address without user and password. */
export function sourceName(address: string): string {
  return address.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}

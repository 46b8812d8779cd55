import { MessageChannel } from 'node:worker_threads'
import { connectFeed, type FeedSource } from '../../feed/index.ts'
import { startThread } from '../startThread.ts'
import { checkPeerAddress } from './peerAddress.ts'
import { portDuplex } from './portDuplex.ts'

/**
 * One peer as a source, for who doesn't know the chain yet; its thread ends when it is closed. Where the peer can't be
 * reached, the source says that it is closed, and why.
 *
 * @param address - multiaddress, as `/ip4/10.0.0.1/tcp/9000/p2p/12D3…`.
 * @throws PeerAddressError
 */
export function dialPeer(address: string): FeedSource {
  checkPeerAddress(address)
  const { port1, port2 } = new MessageChannel()
  const worker = startThread('peering/dialWorker', { address, port: port2 }, [port2])
  const duplex = portDuplex(port1)
  worker.once('error', () => duplex.close())
  return connectFeed(duplex)
}

import { PeeringThread } from './PeeringThread.ts'
import { checkPeerAddress } from './peerAddress.ts'
import { peerSeed } from './peerKey.ts'

/** How a node takes part in the open network of its chain. */
export type PeeringOptions = {
  /** TCP port for peers; 0: any free one. */
  port: number
  /** Address to listen on. Default 127.0.0.1. */
  host?: string
  /** Multiaddresses of peers that are known; one is enough to find the others. */
  bootstrap?: readonly string[]
}

/**
 * The thread that talks to peers, which is started later.
 *
 * @param from - multiaddresses of peers that a replica is to follow.
 * @param folder - where the node's key among peers is kept, and the addresses of others.
 * @throws PeerAddressError, PeerKeyError.
 */
export function preparePeering(
  options: PeeringOptions | undefined,
  { from, folder, genesisHash }: { from: readonly string[]; folder: string; genesisHash: Uint8Array },
): PeeringThread {
  const bootstrap = [...(options?.bootstrap ?? []), ...from]
  for (const address of bootstrap) checkPeerAddress(address)
  const { port = 0, host = '127.0.0.1' } = options ?? {}
  const listen = { host, port }
  return new PeeringThread({ seed: peerSeed(folder), listen, bootstrap, genesisHash, folder })
}

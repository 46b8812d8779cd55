import type { GossipSub } from '@libp2p/gossipsub'
import type { Identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p, ServiceMap } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import type { Ping } from '@libp2p/ping'
import type { ServiceFactoryMap } from 'libp2p'
import { sha256 } from '../../lib/index.ts'
import {
  MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS,
  MAX_GOSSIP_BYTES,
  MAX_PENDING_CONNECTIONS,
  MAX_REMEMBERED,
  STREAM_WINDOW_BYTES,
} from './limits.ts'
import type { NetworkNames } from './networkNames.ts'

export type PeerNodeOptions = {
  /** Of the Ed25519 key, 32 bytes. */
  seed: Uint8Array
  /** Undefined: nobody can dial it. */
  listen: { host: string; port: number } | undefined
  connectionGater?: ConnectionGater
}

/** What a node takes part in: the Kademlia table by which peers find each other, and gossip of heads. */
export type NetworkServices = { identify: Identify; ping: Ping; table: KadDHT; gossip: GossipSub }

/** A started node of libp2p: TCP, Noise, Yamux, and the services given. Large, and loaded only by who asks for one. */
export async function createPeerNode<T extends ServiceMap>(
  { seed, listen, connectionGater = {} }: PeerNodeOptions,
  services: ServiceFactoryMap<T>,
): Promise<Libp2p<T>> {
  const [{ createLibp2p }, { generateKeyPairFromSeed }, { tcp }, { noise }, { yamux }, store] =
    await Promise.all([
      import('libp2p'),
      import('@libp2p/crypto/keys'),
      import('@libp2p/tcp'),
      import('@libp2p/noise'),
      import('@libp2p/yamux'),
      import('./BoundedDatastore.ts'),
    ])
  return await createLibp2p<T>({
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    datastore: new store.BoundedDatastore(MAX_REMEMBERED),
    addresses: { listen: listen === undefined ? [] : [listenAddress(listen)] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        streamOptions: {
          maxStreamWindowSize: STREAM_WINDOW_BYTES,
          // A stream that is paused holds its window, and would be reset beyond this.
          maxReadBufferLength: 2 * STREAM_WINDOW_BYTES,
        },
      }),
    ],
    connectionGater,
    connectionManager: {
      maxConnections: MAX_CONNECTIONS,
      maxIncomingPendingConnections: MAX_PENDING_CONNECTIONS,
      inboundConnectionThreshold: MAX_CONNECTIONS_PER_ADDRESS,
    },
    services,
  })
}

/** For who only asks. */
export async function dialerServices(): Promise<ServiceFactoryMap<{ identify: Identify }>> {
  const { identify } = await import('@libp2p/identify')
  return { identify: identify() }
}

export async function networkServices(names: NetworkNames): Promise<ServiceFactoryMap<NetworkServices>> {
  const [{ identify }, { kadDHT, passthroughMapper }, { ping }, { gossipsub }] = await Promise.all([
    import('@libp2p/identify'),
    import('@libp2p/kad-dht'),
    import('@libp2p/ping'),
    import('@libp2p/gossipsub'),
  ])
  return {
    identify: identify(),
    ping: ping(),
    table: kadDHT({
      protocol: names.table,
      clientMode: false,
      // Peers of a private network are found as well.
      peerInfoMapper: passthroughMapper,
    }),
    gossip: gossipsub({
      // What is told is signed by the sequencer.
      globalSignaturePolicy: 'StrictNoSign',
      msgIdFn: ({ data }) => sha256(data),
      allowedTopics: [names.heads],
      allowPublishToZeroTopicPeers: true,
      maxInboundDataLength: MAX_GOSSIP_BYTES,
    }),
  }
}

function listenAddress({ host, port }: { host: string; port: number }): string {
  return `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`
}

import type { EvmTier } from '../execution/index.ts'
import type { Fork, MiningMode } from '../protocol/index.ts'
import type { StateFileOptions } from './dumping/index.ts'
import type { ReplicaOptions } from './following/index.ts'
import type { ForkOptions } from './forking/index.ts'
import type { Progress } from './genesisSource.ts'
import type { LocalChainOptions } from './localChain.ts'
import type { MemberAddress } from './network/index.ts'
import type { OperationsOptions } from './operating/index.ts'
import type { PeeringOptions } from './peering/index.ts'
import type { PublishingOptions } from './publishing/index.ts'

export type NodeOptions = OperationsOptions & {
  /** TCP port for http and WebSocket; 0: any free one. Default 8545. */
  port?: number
  /** Address to listen on. Default 127.0.0.1. */
  host?: string
  /** Folder of the chain; see dataFolder.ts. Default ./.leveret. */
  data?: string
  /** Deletes the chain in the folder first. */
  fresh?: boolean
  /** A geth-style genesis, as text or as a file of any size; default: the folder's, else that of a local chain. */
  genesis?: string | { path: string }
  /** Hears how far a large genesis is read. */
  onProgress?: Progress
  /** For the genesis of a new local chain. Default 31337; of a forked one the remote's. */
  chainId?: bigint
  /** What else a new local chain begins with. */
  local?: Omit<LocalChainOptions, 'chainId'>
  /** A new chain goes on after a block of the one that another node has: see docs/fork.md. */
  fork?: ForkOptions
  /** The node follows the chain of others instead of making one: see docs/network.md. */
  replica?: ReplicaOptions
  /** The nodes of the network, this one among them, which the explorer shows. */
  members?: readonly MemberAddress[]
  /** Shortest time between two mini-blocks. Default 10. */
  miniBlockMs?: number
  /** Time between two EVM blocks in the mode `interval`. Default 1000. */
  blockMs?: number
  /**
   * When EVM blocks come: regularly (default), with transactions (`auto`), or on demand (`manual`). `autoIfLocal`: with
   * transactions on a local chain, else regularly.
   */
  mining?: MiningMode['kind'] | 'autoIfLocal'
  /** Most gas of one eth_call or eth_estimateGas. Default 50 million. */
  rpcGasCap?: bigint
  /** Origins of web pages that may call; default: all. */
  corsOrigins?: readonly string[]
  /** Host names under which the node may be called, besides IP addresses. Default: localhost. */
  virtualHosts?: readonly string[]
  /** Past blocks whose state can be read; Infinity: all, and the whole log is kept. Default 128. */
  history?: number
  /** A snapshot of the state is made when the log has grown by so many MiB; 0: never. Default 512. */
  snapshotMiB?: number
  /** Size at which a file of the log is followed by the next; whole files are what is deleted. Default 64. */
  segmentMiB?: number
  /** Memory of one thread's state. */
  memoryMiB?: number
  /**
   * How bytecode is run. `auto` (default): hot code is compiled on a thread of its own. `interpreter`: nothing is compiled.
   * `compiled`: everything is, before it first runs and in front of the answer: for tests.
   */
  evm?: EvmTier
  /** Of a ThreadWatch, for benchmarks: there the sequencer's thread notes what it does. */
  watch?: SharedArrayBuffer
  /** Threads that execute transactions, 1 to 64; `auto` (default): as many as there are cores for, where they help. */
  threads?: number | 'auto'
  /** Whether developers' methods are there. Default: on a local chain, whose genesis was not given. */
  dev?: boolean
  /** Every account is impersonated from the start. Default false. */
  autoImpersonate?: boolean
  /** Hears, on a developer's chain, what contracts write with console.log, and why transactions and calls fail. */
  terminal?: (line: string) => void
  /** Serve the explorer at `/`, if it has been built. Default true. */
  explorer?: boolean
  /** Of a local chain: a state to begin with, and where it is dumped. */
  state?: StateFileOptions
  /** Publishes the chain as a stream that others follow. Default: it does not. */
  publish?: PublishingOptions
  /** Takes part in the open network of the chain's nodes: finds others, asks them, and gives them the stream. */
  peering?: PeeringOptions
  /** Puts the stream into NATS JetStream, at this place: nats://[user:password@]host[:port][/name][?replicas=N]. */
  nats?: string
  /** In which the stream is signed; default: the last one. A sequencer that takes over from another takes a higher one. */
  epoch?: bigint
  /** Called when the node can't go on; it has stopped then. */
  onFailure?: (error: Error) => void
}

export type Node = {
  /** http://host:port; WebSocket on the same port. */
  url: string
  /** The explorer is served at {@link url}. */
  hasExplorer: boolean
  /** http://host:port/metrics, if there are metrics; /livez and /readyz beside it. */
  metricsUrl: string | undefined
  /** tcp://host:port or tls://host:port where the stream is served, if it is. */
  feedUrl: string | undefined
  /** Address that signs the stream, as hex, where it is published or passed on. */
  feedSigner: string | undefined
  /** Multiaddresses under which peers reach it; empty: it takes no part in the open network. */
  peerAddresses: readonly string[]
  chainId: bigint
  genesisHash: string
  /** In force at the start. */
  fork: Fork
  /** Newest EVM block of the log at the start. */
  headNumber: bigint
  /** Block of another chain after which this one goes on; undefined: it was not forked. */
  forkedAfter: bigint | undefined
  /** Oldest EVM block that the history has. */
  firstNumber: bigint
  dataFolder: string
  /** It has begun with this start, in a folder that had no chain. */
  isNew: boolean
  /** It follows another node's chain. */
  isReplica: boolean
  /** The well-known developer accounts, those that have ether. */
  accounts: readonly { address: string; privateKey: string }[]
  /** What recovery cut off the log's torn end, and which snapshots it passed over; empty if all was whole. */
  recovered: readonly string[]
  /** Finishes what is under way, seals, syncs and closes. A second call changes nothing. The log tells the reason. */
  close(reason?: string): Promise<void>
}

export { RpcError } from '../rpc/index.ts'
export { GenesisError } from './chain.ts'
export { DataFolderError } from './dataFolder.ts'
export type { StateFileOptions } from './dumping/index.ts'
export { type LogLevel, type LogLine, logLevelReaches, textLine } from './events/index.ts'
export type { ReplicaOptions } from './following/index.ts'
export type { ForkOptions } from './forking/index.ts'
export type { Progress } from './genesisSource.ts'
export {
  type ChainOptions,
  createChain,
  type InProcessChain,
  type ProviderEvents,
  type ProviderMessage,
  type RequestArguments,
} from './inProcess/index.ts'
export { PortInUseError } from './listen.ts'
export type { LocalChainOptions } from './localChain.ts'
export { LocalNetwork, type MemberNews } from './network/index.ts'
export type { Node, NodeOptions } from './nodeOptions.ts'
export { exportDb, importDb, pruneDb, snapshotDb, startNode, verifyDb } from './onDemand.ts'
export type { PeeringOptions } from './peering/index.ts'
export type { PublishingKey, PublishingOptions } from './publishing/index.ts'
export { VERSION } from './version.ts'

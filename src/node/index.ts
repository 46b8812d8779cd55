export { GenesisError } from './chain.ts'
export { DataFolderError } from './dataFolder.ts'
export { type Node, type NodeOptions, PortInUseError, startNode } from './startNode.ts'
export { VERSION } from './version.ts'

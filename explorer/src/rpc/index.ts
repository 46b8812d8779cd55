export { ConnectionError, isStateGone, RpcError, RpcSocket, type Socket, type Status } from './RpcSocket.ts'
export type {
  RpcAccountChange,
  RpcAuthorization,
  RpcBlock,
  RpcCall,
  RpcHeader,
  RpcLog,
  RpcMiniBlock,
  RpcNodeStatus,
  RpcPrestate,
  RpcReceipt,
  RpcStateDiff,
  RpcTransaction,
} from './types.ts'

export { ConnectionError, RpcError, RpcSocket, type Socket, type Status } from './RpcSocket.ts'
export type {
  RpcAccountChange,
  RpcBlock,
  RpcCall,
  RpcHeader,
  RpcLog,
  RpcMiniBlock,
  RpcPrestate,
  RpcReceipt,
  RpcStateDiff,
  RpcTransaction,
} from './types.ts'

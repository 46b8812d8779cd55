export type {
  BlockId,
  BlockOverrides,
  CallOutcome,
  CallRequest,
  ChainEvent,
  ChainView,
  CompiledContract,
  EvmCompilerStatus,
  EvmEngineStatus,
  EvmParallelStatus,
  EvmStatus,
  LogQuery,
  StateOverride,
  StatePoint,
  StateReader,
  SubmitOutcome,
  TransactionPromise,
  ViewBlock,
  ViewBlockPart,
  ViewMiniBlock,
  ViewPooledTransaction,
  ViewProof,
  ViewTransaction,
} from './ChainView.ts'
export { createHttpHandler, HTTP_SERVER_OPTIONS } from './http.ts'
export type { RpcLimits } from './limits.ts'
export { RpcServer } from './RpcServer.ts'
export type { OutcomeReceiver, TransactionIntake } from './TransactionIntake.ts'
export { attachWebSocket } from './websocket.ts'

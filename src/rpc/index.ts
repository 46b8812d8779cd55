export type { BlockId, ChainEvent, ChainView, StatePoint, StateReader, ViewProof } from './ChainView.ts'
export { Connection } from './Connection.ts'
export type { CallParams } from './callParams.ts'
export type { DevAccounts, DevChain, DevSignature, DevTerminal, MineBlocks } from './DevChain.ts'
export { DevError } from './DevError.ts'
export type {
  CompiledContract,
  EvmCompilerStatus,
  EvmEngineStatus,
  EvmParallelStatus,
  EvmStatus,
} from './EvmStatus.ts'
export {
  type CallSeries,
  ExecutionError,
  type ExecutionView,
  type SeriesPlace,
  type ViewWitness,
} from './ExecutionView.ts'
export { ERROR_CODES, RpcError } from './errors.ts'
export type { ByteDuplex, FeedDoor } from './feedSocket.ts'
export { type HealthReport, type HealthView, withHealth } from './HealthView.ts'
export { createHttpHandler, HTTP_SERVER_OPTIONS } from './http.ts'
export type {
  AccountsWish,
  ListedAccount,
  ListedAccounts,
  ListedSlot,
  ListedSlots,
  ListingView,
  SlotsWish,
} from './ListingView.ts'
export type { LogQuery } from './LogQuery.ts'
export type { RpcLimits } from './limits.ts'
export {
  type AccountFields,
  MiniBlockPrunedError,
  type MiniBlockView,
  type OpenMiniBlock,
  type ViewChunk,
  type ViewHead,
  type ViewMiniBlock,
} from './MiniBlockView.ts'
export type { NetworkMember } from './NetworkMember.ts'
export { behindMs, type FollowingStatus, HEAD_LAG_LIMIT_MS, type NodeStatus } from './NodeStatus.ts'
export { attachPlainHttp } from './plainHttp.ts'
export { RemoteAnswerError, type RemoteView, StateOnItsWayError } from './RemoteView.ts'
export type { Rewinds } from './Rewinds.ts'
export { RpcServer } from './RpcServer.ts'
export type { MethodStats, RpcStats } from './RpcStats.ts'
export {
  SIMULATION_ERRORS,
  type SimulatedBlock,
  type SimulatedBlockRequest,
  type SimulatedCall,
  type SimulatedLog,
  type SimulationOutcome,
  type SimulationRequest,
} from './Simulation.ts'
export type { ReadDump, StateDump, StateDumps } from './StateDumps.ts'
export type { Site, SiteFile } from './site.ts'
export { dumpText, parseDump } from './stateDump/index.ts'
export type {
  GivenBlock,
  TraceAnswer,
  TracePoint,
  TraceView,
  TraceWish,
} from './TraceView.ts'
export type { OutcomeReceiver, SubmitOutcome, TransactionIntake } from './TransactionIntake.ts'
export type {
  TransactionPromise,
  ViewBlock,
  ViewBlockPart,
  ViewPooledTransaction,
  ViewTransaction,
} from './ViewBlock.ts'
export type { BlockOverrides, CallOutcome, CallRequest, StateOverride } from './ViewCall.ts'
export { attachWebSocket } from './websocket.ts'

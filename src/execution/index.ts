export {
  type BaseAccount,
  BaseUnavailableError,
  type CompiledModule,
  type StateBase,
} from '../kernels/index.ts'
export type { BlockOverrides, CallOutcome, CallRequest, StateOverride } from './CallRequest.ts'
export { type AccountFields, type BatchLimits, Engine, type EngineOptions, StateDiffError } from './Engine.ts'
export { type BlockContext, type BlockOutcome, blockEnvironment, executeBlock } from './executeBlock.ts'
export { type Commitment, type ImportContext, type ImportOutcome, importBlock } from './importBlock.ts'
export type { Message, MessageOutcome, MessageRules } from './message.ts'
export { movePrecompiles, OverrideError } from './movePrecompiles.ts'
export type { BatchOutcome, TransactionOutcome } from './outcomes.ts'
export type { ParallelMode, ParallelOptions, ParallelStats } from './ParallelExecution.ts'
export { Speculator, type SpeculatorOptions } from './Speculator.ts'
export { SYSTEM_CALL_GAS, type SystemCallOutcome } from './systemCall.ts'
export type { CompileRequest, EvmTier, TierStats } from './Tiers.ts'
export {
  createAccessList,
  type FrameEnd,
  type FrameStart,
  makeTracer,
  ParityTracer,
  type ParityTraceType,
  type SignedTransaction,
  type TracedLog,
  type TracedMessage,
  type Tracer,
  type TracerChoice,
  TracerError,
  TracingEngine,
  type TransactionPlace,
} from './tracers/index.ts'
export { type OrderedRoot, validateBody } from './validateBody.ts'
export {
  type BlockExceptionCode,
  type BlockFailure,
  type BlockRules,
  validateHeader,
} from './validateHeader.ts'

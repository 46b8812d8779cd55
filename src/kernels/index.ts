export { type BodyHost, BodyKernel } from './BodyKernel.ts'
export { openBaseReader, type SharedBase } from './baseReader.ts'
export { blake2bCompress } from './blake2b.ts'
export { CurveKernel, type CurveSignature } from './CurveKernel.ts'
export { moduleOf } from './compileWasm.ts'
export {
  CELL,
  type CompiledEntry,
  type CompiledModule,
  DEFAULT_ENGINE_MEMORY_MIB,
  ENTRY_REFUSED,
  ENVIRONMENT_BYTES,
  EngineKernel,
  EngineLimitError,
  type EngineSharing,
  EVERY_OPCODE,
  FLAG_PARENT_HASH_PENDING,
  type KernelHost,
  MODE_ANY_NONCE,
  MODE_MESSAGE,
  MODE_SIMULATE,
  MODE_SKIP_FEES,
  type ObservedKernel,
  TIER,
  type TraceFunction,
  type TraceHooks,
  TX_FLAG_CREATION,
} from './EngineKernel.ts'
export { tracedEngineModule } from './engineModule.ts'
export { ACCOUNT, ENDING, FRAME, RUN_ON, SLOT, STORE_NEEDS_PARENT_HASH } from './frameLayout.ts'
export { keccak256, keccak256Into } from './keccak.ts'
export { type BaseAccount, BaseUnavailableError, type StateBase } from './lazyState.ts'
export { OrderedTrieKernel, OrderedTrieLimitError } from './OrderedTrieKernel.ts'
export { RecoveryKernel } from './RecoveryKernel.ts'
export { FIRST_REFUSAL, TRANSACTION_REFUSALS } from './refusals.ts'
export { SPECULATION } from './speculationLayout.ts'
export { TermKernel } from './TermKernel.ts'
export {
  type AccountFields,
  kindOf,
  NODE_KIND,
  TrieKernel,
  type TrieKernelOptions,
  TrieLimitError,
} from './TrieKernel.ts'
export { TRANSACTION_DECODE_ERRORS, type TransactionDecodeError } from './transactionErrors.ts'

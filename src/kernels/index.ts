export {
  CELL,
  EngineKernel,
  EngineLimitError,
  FLAG_PARENT_HASH_PENDING,
  type KernelHost,
  MAX_KERNEL_MEMORY_MIB,
  MODE_SIMULATE,
  MODE_SKIP_FEES,
  TX_FLAG_CREATION,
} from './EngineKernel.ts'
export { engineModule } from './engineModule.ts'
export { keccak256, keccak256Into } from './keccak.ts'
export { FIRST_REFUSAL, TRANSACTION_REFUSALS } from './refusals.ts'
export { TRANSACTION_DECODE_ERRORS, type TransactionDecodeError } from './transactionErrors.ts'
export { WASM_PAGE_BYTES } from './webAssembly.ts'

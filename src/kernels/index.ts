export { blake2bCompress } from './blake2b.ts'
export {
  CELL,
  EngineKernel,
  FLAG_PARENT_HASH_PENDING,
  type KernelHost,
  MODE_SIMULATE,
  MODE_SKIP_FEES,
  TX_FLAG_CREATION,
} from './EngineKernel.ts'
export { keccak256, keccak256Into } from './keccak.ts'
export { FIRST_REFUSAL, TRANSACTION_REFUSALS } from './refusals.ts'
export { TRANSACTION_DECODE_ERRORS, type TransactionDecodeError } from './transactionErrors.ts'

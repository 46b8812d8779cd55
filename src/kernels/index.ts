export { engineModule } from './engineModule.ts'
export { keccak256, keccak256Into } from './keccak.ts'
export { TRANSACTION_DECODE_ERRORS, type TransactionDecodeError } from './transactionErrors.ts'
export { WASM_PAGE_BYTES } from './webAssembly.ts'

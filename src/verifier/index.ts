export type { Difference } from './Difference.ts'
export { ExecutionDifferenceError } from './ExecutionDifferenceError.ts'
export { RecordVerifier } from './RecordVerifier.ts'
export type { SignersAhead } from './SignerRecovery.ts'

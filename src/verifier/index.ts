export type { Difference } from './Difference.ts'
export { RecordVerifier } from './RecordVerifier.ts'

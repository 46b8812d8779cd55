export { BodyDecoder } from './BodyDecoder.ts'
export { BodyEncoder } from './BodyEncoder.ts'
export { BodyError, type BodyErrorCode } from './BodyError.ts'
export type { OldAccount, OldState } from './OldState.ts'

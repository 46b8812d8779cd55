export { BodyDecoder, BodyError, type BodyErrorCode } from './BodyDecoder.ts'
export { BodyEncoder } from './BodyEncoder.ts'
export type { OldAccount, OldState } from './OldState.ts'

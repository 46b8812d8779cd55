export { NodeRewinds } from './NodeRewinds.ts'
export { openWrites } from './openWrites.ts'
export { REWIND_BYTES, type RestorableState, restoringDiff } from './restoringDiff.ts'

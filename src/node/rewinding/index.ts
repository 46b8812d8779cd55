export { HASHES, NodeRewinds } from './NodeRewinds.ts'
export { openWrites } from './openWrites.ts'
export { type RestorableState, restoringDiff } from './restoringDiff.ts'

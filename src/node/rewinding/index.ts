export { NodeRewinds } from './NodeRewinds.ts'
export { type RestorableState, restoringDiff } from './restoringDiff.ts'

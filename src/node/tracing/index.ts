export { NodeTraces, type TraceMaker } from './NodeTraces.ts'
export type { StateRequest } from './StateBridge.ts'
export { TraceHere } from './TraceHere.ts'
export { TraceThread } from './TraceThread.ts'

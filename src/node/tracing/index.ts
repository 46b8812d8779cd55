export { NodeTraces, type TraceMaker } from './NodeTraces.ts'
export { TraceHere } from './TraceHere.ts'
export { TraceThread } from './TraceThread.ts'

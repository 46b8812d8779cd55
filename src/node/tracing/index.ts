export { NodeTraces } from './NodeTraces.ts'
export type { StateRequest } from './StateBridge.ts'
export { TraceThread } from './TraceThread.ts'

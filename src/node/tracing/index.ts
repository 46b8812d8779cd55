export { NodeTraces, type TraceMaker } from './NodeTraces.ts'
export {
  type AnsweringState,
  accountBytes,
  accountOfBytes,
  BridgedState,
  BridgedStateAbsentError,
  BridgedStateFailedError,
  BridgedStateLateError,
  bridgeMemory,
  StateAnswers,
  type StateRequest,
} from './StateBridge.ts'
export { TraceHere } from './TraceHere.ts'
export { TraceThread } from './TraceThread.ts'

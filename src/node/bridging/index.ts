export {
  type AnsweringState,
  accountBytes,
  accountOfBytes,
  BridgedState,
  BridgedStateAbsentError,
  BridgedStateFailedError,
  BridgedStateGoneError,
  BridgedStateLateError,
  bridgeMemory,
  StateAnswers,
  type StateRequest,
} from './StateBridge.ts'

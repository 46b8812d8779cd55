import type { TraceAnswer } from '../../rpc/index.ts'
import type { StateRequest } from './StateBridge.ts'

export type TraceWorkerData = {
  /** See StateBridge.ts. */
  bridge: SharedArrayBuffer
}

export type TraceToMain =
  /** Answered through the bridge. */
  | { kind: 'read'; request: StateRequest }
  /** Of the job that was sent. */
  | { kind: 'done'; answer: TraceAnswer }

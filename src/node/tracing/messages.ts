import type { TraceAnswer } from '../../rpc/index.ts'
import type { StateRequest } from '../bridging/index.ts'

export type TraceWorkerData = {
  /** See bridging/. */
  bridge: SharedArrayBuffer
}

export type TraceToMain =
  /** Answered through the bridge. */
  | { kind: 'read'; request: StateRequest }
  /** Of the job that was sent. */
  | { kind: 'done'; answer: TraceAnswer }

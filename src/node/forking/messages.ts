import type { MessagePort } from 'node:worker_threads'
import type { StateRequest } from '../bridging/index.ts'

export type ForkWorkerData = {
  /** Of the cache; undefined: it is in memory. */
  folder: string | undefined
  url: string | undefined
  blockNumber: bigint
}

/**
 * Of a ForkedState: where answers go from now on, or what it wants to know; with `isHere` only what the cache has, at once.
 */
export type ReaderToFork = { bridge: SharedArrayBuffer } | { request: StateRequest; isHere: boolean }

export type MainToFork =
  | { kind: 'reader'; port: MessagePort }
  | { kind: 'bring'; id: number; requests: StateRequest[] }
  | { kind: 'request'; id: number; method: string; params: unknown }
  /** The remote is not waited for any longer. */
  | { kind: 'interrupt' }
  | { kind: 'stop' }

/** What a ForkedState gets instead of answers once the thread is gone. */
export const FORK_THREAD_ENDED = "the thread that asks the fork's remote has ended"

/** `code`: of an error with which the remote has answered; `bridge`: to where the answers for a ForkedState go from now on. */
export type ForkToMain =
  | { bridge: SharedArrayBuffer; reader: number }
  | { id: number; ok: true; text: string }
  | { id: number; ok: false; message: string; code: number | undefined; data: unknown }

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

/** `code`: of an error with which the remote has answered. */
export type ForkToMain =
  | { id: number; ok: true; text: string }
  | { id: number; ok: false; message: string; code: number | undefined; data: unknown }

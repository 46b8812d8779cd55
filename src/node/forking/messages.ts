import type { MessagePort } from 'node:worker_threads'
import type { StateRequest } from '../tracing/index.ts'

/** A thread that reads the remote's state while it sleeps: it posts, and waits at its bridge. */
export type ForkReader = { port: MessagePort; bridge: SharedArrayBuffer }

export type ForkWorkerData = {
  /** Of the cache. */
  folder: string
  url: string | undefined
  blockNumber: bigint
  /** The developers'. */
  accounts: Uint8Array[]
  readers: ForkReader[]
}

/** `isHere`: only what the cache has, at once. */
export type ReaderToFork = { request: StateRequest; isHere: boolean }

export type MainToFork =
  | { kind: 'bring'; id: number; request: StateRequest }
  | { kind: 'basics'; id: number }
  | { kind: 'request'; id: number; method: string; params: unknown }
  /** The remote is not waited for any longer. */
  | { kind: 'interrupt' }
  | { kind: 'stop' }

/** `code`: of an error with which the remote has answered. */
export type ForkToMain =
  | { id: number; ok: true; text: string }
  | { id: number; ok: false; message: string; code: number | undefined; data: unknown }

import { getCompileCacheDir } from 'node:module'
import { type MessagePort, Worker } from 'node:worker_threads'

/** The engine's calls nest up to 1,024 deep. */
const STACK_MIB = 64

/** Starts the thread whose file beside this one is called `name`. */
export function startThread(name: string, workerData: object, transferList: MessagePort[]): Worker {
  const url = new URL(`./${name}${import.meta.url.slice(-3)}`, import.meta.url)
  // A thread enables the main thread's cache of compiled code by its environment only.
  const cache = getCompileCacheDir()
  const env = cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache }
  return new Worker(url, { workerData, transferList, env, resourceLimits: { stackSizeMb: STACK_MIB } })
}

import { getCompileCacheDir } from 'node:module'
import { type MessagePort, Worker } from 'node:worker_threads'

/** The engine's calls nest up to 1,024 deep. */
const STACK_MIB = 64

/** The thread's file that is called `name` beside this one: `.ts` in the sources, `.js` once built. */
export function threadFile(name: string): URL {
  return new URL(`./${name}${import.meta.url.slice(-3)}`, import.meta.url)
}

/** Starts the thread of {@link threadFile}. */
export function startThread(name: string, workerData: object, transferList: MessagePort[]): Worker {
  // A thread enables the main thread's cache of compiled code by its environment only.
  const cache = getCompileCacheDir()
  const env = cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache }
  return new Worker(threadFile(name), {
    workerData,
    transferList,
    env,
    resourceLimits: { stackSizeMb: STACK_MIB },
  })
}

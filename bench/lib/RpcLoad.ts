import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { LoadOrder, LoadResult } from './loadGenerator.ts'

const GENERATOR = join(import.meta.dirname, 'loadGenerator.ts')
const ALL_CORES = availableParallelism()

/** Whether a process can be held to one core, beside others on another. */
export function canPin(): boolean {
  if (ALL_CORES < 2) return false
  try {
    setCores('0')
    setCores(`0-${ALL_CORES - 1}`)
    return true
  } catch {
    return false // no taskset here
  }
}

/** Everything that `start` starts stays on one core; others are not touched. */
export async function startOnCore<T>(core: number, start: () => T | Promise<T>): Promise<T> {
  if (!canPin()) return await start()
  setCores(String(core))
  try {
    return await start()
  } finally {
    setCores(`0-${ALL_CORES - 1}`)
  }
}

/** Of this thread, and of what it starts from now on. */
function setCores(list: string): void {
  execFileSync('taskset', ['--pid', '--cpu-list', list, String(process.pid)], { stdio: 'ignore' })
}

/** The load generator in its process. */
export class RpcLoad {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(core: number): Promise<RpcLoad> {
    return new RpcLoad(await startOnCore(core, () => fork(GENERATOR, { stdio: ['ignore', 2, 2, 'ipc'] })))
  }

  run(order: LoadOrder): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load generator ended'))
      this.#child.once('exit', onExit)
      this.#child.once('message', (result: LoadResult | { error: string }) => {
        this.#child.off('exit', onExit)
        if ('error' in result) reject(new Error(result.error))
        else resolve(result)
      })
      this.#child.send(order)
    })
  }

  stop(): void {
    this.#child.kill()
  }
}

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Signal } from '../Signal.ts'
import { threadFile } from '../startThread.ts'
import { within } from '../within.ts'
import type { CellRefusal, ChainRules } from './EntryRecovery.ts'
import type { IntakeRing } from './IntakeRing.ts'
import type { RecoveryToMain, RecoveryWorkerData } from './recoveryWorker.ts'

const WORKER_LIMIT = 8
/** A worker that has not ended by then, on a machine however busy, is ended by force. */
const STOP_LIMIT_MS = 30_000

export type RecoveryWorkersOptions = {
  ring: IntakeRing
  /** Wakes whoever reads finished frames. */
  reader: Signal
  rules: ChainRules
  onRefused: (refusals: CellRefusal[]) => void
}

/** The threads that recover the signers of a ring's frames, one a core; each takes some 30 MB. */
export class RecoveryWorkers {
  readonly #options: RecoveryWorkersOptions
  readonly threads: Worker[] = []
  readonly #exits: Promise<unknown>[] = []
  #isStarting = false
  #isStarted = false
  #isClosed = false

  constructor(options: RecoveryWorkersOptions) {
    this.#options = options
  }

  /** One is at work at least. */
  get areStarted(): boolean {
    return this.#isStarted
  }

  /** Starts them, unless they were. @param onError - hears of one that fails. */
  start(onError: (error: Error) => void): void {
    if (this.#isStarting) return
    this.#isStarting = true
    this.#startAll(onError).catch(onError)
  }

  /** One after the other. */
  async #startAll(onError: (error: Error) => void): Promise<void> {
    const { ring, reader, rules, onRefused } = this.#options
    const count = Math.min(WORKER_LIMIT, availableParallelism())
    const workerData: RecoveryWorkerData = { intake: ring.memory, signal: reader.memory, rules }
    for (let i = 0; i < count && !this.#isClosed; i++) {
      const worker = new Worker(threadFile('intake/recoveryWorker'), { workerData })
      worker.on('message', ({ refusals }: RecoveryToMain) => onRefused(refusals))
      worker.on('error', (error) => onError(error as Error))
      this.threads.push(worker)
      this.#exits.push(new Promise((resolve) => worker.once('exit', resolve)))
      await new Promise<void>((resolve) => {
        worker.once('online', resolve)
        worker.once('exit', () => resolve())
      })
      this.#isStarted = true
    }
  }

  /** They end by themselves after the frame that they are at: one that is ended in native code takes the process along. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#options.ring.stop()
    await within(STOP_LIMIT_MS, this.#exits)
    await Promise.all(this.threads.map((worker) => worker.terminate()))
  }
}

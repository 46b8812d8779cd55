import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Signal } from '../Signal.ts'
import { within } from '../within.ts'
import { type CellRefusal, type ChainRules, EntryRecovery } from './EntryRecovery.ts'
import type { IntakeRing } from './IntakeRing.ts'
import type { RecoveryToMain, RecoveryWorkerData } from './recoveryWorker.ts'

/** Frames of up to so many transactions are recovered where they are: a thread costs as much as one of them. */
const INLINE_LIMIT = 8
const WORKER_LIMIT = 8
/** A worker that has not ended by then, on a machine however busy, is ended by force. */
const STOP_LIMIT_MS = 30_000

/**
 * Has the signers of frames recovered: on workers, which take them from the ring themselves; short ones on this thread
 * while no other waits. What is refused is told by `onRefused`; the rest the sequencer takes from the ring.
 */
export class SenderRecovery {
  readonly #ring: IntakeRing
  readonly #sequencer: Signal
  readonly #rules: ChainRules
  readonly #here: EntryRecovery
  readonly #onRefused: (refusals: CellRefusal[]) => void
  readonly workers: Worker[] = []
  readonly #exits: Promise<unknown>[] = []
  #onError: ((error: Error) => void) | undefined
  #isStarting = false
  #isStarted = false
  #isClosed = false

  constructor(options: {
    ring: IntakeRing
    /** Woken for every finished frame. */
    sequencer: Signal
    rules: ChainRules
    onRefused: (refusals: CellRefusal[]) => void
  }) {
    this.#ring = options.ring
    this.#sequencer = options.sequencer
    this.#rules = options.rules
    this.#onRefused = options.onRefused
    this.#here = new EntryRecovery(options.ring, options.rules)
  }

  /**
   * From now on workers may start. They do with the first frame that is for them: most local chains never have one, and each
   * takes some 30 MB. Until then everything is recovered on this thread.
   */
  allowWorkers(onError: (error: Error) => void): void {
    this.#onError = onError
  }

  /** One after the other. */
  async #startWorkers(onError: (error: Error) => void): Promise<void> {
    const count = Math.min(WORKER_LIMIT, availableParallelism())
    const workerData: RecoveryWorkerData = {
      intake: this.#ring.memory,
      signal: this.#sequencer.memory,
      rules: this.#rules,
    }
    for (let i = 0; i < count && !this.#isClosed; i++) {
      const url = new URL(`./recoveryWorker${import.meta.url.slice(-3)}`, import.meta.url)
      const worker = new Worker(url, { workerData })
      worker.on('message', ({ refusals }: RecoveryToMain) => this.#onRefused(refusals))
      worker.on('error', (error) => onError(error as Error))
      this.workers.push(worker)
      this.#exits.push(new Promise((resolve) => worker.once('exit', resolve)))
      await new Promise<void>((resolve) => {
        worker.once('online', resolve)
        worker.once('exit', () => resolve())
      })
      this.#isStarted = true
    }
  }

  /** @param publish - publishes the next frame, of `count` transactions, and returns its index. */
  recover(count: number, publish: () => number): void {
    const isForHere = !this.#isStarted || count <= INLINE_LIMIT
    if (count > INLINE_LIMIT && !this.#isStarting && this.#onError !== undefined) {
      this.#isStarting = true
      this.#startWorkers(this.#onError).catch(this.#onError)
    }
    if (isForHere && this.#ring.claimNext()) {
      const { refusals } = this.#here.recover(publish())
      this.#sequencer.wake()
      if (refusals.length > 0) this.#onRefused(refusals)
    } else {
      publish()
      this.#ring.wakeWorker()
    }
  }

  /** Workers end by themselves after the frame that they are at: one that is ended in native code takes the process along. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#ring.stop()
    await within(STOP_LIMIT_MS, this.#exits)
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }
}

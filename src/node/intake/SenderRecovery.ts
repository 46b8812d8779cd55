import type { Worker } from 'node:worker_threads'
import type { Signal } from '../Signal.ts'
import { type CellRefusal, type ChainRules, EntryRecovery } from './EntryRecovery.ts'
import type { IntakeRing } from './IntakeRing.ts'
import { RecoveryWorkers } from './RecoveryWorkers.ts'

/** Frames of up to so many transactions are recovered where they are: a thread costs as much as one of them. */
const INLINE_LIMIT = 8

/**
 * Has the signers of frames recovered: on workers, which take them from the ring themselves; short ones on this thread
 * while no other waits. What is refused is told by `onRefused`; the rest the sequencer takes from the ring.
 */
export class SenderRecovery {
  readonly #ring: IntakeRing
  readonly #sequencer: Signal
  readonly #here: EntryRecovery
  readonly #onRefused: (refusals: CellRefusal[]) => void
  readonly #workers: RecoveryWorkers
  #onError: ((error: Error) => void) | undefined

  constructor(options: {
    ring: IntakeRing
    /** Woken for every finished frame. */
    sequencer: Signal
    rules: ChainRules
    onRefused: (refusals: CellRefusal[]) => void
  }) {
    const { ring, sequencer: reader, rules, onRefused } = options
    this.#ring = ring
    this.#sequencer = reader
    this.#onRefused = onRefused
    this.#here = new EntryRecovery(ring, rules)
    this.#workers = new RecoveryWorkers({ ring, reader, rules, onRefused })
  }

  /**
   * From now on workers may start. They do with the first frame that is for them: most local chains never have one, and each
   * takes some 30 MB. Until then everything is recovered on this thread.
   */
  allowWorkers(onError: (error: Error) => void): void {
    this.#onError = onError
  }

  get workers(): readonly Worker[] {
    return this.#workers.threads
  }

  /** @param publish - publishes the next frame, of `count` transactions, and returns its index. */
  recover(count: number, publish: () => number): void {
    const isForHere = !this.#workers.areStarted || count <= INLINE_LIMIT
    if (count > INLINE_LIMIT && this.#onError !== undefined) this.#workers.start(this.#onError)
    if (isForHere && this.#ring.claimNext()) {
      const { refusals } = this.#here.recover(publish())
      this.#sequencer.wake()
      if (refusals.length > 0) this.#onRefused(refusals)
    } else {
      publish()
      this.#ring.wakeWorker()
    }
  }

  close(): Promise<void> {
    return this.#workers.close()
  }
}

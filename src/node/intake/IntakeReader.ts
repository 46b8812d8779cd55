import type { EntryRun } from '../../sequencer/index.ts'
import { type IntakeMemory, IntakeRing } from './IntakeRing.ts'

/** Takes transactions out of the ring in order of arrival, once their signers are recovered. On the sequencer's thread. */
export class IntakeReader {
  readonly #ring: IntakeRing
  /** Number of the next frame, counted from the ring's beginning. */
  #next = 0

  constructor(memory: IntakeMemory) {
    this.#ring = new IntakeRing(memory)
  }

  /** The runs of the next frame, none if all of it was refused; undefined while it isn't finished. */
  take(): EntryRun[] | undefined {
    const runs = this.#ring.take(this.#next)
    if (runs !== undefined) this.#next++
    return runs
  }
}

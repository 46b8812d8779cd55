import type { Histogram } from '../lib/index.ts'
import type { SequencerWatch, SequencerWork } from '../sequencer/index.ts'

/** Upper ends of the classes by which mini-blocks are late, in seconds. */
export const LATENESS_BOUNDS_S: readonly number[] = [
  ...[0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005],
  ...[0.01, 0.02, 0.05, 0.1, 0.5, 1],
]

/** Counts how late mini-blocks are sealed, and passes everything on to a watch that notes more, if there is one. */
export class SealWatch implements SequencerWatch {
  readonly #lateness: Histogram
  readonly #next: SequencerWatch | undefined

  constructor(lateness: Histogram, next: SequencerWatch | undefined) {
    this.#lateness = lateness
    this.#next = next
  }

  does(work: SequencerWork): void {
    this.#next?.does(work)
  }

  sealed(dueMs: number, nowMs: number): void {
    this.#lateness.observe(Math.max(0, nowMs - dueMs) / 1000)
    this.#next?.sealed(dueMs, nowMs)
  }
}

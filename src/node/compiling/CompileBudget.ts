import type { Clock } from '../../lib/index.ts'

/** Compiling takes at most this share of one core's time, in the long run. */
export const COMPILE_SHARE = 0.25
/** Time that wasn't taken is saved up for so long: at first, and after a quiet time, a burst of a quarter of it. */
export const COMPILE_WINDOW_MS = 10_000

/**
 * Says when the compiler may go on, so that a stream of new hot contracts can't take a core. Time is saved up at
 * {@link COMPILE_SHARE} and spent after the fact: one compilation, which has limits of its own, may overdraw it.
 */
export class CompileBudget {
  readonly #clock: Clock
  #savedMs = COMPILE_SHARE * COMPILE_WINDOW_MS
  #asOfUs: bigint

  constructor(clock: Clock) {
    this.#clock = clock
    this.#asOfUs = clock.nowUs()
  }

  spend(ms: number): void {
    this.#save()
    this.#savedMs -= ms
  }

  /** How long to wait before the next compilation, in ms; 0: it may begin. */
  get waitMs(): number {
    this.#save()
    return this.#savedMs > 0 ? 0 : Math.floor(-this.#savedMs / COMPILE_SHARE) + 1
  }

  #save(): void {
    const nowUs = this.#clock.nowUs()
    const passedMs = Number(nowUs - this.#asOfUs) / 1000
    this.#asOfUs = nowUs
    this.#savedMs = Math.min(COMPILE_SHARE * COMPILE_WINDOW_MS, this.#savedMs + passedMs * COMPILE_SHARE)
  }
}

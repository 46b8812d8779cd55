/** Batches of one way in a row when it is tried; the first half only warms caches and threads up. */
const TRIAL_BATCHES = 16
/** Batches of each way whose median counts: a processor that was taken away for a while must not decide. */
const RECENT_BATCHES = 8
/** Batches between two trials of the way that loses: doubled by every trial that it loses, up to the other. */
const FIRST_PAUSE = 256
const LONGEST_PAUSE = 4096
/** A trial ends when a batch takes so many times as long for its gas as the other way's. */
const HOPELESS = 1.3
/** Batches of a trial that don't end it: the first ones are always slower. */
const PATIENCE = 2
/** Threads are used where that takes less than this part of the time without: it must be worth a second core. */
const WORTHWHILE = 0.9

/** Decides batch by batch whether threads help, by how long both ways have taken lately for the same gas. */
export class ParallelChoice {
  /** Times per gas, oldest first. */
  readonly #serial: number[] = []
  readonly #parallel: number[] = []
  /** The way that is taken now, and for how many batches on. */
  #isParallel = false
  #left = TRIAL_BATCHES
  #isTrial = true
  #pause = FIRST_PAUSE

  /** Whether the next batch is to be executed in parallel. */
  next(): boolean {
    return this.#isParallel
  }

  /** What the batch took for which {@link next} was asked last; any unit of time. */
  record(time: number, gas: number): void {
    this.#left--
    const isWarm = !this.#isTrial || this.#left < RECENT_BATCHES
    if (gas > 0 && isWarm) this.#count(time / gas)
    if (this.#isTrial && gas > 0 && this.#isHopeless(time / gas)) {
      this.#endTrial(!this.#isParallel)
    } else if (this.#left > 0) {
      if (!this.#isTrial && this.#isParallel && !this.#isWorthwhile()) this.#endTrial(false)
    } else if (!this.#isTrial || this.#serial.length === 0 || this.#parallel.length === 0) {
      this.#try(!this.#isParallel)
    } else this.#endTrial(this.#isWorthwhile())
  }

  #count(timePerGas: number): void {
    const times = this.#isParallel ? this.#parallel : this.#serial
    // What it took long ago says little about now.
    if (this.#isTrial && this.#left === RECENT_BATCHES - 1) times.length = 0
    if (times.push(timePerGas) > RECENT_BATCHES) times.shift()
  }

  #isHopeless(timePerGas: number): boolean {
    const other = this.#isParallel ? this.#serial : this.#parallel
    const seen = TRIAL_BATCHES - this.#left
    return seen > PATIENCE && other.length > 0 && timePerGas > HOPELESS * median(other)
  }

  #isWorthwhile(): boolean {
    return median(this.#parallel) < WORTHWHILE * median(this.#serial)
  }

  #try(isParallel: boolean): void {
    this.#isParallel = isParallel
    this.#isTrial = true
    this.#left = TRIAL_BATCHES
  }

  /** Goes on with the better way until the other is tried again, later each time that it loses. */
  #endTrial(isParallel: boolean): void {
    const hasChanged = this.#isTrial && isParallel === this.#isParallel
    this.#pause = hasChanged ? FIRST_PAUSE : Math.min(2 * this.#pause, LONGEST_PAUSE)
    this.#isParallel = isParallel
    this.#left = this.#pause
    this.#isTrial = false
  }
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1]!
}

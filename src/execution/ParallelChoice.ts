/** Batches of one way in a row when it is tried; the first half only warms caches and threads up. */
const TRIAL_BATCHES = 8
/** Batches between two trials of the way that loses: doubled by every trial that it loses, up to the other. */
const FIRST_PAUSE = 256
const LONGEST_PAUSE = 4096
/** A trial ends when a batch takes so many times as long for its gas as the other way's. */
const HOPELESS = 1.3
/** What a batch takes counts this part in the running mean. */
const WEIGHT = 0.25
/** Threads are used where that takes less than this part of the time without: it must be worth a second core. */
const WORTHWHILE = 0.9

/** Decides batch by batch whether threads help, by how long both ways have taken lately for the same gas. */
export class ParallelChoice {
  /** Running means, time per gas; undefined: not tried yet. */
  #serial: number | undefined
  #parallel: number | undefined
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
    if (this.#isTrial && this.#isHopeless(time / gas)) this.#left = 0
    if (gas > 0 && !(this.#isTrial && this.#left >= TRIAL_BATCHES / 2)) this.#count(time / gas)
    if (this.#left > 0) return
    if (this.#isTrial) this.#decide()
    else this.#try(!this.#isParallel)
  }

  #count(timePerGas: number): void {
    const mean = this.#isParallel ? this.#parallel : this.#serial
    const next = mean === undefined ? timePerGas : mean + WEIGHT * (timePerGas - mean)
    if (this.#isParallel) this.#parallel = next
    else this.#serial = next
  }

  /** After the first batches, which are always slower. */
  #isHopeless(timePerGas: number): boolean {
    const other = this.#isParallel ? this.#serial : this.#parallel
    return this.#left < TRIAL_BATCHES - 2 && other !== undefined && timePerGas > HOPELESS * other
  }

  #try(isParallel: boolean): void {
    this.#isParallel = isParallel
    this.#isTrial = true
    this.#left = TRIAL_BATCHES
    // What it took long ago says little about now.
    if (isParallel) this.#parallel = undefined
    else this.#serial = undefined
  }

  /** After a trial: goes on with what is faster. */
  #decide(): void {
    if (this.#serial === undefined || this.#parallel === undefined) {
      this.#try(!this.#isParallel)
      return
    }
    const wasTried = this.#isParallel
    this.#isParallel = this.#parallel < WORTHWHILE * this.#serial
    this.#pause = this.#isParallel === wasTried ? FIRST_PAUSE : Math.min(2 * this.#pause, LONGEST_PAUSE)
    this.#left = this.#pause
    this.#isTrial = false
  }
}

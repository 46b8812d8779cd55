/**
 * Times of what gets faster while it runs: V8 compiles WebAssembly and JavaScript again in the background, better each
 * time. So first everything runs until that has stopped, then it is measured.
 */
import { setImmediate } from 'node:timers/promises'
import { median } from '../harness.ts'

/** Runs what is measured some times. */
export type Pass = (times: number) => void | Promise<void>

export type SteadyLimits = {
  /** A plateau before this does not count: the compiler may not have come to it yet. */
  minWarmUpMs: number
  maxWarmUpMs: number
  /** Measured passes, at least. */
  repeats: number
}

export type SteadyTiming = {
  /** Of one run: the median of the measured passes. */
  ms: number
  /** False: it was still getting faster, or was disturbed, when the time for warming up was over. */
  settled: boolean
}

/** Where nothing but that it works is of interest. */
export const TINY_LIMITS: SteadyLimits = { minWarmUpMs: 0, maxWarmUpMs: 0, repeats: 1 }

const WINDOW_PASSES = 5
/** A pass of less is made longer: the clock and the loop around would show. */
const MIN_PASS_MS = 2
const MAX_TIMES = 1 << 16
const MEASURE_MS = 100
/** Medians in a row that must be neither better than the best before by this part, nor worse by that. */
const PATIENCE = 3
const IMPROVEMENT = 0.02
/** Worse: the thread was held up, as when V8 puts new code into many modules at once. Says nothing either way. */
const DISTURBANCE = 0.1

/** Warms up until the median of successive windows of passes stops improving, then measures. */
export async function timeSteadily(pass: Pass, limits: SteadyLimits): Promise<SteadyTiming> {
  const plateau = new Plateau()
  const begin = performance.now()
  let times = 1
  let settled = false
  while (!settled && performance.now() - begin < limits.maxWarmUpMs) {
    const window: number[] = []
    for (let i = 0; i < WINDOW_PASSES && performance.now() - begin < limits.maxWarmUpMs; i++) {
      const ms = await timePass(pass, times)
      window.push(ms)
      if (ms * times < MIN_PASS_MS && times < MAX_TIMES) times *= 2
    }
    const flat = plateau.add(median(window))
    settled = flat && performance.now() - begin >= limits.minWarmUpMs
    // What was compiled in the background may need a turn of the event loop to come in.
    await setImmediate()
  }
  return { ms: await measurePasses(pass, times, limits), settled }
}

/** Tells when successive figures have stopped falling, and are not just held up. */
export class Plateau {
  #best = Number.POSITIVE_INFINITY
  #since = 0

  /** Whether this figure and those just before it were about as good as the best. */
  add(figure: number): boolean {
    if (figure < this.#best * (1 - IMPROVEMENT)) this.#since = 0
    else if (figure <= this.#best * (1 + DISTURBANCE)) this.#since++
    this.#best = Math.min(this.#best, figure)
    return this.#since >= PATIENCE
  }
}

async function measurePasses(
  pass: Pass,
  times: number,
  { repeats, maxWarmUpMs }: SteadyLimits,
): Promise<number> {
  const passes: number[] = []
  const begin = performance.now()
  const measureMs = Math.min(MEASURE_MS, maxWarmUpMs)
  while (passes.length < repeats || performance.now() - begin < measureMs) {
    passes.push(await timePass(pass, times))
  }
  return median(passes)
}

/** Milliseconds of one run, over `times` of them. */
async function timePass(pass: Pass, times: number): Promise<number> {
  const start = process.hrtime.bigint()
  const pending = pass(times)
  if (pending !== undefined) await pending
  return Number(process.hrtime.bigint() - start) / 1e6 / times
}

import { assert } from './assert.ts'

/** Wall time since the Unix epoch. Given to whoever needs the time, so that any run can be replayed. */
export interface Clock {
  /** Unix milliseconds, whole. */
  nowMs(): number
  /** Unix microseconds, whole; never smaller than what it gave before. */
  nowUs(): bigint
  /** The same in milliseconds with their fraction: a number, which is not garbage for a loop that asks all the time. */
  fineMs(): number
}

/** The machine's clock. Only `node` creates one. */
export function systemClock(): Clock {
  // performance.now() is monotonic and finer than a millisecond; its origin is wall time.
  const originUs = BigInt(Math.round(performance.timeOrigin * 1000))
  const nowUs = () => originUs + BigInt(Math.floor(performance.now() * 1000))
  const { timeOrigin } = performance
  return { nowMs: () => Number(nowUs() / 1000n), nowUs, fineMs: () => timeOrigin + performance.now() }
}

/** A clock that stands still until it is told to go on: for tests and simulations. */
export class ManualClock implements Clock {
  #nowUs: bigint

  constructor(startMs = 0) {
    this.#nowUs = BigInt(startMs) * 1000n
  }

  nowMs(): number {
    return Number(this.#nowUs / 1000n)
  }

  nowUs(): bigint {
    return this.#nowUs
  }

  fineMs(): number {
    return Number(this.#nowUs) / 1000
  }

  advanceMs(ms: number): void {
    this.advanceUs(BigInt(Math.round(ms * 1000)))
  }

  advanceUs(us: bigint): void {
    assert(us >= 0n, 'a clock only goes forward')
    this.#nowUs += us
  }
}

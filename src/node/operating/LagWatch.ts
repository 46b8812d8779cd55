import type { Tell } from '../events/index.ts'
import type { Lags } from './Health.ts'

/** Between two looks. */
const INTERVAL_MS = 1000
/** From here on it is told that a follower is behind; and from here down that it has caught up. */
const SLOW_MS = 2000
const CAUGHT_UP_MS = 1000

export type LagWatchOptions = {
  tell: Tell
  lags: () => Lags
  /** Transactions that were refused since the start because too many waited, and how many wait now. */
  overload: () => { refused: number; waiting: number }
}

/** Looks once a second whether somebody must be told that the node is behind, or refuses transactions. */
export class LagWatch {
  readonly #options: LagWatchOptions
  readonly #timer: NodeJS.Timeout
  #isSealingSlow = false
  #isDurableSlow = false
  #refused = 0

  constructor(options: LagWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.look(), INTERVAL_MS).unref()
  }

  look(): void {
    const { tell, lags, overload } = this.#options
    const { sealingMs, durableMs } = lags()
    if (isSlow(this.#isSealingSlow, sealingMs) !== this.#isSealingSlow) {
      this.#isSealingSlow = !this.#isSealingSlow
      tell(this.#isSealingSlow ? 'sealing_slow' : 'sealing_caught_up', { lagMs: Math.round(sealingMs) })
    }
    if (isSlow(this.#isDurableSlow, durableMs) !== this.#isDurableSlow) {
      this.#isDurableSlow = !this.#isDurableSlow
      tell(this.#isDurableSlow ? 'durable_slow' : 'durable_caught_up', { lagMs: Math.round(durableMs) })
    }
    const { refused, waiting } = overload()
    if (refused > this.#refused) tell('overloaded', { refused: refused - this.#refused, waiting })
    this.#refused = refused
  }

  close(): void {
    clearInterval(this.#timer)
    this.look()
  }
}

function isSlow(wasSlow: boolean, lagMs: number): boolean {
  return lagMs > (wasSlow ? CAUGHT_UP_MS : SLOW_MS)
}

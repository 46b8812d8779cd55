import { type Clock, systemClock } from '../lib/index.ts'

/** Unix time, as blocks have it. */
export function nowSeconds(clock: Clock = systemClock()): bigint {
  return BigInt(Math.floor(clock.nowMs() / 1000))
}

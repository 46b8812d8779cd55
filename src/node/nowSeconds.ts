import { systemClock } from '../lib/index.ts'

/** Unix time, as blocks have it. */
export function nowSeconds(): bigint {
  return BigInt(Math.floor(systemClock().nowMs() / 1000))
}

// Sums of many points for each of many pairs of signatures, as a tree: what is added in one step takes one inversion.
import { addMany, POINT } from './points'
import { spoilt } from './signatures'

/** By number in its sum, then by pair: at most 96 of each of 64 pairs. The sums come to stand in the first ones' places. */
export const leaves: usize = memory.data(96 * 160 * 64, 16)

// @ts-ignore: decorator
@inline
export function leafAt(number: u32, pair: u32, pairs: u32): usize {
  return leaves + <usize>(number * pairs + pair) * POINT
}

/** Sums the first `count` leaves of each pair: always those beyond a power of two into the ones before. */
export function sumLeaves(count: u32, pairs: u32): void {
  let left = count
  while (left > 1) {
    const half: u32 = 1 << (31 - clz(left - 1))
    addMany(pairs * (left - half), leaves, leafAt(half, 0, pairs), POINT, pairs, spoilt)
    left = half
  }
}

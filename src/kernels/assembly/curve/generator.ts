// Multiples of secp256k1's generator, by a table of it.
import { makeOdd } from './scalars'
import { leafAt } from './sums'
import { ENTRY, makeTables, takeEntries } from './tables'
import { makeWindows, multipleOf } from './windows'

const WINDOW: u32 = 8
/** Points that a multiple of the generator is the sum of. */
export const GENERATOR_LEAVES: u32 = 256 / WINDOW
const table: usize = memory.data(32 * 128 * 80, 16)

const generator: usize = memory.data(64, 8)
store<u64>(generator, 0x59f2815b16f81798)
store<u64>(generator, 0x029bfcdb2dce28d9, 8)
store<u64>(generator, 0x55a06295ce870b07, 16)
store<u64>(generator, 0x79be667ef9dcbbac, 24)
store<u64>(generator, 0x9c47d08ffb10d4b8, 32)
store<u64>(generator, 0xfd17b448a6855419, 40)
store<u64>(generator, 0x5da4fbfc0e1108a8, 48)
store<u64>(generator, 0x483ada7726a3c465, 56)

/** To be called before all else. */
export function makeGeneratorTable(): void {
  makeTables(generator, generator, WINDOW, GENERATOR_LEAVES, table, table)
}

/** Makes windows of a scalar below n (32 bytes, and 8 to use); -1 where its points are to be turned round, else 0. */
export function makeScalarWindows(scalar: usize): i32 {
  const turn = makeOdd(scalar)
  store<u64>(scalar, 0, 32)
  makeWindows(scalar, 256)
  return turn
}

/** Writes the points of two scalars' multiples, by their windows, as leaves of a pair, from number `first` on. */
export function plantGenerator(
  a: usize,
  aTurn: i32,
  b: usize,
  bTurn: i32,
  first: u32,
  pair: u32,
  pairs: u32,
): void {
  for (let i: u32 = 0; i < GENERATOR_LEAVES; i++) {
    const part = table + <usize>i * (ENTRY << (WINDOW - 1))
    const out = leafAt(first + i, pair, pairs)
    takeEntries(part, multipleOf(a, i, WINDOW), aTurn, part, multipleOf(b, i, WINDOW), bTurn, out)
  }
}

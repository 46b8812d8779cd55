/** Words, sizes and offsets at the borders where arithmetic goes wrong. */
import type { Prng } from '../../../src/lib/index.ts'

const WORD_BITS = 256
export const ALL_ONES: bigint = (1n << 256n) - 1n

/** Bit counts at which limbs, halves and signs begin. */
const BORDER_BITS = [
  1, 7, 8, 15, 16, 31, 32, 63, 64, 65, 95, 96, 127, 128, 129, 159, 160, 191, 192, 193, 254, 255,
]
const SHIFTS = [0n, 1n, 7n, 8n, 31n, 32n, 63n, 64n, 65n, 127n, 128n, 129n, 191n, 192n, 193n, 255n, 256n, 257n]
const HUGE = [
  1n << 31n,
  1n << 32n,
  (1n << 32n) + 1n,
  (1n << 63n) - 1n,
  1n << 63n,
  1n << 64n,
  (1n << 64n) + 1n,
  1n << 128n,
]
const LIMBS = [0n, 0n, 0n, 1n, 1n << 63n, (1n << 64n) - 1n]
const SELECTORS = [0xa9059cbbn, 0x70a08231n, 0x23b872ddn, 0x095ea7b3n]

/** A word that is worth trying: borders first, seldom just random bits. */
export function interestingWord(random: Prng): bigint {
  switch (random.nextInt(11)) {
    case 0:
    case 1:
      return BigInt(random.nextInt(4))
    case 2:
      return random.nextBigInt(8)
    case 3:
      return nearPower(random, random.pick(BORDER_BITS))
    case 4:
      return nearPower(random, random.nextInt(WORD_BITS))
    case 5:
      return BigInt.asUintN(WORD_BITS, -BigInt(1 + random.nextInt(3)))
    case 6:
      return signedBorder(random)
    case 7:
      return random.pick(SELECTORS) << (random.nextBool() ? 224n : 0n)
    case 8:
      return byLimbs(random)
    case 9:
      return random.nextBigInt(random.pick([16, 32, 64, 65, 128, 160, 192]))
    default:
      return random.nextBigInt(WORD_BITS)
  }
}

/** Each limb nothing, the least, the sign bit, or all bits: mistakes that look at some of the limbs show. */
function byLimbs(random: Prng): bigint {
  let word = 0n
  for (let i = 0; i < 4; i++) word = (word << 64n) | random.pick(LIMBS)
  return word
}

/** 2^bits - 1, 2^bits or 2^bits + 1. */
function nearPower(random: Prng, bits: number): bigint {
  return BigInt.asUintN(WORD_BITS, (1n << BigInt(bits)) + BigInt(random.nextInt(3) - 1))
}

/** The largest or smallest signed number of 64, 128 or 256 bits, give or take one. */
function signedBorder(random: Prng): bigint {
  const bits = BigInt(random.pick([64, 128, 256]))
  const most = (1n << (bits - 1n)) - 1n
  const value = random.nextBool() ? most : -most - 1n
  return BigInt.asUintN(WORD_BITS, value + BigInt(random.nextInt(3) - 1))
}

/** Low bits set: 2^n - 1. */
export function mask(random: Prng): bigint {
  return (1n << BigInt(random.nextInt(4) === 0 ? random.nextInt(257) : random.pick(BORDER_BITS))) - 1n
}

/** How far SHL, SHR, SAR shift, or which byte BYTE and SIGNEXTEND mean. */
export function shiftCount(random: Prng): bigint {
  const choice = random.nextInt(12)
  if (choice === 0) return random.pick(HUGE)
  if (choice === 1) return ALL_ONES - BigInt(random.nextInt(2))
  if (choice < 5) return BigInt(random.nextInt(40))
  return random.pick(SHIFTS)
}

/** An offset or size in memory: small, seldom beyond a page, hardly ever absurd. */
export function extent(random: Prng): bigint {
  const choice = random.nextInt(400)
  if (choice < 2) return random.pick(HUGE)
  if (choice < 6) return random.nextBigInt(20)
  if (choice < 40) return random.nextBigInt(12)
  if (choice < 160) return BigInt(32 * random.nextInt(8))
  if (choice < 220) return BigInt(Math.max(0, 32 * random.nextInt(6) + random.nextInt(3) - 1))
  return random.nextBigInt(7)
}

/** A slot of storage: few, so that they are met again. */
export function slot(random: Prng): bigint {
  if (random.nextInt(12) === 0) return interestingWord(random)
  return BigInt(random.nextInt(5))
}

// Elements of the field (field.ts) from and to whole numbers: four little-endian words of 64 bits, lowest first, as u256.ts has
// them.
import * as u256 from '../u256'
import { multiply, narrow } from './field'

const LIMB_MASK: u64 = 0x7ffffffffffff
const TOP_BITS: u32 = 52

/** The number 1, four words. */
export const ONE: usize = memory.data(32, 8)
store<u64>(ONE, 1)

/** 1/4 and 1 as they are, which is half of 1/2 and of 2: a product with them halves and doubles. */
const HALVES: usize = memory.data(80, 16)
const DOUBLES: usize = memory.data(80, 16)
const PRODUCT: usize = memory.data(80, 16)

const P: usize = memory.data(32, 8)
store<u64>(P, 0xfffffffefffffc2f)
store<u64>(P, -1, 8)
store<u64>(P, -1, 16)
store<u64>(P, -1, 24)

setHalves()
setLane(ONE, 0, DOUBLES)
setLane(ONE, 1, DOUBLES)

/** Makes an element of two numbers below 2^256. */
export function fromWords(first: usize, second: usize, out: usize): void {
  setLane(first, 0, out)
  setLane(second, 1, out)
  narrowInPlace(out)
  multiply(out, HALVES, out)
}

/** Writes the limbs of a number below 2^256 into one lane of `out`, whose other lane stays: those of an element of twice it. */
export function setLane(words: usize, lane: usize, out: usize): void {
  const w0 = load<u64>(words)
  const w1 = load<u64>(words, 8)
  const w2 = load<u64>(words, 16)
  const w3 = load<u64>(words, 24)
  const at = out + 8 * lane
  store<f64>(at, <f64>(w0 & LIMB_MASK))
  store<f64>(at, <f64>(((w0 >> 51) | (w1 << 13)) & LIMB_MASK), 16)
  store<f64>(at, <f64>(((w1 >> 38) | (w2 << 26)) & LIMB_MASK), 32)
  store<f64>(at, <f64>(((w2 >> 25) | (w3 << 39)) & LIMB_MASK), 48)
  store<f64>(at, <f64>(w3 >> (64 - TOP_BITS)), 64)
}

/** Writes both lanes, each as a number below p: the first to `words`, the second behind it. */
export function toWords(element: usize, words: usize): void {
  multiply(element, DOUBLES, PRODUCT)
  laneToWords(PRODUCT, words)
  laneToWords(PRODUCT + 8, words + 32)
}

function laneToWords(limbs: usize, words: usize): void {
  let limb = <i64>load<f64>(limbs)
  const l0 = <u64>limb & LIMB_MASK
  limb = <i64>load<f64>(limbs, 16) + (limb >> 51)
  const l1 = <u64>limb & LIMB_MASK
  limb = <i64>load<f64>(limbs, 32) + (limb >> 51)
  const l2 = <u64>limb & LIMB_MASK
  limb = <i64>load<f64>(limbs, 48) + (limb >> 51)
  const l3 = <u64>limb & LIMB_MASK
  const top = <i64>load<f64>(limbs, 64) + (limb >> 51)
  store<u64>(words, l0 | (l1 << 51))
  store<u64>(words, (l1 >> 13) | (l2 << 38), 8)
  store<u64>(words, (l2 >> 26) | (l3 << 25), 16)
  store<u64>(words, (l3 >> 39) | (<u64>top << 12), 24)
  // Its size is below 2^255 + 2^212, so that it is below p, and p more makes it positive.
  if (top < 0) u256.add(words, P, words)
}

/** (p + 1) / 4, which is 1/4 mod p. */
function setHalves(): void {
  const words = memory.data(32, 8)
  store<u64>(words, 0xffffffffbfffff0c)
  store<u64>(words, -1, 8)
  store<u64>(words, -1, 16)
  store<u64>(words, 0x3fffffffffffffff, 24)
  setLane(words, 0, HALVES)
  setLane(words, 1, HALVES)
  narrowInPlace(HALVES)
}

function narrowInPlace(element: usize): void {
  narrow(
    v128.load(element),
    v128.load(element, 16),
    v128.load(element, 32),
    v128.load(element, 48),
    v128.load(element, 64),
    element,
  )
}

// Elements of secp256k1's field, p = 2^256 - C with C = 2^32 + 977, two at a time: one in each lane of five vectors of doubles.
//
// Limb i weighs 2^(51 i) and is a whole number, positive or negative. *Narrow* elements have limbs 0 to 3 of at most 2^50 + 2^40
// in size, and limb 4 of at most 2^51 + 2^7: what `multiply` takes and gives.
//
// A fused multiply-add gives a product of two limbs exactly, in two halves: added to 1.5 · 2^103, whose last bit weighs 2^51,
// the product leaves its high half in the low bits of that double; what is missing then is the low half. Both are summed as
// integers, from which the doubles' own bits are taken off.
//
// 2^256 is congruent to C, but the high half of a product begins at 2^255. So an element a stands here as a / 2 mod p: twice
// the product of two such is again one, 2 (L + 2^255 H) = 2 L + C H.

/** Bytes of a pair of elements. */
export const ELEMENT: usize = 80

const C: f64 = 4294968273
const TWO_51: f64 = 2251799813685248
const TWO_52: f64 = 4503599627370496

/** Doubles from 2^103 to 2^104 have steps of 2^51; their bits, less those of 1.5 · 2^103, count them. */
const HIGH: f64 = 1.5 * 4503599627370496 * 2251799813685248
const HIGH_BITS: u64 = 0x4668000000000000
/** Doubles from 2^52 to 2^53 have steps of 1. */
const LOW: f64 = 1.5 * 4503599627370496
const LOW_BITS: u64 = 0x4338000000000000
/** For products of two limbs 4, and what is cut at 2^256: steps of 2^52. */
const TOP: f64 = 2 * HIGH

const LIMB_MASK: u64 = 0x7ffffffffffff
const TOP_LIMB_MASK: u64 = 0xfffffffffffff

// What is carried is made positive first: 2^60 is added to a limb, and with it 2^9 to what is carried at bit 51, and half of
// what a limb holds, to be taken off what is left, so that this is at most as large on either side.
const BIAS: u64 = 1 << 60
const CARRY_BIAS: u64 = 1 << 9
const HALF_LIMB: u64 = 1 << 50
const HALF_TOP_LIMB: u64 = 1 << 51

// V8 makes a constant vector anew wherever it is used, which takes three instructions: so they stand in memory, in both lanes.
const constants: usize = memory.data(16 * 27, 16)
const AT_HIGH: usize = constants
const AT_HIGH_AND_LOW: usize = constants + 16
const AT_TOP: usize = constants + 32
const AT_LOW: usize = constants + 48
const AT_C: usize = constants + 64
const AT_LIMB_MASK: usize = constants + 80
const AT_TOP_LIMB_MASK: usize = constants + 96
const AT_UNIT: usize = constants + 112
/** What a limb has too much once it is a double: the unit, and half of what it holds. */
const AT_LIMB_BIAS: usize = constants + 128
const AT_TOP_LIMB_BIAS: usize = constants + 144
const AT_CARRY_BIAS: usize = constants + 160
const AT_TOP_CARRY_BIAS: usize = constants + 176
const AT_BY_51: usize = constants + 192
const AT_BY_52: usize = constants + 208
const AT_LESS_51: usize = constants + 224
const AT_LESS_52: usize = constants + 240
/** What the nine sums of a product's halves begin with. */
const AT_START: usize = constants + 256
/** For `isFused`. */
const AT_FACTOR: usize = constants + 400
const AT_LESS_SQUARE: usize = constants + 416

setConstant(AT_HIGH, HIGH)
setConstant(AT_HIGH_AND_LOW, HIGH + LOW)
setConstant(AT_TOP, TOP)
setConstant(AT_LOW, LOW)
setConstant(AT_C, C)
setConstant(AT_LIMB_MASK, reinterpret<f64>(LIMB_MASK))
setConstant(AT_TOP_LIMB_MASK, reinterpret<f64>(TOP_LIMB_MASK))
setConstant(AT_UNIT, TWO_52)
setConstant(AT_LIMB_BIAS, TWO_52 + TWO_51 / 2)
setConstant(AT_TOP_LIMB_BIAS, TWO_52 + TWO_51)
setConstant(AT_CARRY_BIAS, TWO_52 + <f64>CARRY_BIAS)
setConstant(AT_TOP_CARRY_BIAS, TWO_52 + <f64>(BIAS >> 52))
setConstant(AT_BY_51, 1 / TWO_51)
setConstant(AT_BY_52, 1 / TWO_52)
setConstant(AT_LESS_51, -TWO_51)
setConstant(AT_LESS_52, -TWO_52)
setConstant(AT_FACTOR, 1 + 1 / <f64>(1 << 30))
setConstant(AT_LESS_SQUARE, -1 - 1 / <f64>(1 << 29))
// Less of what the doubles' bits add to them. The lower five are doubled later.
setStart(0, (HALF_LIMB + BIAS - 4 * LOW_BITS) / 2)
setStart(1, (HALF_LIMB + BIAS - CARRY_BIAS - 5 * LOW_BITS - 4 * HIGH_BITS) / 2)
setStart(2, (HALF_LIMB + BIAS - CARRY_BIAS - 7 * LOW_BITS - 5 * HIGH_BITS) / 2)
setStart(3, (HALF_LIMB + BIAS - CARRY_BIAS - 9 * LOW_BITS - 7 * HIGH_BITS) / 2)
setStart(4, (HALF_TOP_LIMB + BIAS - 11 * LOW_BITS - 9 * HIGH_BITS) / 2)
setStart(5, HALF_LIMB + BIAS - 4 * LOW_BITS - 5 * HIGH_BITS)
setStart(6, HALF_LIMB + BIAS - CARRY_BIAS - 3 * LOW_BITS - 4 * HIGH_BITS)
setStart(7, HALF_LIMB + BIAS - CARRY_BIAS - 2 * LOW_BITS - 3 * HIGH_BITS)
setStart(8, HALF_LIMB + BIAS - CARRY_BIAS - LOW_BITS - 2 * HIGH_BITS)

function setConstant(at: usize, value: f64): void {
  store<f64>(at, value)
  store<f64>(at, value, 8)
}

function setStart(limb: usize, bits: u64): void {
  store<u64>(AT_START + 16 * limb, bits)
  store<u64>(AT_START + 16 * limb, bits, 8)
}

/**
 * Whether this machine multiplies and adds with one rounding, which WebAssembly leaves to it: without, nothing here is exact,
 * and no other function may be called.
 */
export function isFused(): bool {
  // (1 + 2^-30)² - 1 - 2^-29 is 2^-60, but 0 where the square is rounded first. Out of memory, so that it is not worked out by
  // a compiler.
  const factor = v128.load(AT_FACTOR)
  return f64x2.extract_lane(f64x2.relaxed_madd(factor, factor, v128.load(AT_LESS_SQUARE)), 0) != 0
}

// @ts-ignore: decorator
@inline
export function copyElement(from: usize, to: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
  v128.store(to, v128.load(from, 32), 32)
  v128.store(to, v128.load(from, 48), 48)
  v128.store(to, v128.load(from, 64), 64)
}

/** out = a · b, of narrow elements; `out` may be one of them. */
export function multiply(a: usize, b: usize, out: usize): void {
  const a0 = v128.load(a)
  const a1 = v128.load(a, 16)
  const a2 = v128.load(a, 32)
  const a3 = v128.load(a, 48)
  const a4 = v128.load(a, 64)
  const b0 = v128.load(b)
  const b1 = v128.load(b, 16)
  const b2 = v128.load(b, 32)
  const b3 = v128.load(b, 48)
  const b4 = v128.load(b, 64)

  let t0 = v128.load(AT_START, 0)
  let t1 = v128.load(AT_START, 16)
  let t2 = v128.load(AT_START, 32)
  let t3 = v128.load(AT_START, 48)
  let t4 = v128.load(AT_START, 64)
  let t5 = v128.load(AT_START, 80)
  let t6 = v128.load(AT_START, 96)
  let t7 = v128.load(AT_START, 112)
  let t8 = v128.load(AT_START, 128)

  let high = highOf(a0, b0)
  t1 = i64x2.add(t1, high)
  t0 = i64x2.add(t0, lowOf(a0, b0, high))
  high = highOf(a0, b1)
  t2 = i64x2.add(t2, high)
  t1 = i64x2.add(t1, lowOf(a0, b1, high))
  high = highOf(a0, b2)
  t3 = i64x2.add(t3, high)
  t2 = i64x2.add(t2, lowOf(a0, b2, high))
  high = highOf(a0, b3)
  t4 = i64x2.add(t4, high)
  t3 = i64x2.add(t3, lowOf(a0, b3, high))
  high = highOf(a0, b4)
  t5 = i64x2.add(t5, high)
  t4 = i64x2.add(t4, lowOf(a0, b4, high))

  high = highOf(a1, b0)
  t2 = i64x2.add(t2, high)
  t1 = i64x2.add(t1, lowOf(a1, b0, high))
  high = highOf(a1, b1)
  t3 = i64x2.add(t3, high)
  t2 = i64x2.add(t2, lowOf(a1, b1, high))
  high = highOf(a1, b2)
  t4 = i64x2.add(t4, high)
  t3 = i64x2.add(t3, lowOf(a1, b2, high))
  high = highOf(a1, b3)
  t5 = i64x2.add(t5, high)
  t4 = i64x2.add(t4, lowOf(a1, b3, high))
  high = highOf(a1, b4)
  t6 = i64x2.add(t6, high)
  t5 = i64x2.add(t5, lowOf(a1, b4, high))

  high = highOf(a2, b0)
  t3 = i64x2.add(t3, high)
  t2 = i64x2.add(t2, lowOf(a2, b0, high))
  high = highOf(a2, b1)
  t4 = i64x2.add(t4, high)
  t3 = i64x2.add(t3, lowOf(a2, b1, high))
  high = highOf(a2, b2)
  t5 = i64x2.add(t5, high)
  t4 = i64x2.add(t4, lowOf(a2, b2, high))
  high = highOf(a2, b3)
  t6 = i64x2.add(t6, high)
  t5 = i64x2.add(t5, lowOf(a2, b3, high))
  high = highOf(a2, b4)
  t7 = i64x2.add(t7, high)
  t6 = i64x2.add(t6, lowOf(a2, b4, high))

  high = highOf(a3, b0)
  t4 = i64x2.add(t4, high)
  t3 = i64x2.add(t3, lowOf(a3, b0, high))
  high = highOf(a3, b1)
  t5 = i64x2.add(t5, high)
  t4 = i64x2.add(t4, lowOf(a3, b1, high))
  high = highOf(a3, b2)
  t6 = i64x2.add(t6, high)
  t5 = i64x2.add(t5, lowOf(a3, b2, high))
  high = highOf(a3, b3)
  t7 = i64x2.add(t7, high)
  t6 = i64x2.add(t6, lowOf(a3, b3, high))
  high = highOf(a3, b4)
  t8 = i64x2.add(t8, high)
  t7 = i64x2.add(t7, lowOf(a3, b4, high))

  high = highOf(a4, b0)
  t5 = i64x2.add(t5, high)
  t4 = i64x2.add(t4, lowOf(a4, b0, high))
  high = highOf(a4, b1)
  t6 = i64x2.add(t6, high)
  t5 = i64x2.add(t5, lowOf(a4, b1, high))
  high = highOf(a4, b2)
  t7 = i64x2.add(t7, high)
  t6 = i64x2.add(t6, lowOf(a4, b2, high))
  high = highOf(a4, b3)
  t8 = i64x2.add(t8, high)
  t7 = i64x2.add(t7, lowOf(a4, b3, high))
  high = topOf(a4, b4)
  t8 = i64x2.add(t8, topLowOf(a4, b4, high))
  reduce(t0, t1, t2, t3, t4, t5, t6, t7, t8, high, out)
}

/** out = a², of a narrow element; `out` may be it. Products of two different limbs are made once and counted twice. */
export function square(a: usize, out: usize): void {
  const a0 = v128.load(a)
  const a1 = v128.load(a, 16)
  const a2 = v128.load(a, 32)
  const a3 = v128.load(a, 48)
  const a4 = v128.load(a, 64)

  let high = highOf(a0, a1)
  let t2 = high
  let t1 = lowOf(a0, a1, high)
  high = highOf(a0, a2)
  let t3 = high
  t2 = i64x2.add(t2, lowOf(a0, a2, high))
  high = highOf(a0, a3)
  let t4 = high
  t3 = i64x2.add(t3, lowOf(a0, a3, high))
  high = highOf(a0, a4)
  let t5 = high
  t4 = i64x2.add(t4, lowOf(a0, a4, high))
  high = highOf(a1, a2)
  t4 = i64x2.add(t4, high)
  t3 = i64x2.add(t3, lowOf(a1, a2, high))
  high = highOf(a1, a3)
  t5 = i64x2.add(t5, high)
  t4 = i64x2.add(t4, lowOf(a1, a3, high))
  high = highOf(a1, a4)
  let t6 = high
  t5 = i64x2.add(t5, lowOf(a1, a4, high))
  high = highOf(a2, a3)
  t6 = i64x2.add(t6, high)
  t5 = i64x2.add(t5, lowOf(a2, a3, high))
  high = highOf(a2, a4)
  let t7 = high
  t6 = i64x2.add(t6, lowOf(a2, a4, high))
  high = highOf(a3, a4)
  let t8 = high
  t7 = i64x2.add(t7, lowOf(a3, a4, high))

  let t0 = v128.load(AT_START, 0)
  t1 = i64x2.add(i64x2.add(t1, t1), v128.load(AT_START, 16))
  t2 = i64x2.add(i64x2.add(t2, t2), v128.load(AT_START, 32))
  t3 = i64x2.add(i64x2.add(t3, t3), v128.load(AT_START, 48))
  t4 = i64x2.add(i64x2.add(t4, t4), v128.load(AT_START, 64))
  t5 = i64x2.add(i64x2.add(t5, t5), v128.load(AT_START, 80))
  t6 = i64x2.add(i64x2.add(t6, t6), v128.load(AT_START, 96))
  t7 = i64x2.add(i64x2.add(t7, t7), v128.load(AT_START, 112))
  t8 = i64x2.add(i64x2.add(t8, t8), v128.load(AT_START, 128))

  high = highOf(a0, a0)
  t1 = i64x2.add(t1, high)
  t0 = i64x2.add(t0, lowOf(a0, a0, high))
  high = highOf(a1, a1)
  t3 = i64x2.add(t3, high)
  t2 = i64x2.add(t2, lowOf(a1, a1, high))
  high = highOf(a2, a2)
  t5 = i64x2.add(t5, high)
  t4 = i64x2.add(t4, lowOf(a2, a2, high))
  high = highOf(a3, a3)
  t7 = i64x2.add(t7, high)
  t6 = i64x2.add(t6, lowOf(a3, a3, high))
  high = topOf(a4, a4)
  t8 = i64x2.add(t8, topLowOf(a4, a4, high))
  reduce(t0, t1, t2, t3, t4, t5, t6, t7, t8, high, out)
}

/** Writes the narrow element that is congruent to a product's sums; `high` is the high half of its limbs 4. */
// @ts-ignore: decorator
@inline
function reduce(
  t0: v128, t1: v128, t2: v128, t3: v128, t4: v128, t5: v128, t6: v128, t7: v128, t8: v128, high: v128, out: usize,
): void {
  // The upper five as doubles again.
  t6 = i64x2.add(t6, i64x2.shr_u(t5, 51))
  t7 = i64x2.add(t7, i64x2.shr_u(t6, 51))
  t8 = i64x2.add(t8, i64x2.shr_u(t7, 51))
  const h5 = limbOf(t5)
  const h6 = limbOf(t6)
  const h7 = limbOf(t7)
  const h8 = limbOf(t8)
  const h9 = f64x2.relaxed_madd(
    f64x2.sub(high, v128.load(AT_TOP)),
    v128.load(AT_BY_51),
    carryOf(i64x2.shr_u(t8, 51)),
  )

  // Twice the lower five, and C times the upper five.
  const c = v128.load(AT_C)
  high = highOf(h5, c)
  t1 = i64x2.add(i64x2.add(t1, t1), high)
  t0 = i64x2.add(i64x2.add(t0, t0), lowOf(h5, c, high))
  high = highOf(h6, c)
  t2 = i64x2.add(i64x2.add(t2, t2), high)
  t1 = i64x2.add(t1, lowOf(h6, c, high))
  high = highOf(h7, c)
  t3 = i64x2.add(i64x2.add(t3, t3), high)
  t2 = i64x2.add(t2, lowOf(h7, c, high))
  high = highOf(h8, c)
  t4 = i64x2.add(i64x2.add(t4, t4), high)
  t3 = i64x2.add(t3, lowOf(h8, c, high))
  high = topOf(h9, c)
  t4 = i64x2.add(t4, topLowOf(h9, c, high))

  // What is beyond 2^256 comes back as C times as much.
  const beyond = f64x2.relaxed_madd(
    f64x2.sub(high, v128.load(AT_TOP)),
    v128.load(AT_BY_52),
    f64x2.sub(v128.or(i64x2.shr_u(t4, 52), v128.load(AT_UNIT)), v128.load(AT_TOP_CARRY_BIAS)),
  )
  high = highOf(beyond, c)
  t1 = i64x2.add(t1, high)
  t0 = i64x2.add(t0, lowOf(beyond, c, high))

  t1 = i64x2.add(t1, i64x2.shr_u(t0, 51))
  t2 = i64x2.add(t2, i64x2.shr_u(t1, 51))
  t3 = i64x2.add(t3, i64x2.shr_u(t2, 51))
  v128.store(out, limbOf(t0))
  v128.store(out, limbOf(t1), 16)
  v128.store(out, limbOf(t2), 32)
  v128.store(out, limbOf(t3), 48)
  const top = f64x2.sub(
    v128.or(v128.and(t4, v128.load(AT_TOP_LIMB_MASK)), v128.load(AT_UNIT)),
    v128.load(AT_TOP_LIMB_BIAS),
  )
  v128.store(out, f64x2.add(top, carryOf(i64x2.shr_u(t3, 51))), 64)
}

/** out = a - b, narrow; `out` may be one of them. */
export function subtract(a: usize, b: usize, out: usize): void {
  narrow(
    f64x2.sub(v128.load(a), v128.load(b)),
    f64x2.sub(v128.load(a, 16), v128.load(b, 16)),
    f64x2.sub(v128.load(a, 32), v128.load(b, 32)),
    f64x2.sub(v128.load(a, 48), v128.load(b, 48)),
    f64x2.sub(v128.load(a, 64), v128.load(b, 64)),
    out,
  )
}

/** out = a - b - c, narrow; `out` may be one of them. */
export function subtractTwo(a: usize, b: usize, c: usize, out: usize): void {
  narrow(
    f64x2.sub(v128.load(a), f64x2.add(v128.load(b), v128.load(c))),
    f64x2.sub(v128.load(a, 16), f64x2.add(v128.load(b, 16), v128.load(c, 16))),
    f64x2.sub(v128.load(a, 32), f64x2.add(v128.load(b, 32), v128.load(c, 32))),
    f64x2.sub(v128.load(a, 48), f64x2.add(v128.load(b, 48), v128.load(c, 48))),
    f64x2.sub(v128.load(a, 64), f64x2.add(v128.load(b, 64), v128.load(c, 64))),
    out,
  )
}

/** out = a + factor · b, narrow; `factor` is at most 2 in size. `out` may be one of them. */
export function addMultiple(a: usize, b: usize, factor: f64, out: usize): void {
  const f = f64x2.splat(factor)
  narrow(
    f64x2.relaxed_madd(v128.load(b), f, v128.load(a)),
    f64x2.relaxed_madd(v128.load(b, 16), f, v128.load(a, 16)),
    f64x2.relaxed_madd(v128.load(b, 32), f, v128.load(a, 32)),
    f64x2.relaxed_madd(v128.load(b, 48), f, v128.load(a, 48)),
    f64x2.relaxed_madd(v128.load(b, 64), f, v128.load(a, 64)),
    out,
  )
}

/** Writes narrow limbs for such as are up to three times as large. What each carries it carries at once, and only once. */
// @ts-ignore: decorator
@inline
export function narrow(l0: v128, l1: v128, l2: v128, l3: v128, l4: v128, out: usize): void {
  const c0 = quotientOf(l0, AT_BY_51)
  const c1 = quotientOf(l1, AT_BY_51)
  const c2 = quotientOf(l2, AT_BY_51)
  const c3 = quotientOf(l3, AT_BY_51)
  const c4 = quotientOf(l4, AT_BY_52)
  const limb = v128.load(AT_LESS_51)
  v128.store(out, f64x2.relaxed_madd(c4, v128.load(AT_C), f64x2.relaxed_madd(c0, limb, l0)))
  v128.store(out, f64x2.add(f64x2.relaxed_madd(c1, limb, l1), c0), 16)
  v128.store(out, f64x2.add(f64x2.relaxed_madd(c2, limb, l2), c1), 32)
  v128.store(out, f64x2.add(f64x2.relaxed_madd(c3, limb, l3), c2), 48)
  v128.store(out, f64x2.add(f64x2.relaxed_madd(c4, v128.load(AT_LESS_52), l4), c3), 64)
}

/** value · scale, rounded to a whole number. */
// @ts-ignore: decorator
@inline
function quotientOf(value: v128, scale: usize): v128 {
  const rounder = v128.load(AT_LOW)
  return f64x2.sub(f64x2.relaxed_madd(value, v128.load(scale), rounder), rounder)
}

// @ts-ignore: decorator
@inline
function highOf(a: v128, b: v128): v128 {
  return f64x2.relaxed_madd(a, b, v128.load(AT_HIGH))
}

// @ts-ignore: decorator
@inline
function lowOf(a: v128, b: v128, high: v128): v128 {
  return f64x2.relaxed_madd(a, b, f64x2.sub(v128.load(AT_HIGH_AND_LOW), high))
}

// @ts-ignore: decorator
@inline
function topOf(a: v128, b: v128): v128 {
  return f64x2.relaxed_madd(a, b, v128.load(AT_TOP))
}

// @ts-ignore: decorator
@inline
function topLowOf(a: v128, b: v128, high: v128): v128 {
  return f64x2.add(f64x2.relaxed_madd(a, b, f64x2.sub(v128.load(AT_TOP), high)), v128.load(AT_LOW))
}

/** What is left of a sum at bit 51. */
// @ts-ignore: decorator
@inline
function limbOf(sum: v128): v128 {
  return f64x2.sub(
    v128.or(v128.and(sum, v128.load(AT_LIMB_MASK)), v128.load(AT_UNIT)),
    v128.load(AT_LIMB_BIAS),
  )
}

/** What is carried at bit 51, less its bias. */
// @ts-ignore: decorator
@inline
function carryOf(carry: v128): v128 {
  return f64x2.sub(v128.or(carry, v128.load(AT_UNIT)), v128.load(AT_CARRY_BIAS))
}

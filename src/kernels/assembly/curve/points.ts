// Points of secp256k1, two at a time as in field.ts: x and y, each a pair of elements. None is the point at infinity.
import * as u256 from '../u256'
import { setLane, toWords } from './convert'
import { addMultiple, ELEMENT, multiply, square, subtract, subtractTwo } from './field'

/** Bytes of a pair of points. */
export const POINT: usize = 2 * ELEMENT
const Y: usize = ELEMENT

/** Of each sum the difference of both x, and the product of all until then. */
const products: usize = memory.data(160 * 32 * 64, 16)

const inverse: usize = memory.data(80, 16)
const slope: usize = memory.data(80, 16)
const work: usize = memory.data(80, 16)

/**
 * Adds `count` points to as many others, which stand `stride` bytes apart; each sum takes the place of its first one. One
 * inversion serves all.
 *
 * The sum of two that have the same x (they are equal, or each other's negative) is worthless, and noted: the point pairs belong
 * to `width` things in turn, and of each lane of each there is a byte at `spoilt`, which becomes 1.
 */
export function addMany(count: u32, a: usize, b: usize, stride: usize, width: u32, spoilt: usize): void {
  for (let i: u32 = 0; i < count; i++)
    subtract(b + <usize>i * stride, a + <usize>i * stride, products + <usize>i * (2 * ELEMENT))
  if (!invertProduct(count)) {
    spoil(count, width, spoilt)
    invertProduct(count)
  }
  let at = products + <usize>(count - 1) * (2 * ELEMENT)
  for (let i = count - 1; i > 0; i--) {
    // 1 / (x2 - x1), and the inverse of the product of those before.
    multiply(inverse, at - ELEMENT, slope)
    multiply(inverse, at, inverse)
    at -= 2 * ELEMENT
    addWith(slope, a + <usize>i * stride, b + <usize>i * stride)
  }
  addWith(inverse, a, b)
}

/** Inverts the product of all differences; false where one of them is zero. */
function invertProduct(count: u32): bool {
  let at = products
  copyElement(at, at + ELEMENT)
  for (let i: u32 = 1; i < count; i++) {
    at += 2 * ELEMENT
    multiply(at - ELEMENT, at, at + ELEMENT)
  }
  return invert(at + ELEMENT, inverse)
}

/** Puts 1 in the place of differences that are zero. */
function spoil(count: u32, width: u32, spoilt: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = products + <usize>i * (2 * ELEMENT)
    toWords(at, words)
    for (let lane: usize = 0; lane < 2; lane++) {
      if (!u256.isZero(words + 32 * lane)) continue
      setLane(ONE, lane, at)
      store<u8>(spoilt + <usize>(2 * (i % width)) + lane, 1)
    }
  }
}

const ONE: usize = memory.data(32, 8)
store<u64>(ONE, 1)

/** a = a + b; `quotient` is 1 / (b.x - a.x), and not kept. */
function addWith(quotient: usize, a: usize, b: usize): void {
  subtract(b + Y, a + Y, work)
  multiply(work, quotient, quotient)
  square(quotient, work)
  subtractTwo(work, a, b, work)
  subtract(a, work, a)
  multiply(a, quotient, quotient)
  subtract(quotient, a + Y, a + Y)
  copyElement(work, a)
}

/** Doubles a point in Jacobian coordinates (X / Z², Y / Z³), one element behind the other ("dbl-2009-l"). */
export function doubleJacobian(point: usize): void {
  const y = point + ELEMENT
  const z = point + 2 * ELEMENT
  multiply(y, z, z)
  addMultiple(z, z, 1, z)
  square(y, y)
  // D = 4 X Y²
  multiply(point, y, slope)
  addMultiple(slope, slope, 1, slope)
  addMultiple(slope, slope, 1, slope)
  // E = 3 X²
  square(point, work)
  addMultiple(work, work, 2, work)
  square(work, point)
  addMultiple(point, slope, -2, point)
  // Y = E (D - X) - 8 Y⁴
  subtract(slope, point, slope)
  multiply(work, slope, work)
  square(y, y)
  addMultiple(y, y, 1, y)
  addMultiple(y, y, 1, y)
  addMultiple(work, y, -2, y)
}

/**
 * Writes the affine points of `count` Jacobian ones that stand one behind the other.
 *
 * @returns false where one of them is the point at infinity.
 */
export function toAffine(count: u32, points: usize, out: usize): bool {
  let at = products
  copyElement(points + 2 * ELEMENT, at)
  for (let i: u32 = 1; i < count; i++) {
    multiply(at, points + <usize>i * JACOBIAN + 2 * ELEMENT, at + ELEMENT)
    at += ELEMENT
  }
  if (!invert(at, inverse)) return false
  for (let i = count - 1; i > 0; i--) {
    const point = points + <usize>i * JACOBIAN
    at -= ELEMENT
    multiply(inverse, at, slope)
    multiply(inverse, point + 2 * ELEMENT, inverse)
    toAffineWith(slope, point, out + <usize>i * POINT)
  }
  toAffineWith(inverse, points, out)
  return true
}

/** `quotient` is 1 / Z. */
function toAffineWith(quotient: usize, point: usize, out: usize): void {
  square(quotient, work)
  multiply(point, work, out)
  multiply(quotient, work, work)
  multiply(point + ELEMENT, work, out + Y)
}

/** Bytes of a pair of Jacobian points. */
export const JACOBIAN: usize = 3 * ELEMENT

const x2: usize = memory.data(80, 16)
const x22: usize = memory.data(80, 16)
const x44: usize = memory.data(80, 16)
const power: usize = memory.data(80, 16)
const words: usize = memory.data(64, 8)

/** out = 1 / a, the power p - 2; false where one of both lanes is zero. */
function invert(a: usize, out: usize): bool {
  // xN is the power whose exponent has N ones. p - 2 has 223, a zero, 22, and 0000101101.
  square(a, x2)
  multiply(x2, a, x2)
  squareTimes(x2, 1, power)
  multiply(power, a, power) // x3
  copyElement(power, out)
  squareTimes(power, 3, power)
  multiply(power, out, power) // x6
  squareTimes(power, 3, power)
  multiply(power, out, power) // x9
  squareTimes(power, 2, power)
  multiply(power, x2, power) // x11
  squareTimes(power, 11, x22)
  multiply(x22, power, x22)
  squareTimes(x22, 22, x44)
  multiply(x44, x22, x44)
  squareTimes(x44, 44, power)
  multiply(power, x44, power) // x88
  copyElement(power, work)
  squareTimes(power, 88, power)
  multiply(power, work, power) // x176
  squareTimes(power, 44, power)
  multiply(power, x44, power) // x220
  squareTimes(power, 3, power)
  multiply(power, out, power) // x223
  squareTimes(power, 23, power)
  multiply(power, x22, power)
  squareTimes(power, 5, power)
  multiply(power, a, power)
  squareTimes(power, 3, power)
  multiply(power, x2, power)
  squareTimes(power, 2, power)
  multiply(power, a, out)
  multiply(a, out, power)
  toWords(power, words)
  return isOne(words) && isOne(words + 32)
}

function isOne(number: usize): bool {
  return (
    load<u64>(number) == 1 && (load<u64>(number, 8) | load<u64>(number, 16) | load<u64>(number, 24)) == 0
  )
}

function squareTimes(a: usize, times: u32, out: usize): void {
  square(a, out)
  for (let i: u32 = 1; i < times; i++) square(out, out)
}

// @ts-ignore: decorator
@inline
function copyElement(from: usize, to: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
  v128.store(to, v128.load(from, 32), 32)
  v128.store(to, v128.load(from, 48), 48)
  v128.store(to, v128.load(from, 64), 64)
}

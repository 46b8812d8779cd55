// Points of secp256k1, two at a time as in field.ts, and many at once, since then they need one inversion together. An affine
// point is x and y, each a pair of elements, and never the one at infinity; a Jacobian one x z², y z³ and z.
//
// In lanes where a formula fails (two points have the same x; one is at infinity) what comes of it is worthless, and noted: the
// points of a call belong to `width` pairs of things in turn, and of each lane of each pair there is a byte at `spoilt`, which
// becomes 1. The other lanes are not touched by it.
import * as u256 from '../u256'
import { ONE, setLane, toWords } from './convert'
import { addMultiple, copyElement, ELEMENT, multiply, square, subtract, subtractTwo } from './field'
import { invert } from './powers'

/** Bytes of a pair of points. */
export const POINT: usize = 2 * ELEMENT
export const JACOBIAN: usize = 3 * ELEMENT
const Y: usize = ELEMENT
const Z: usize = 2 * ELEMENT

// What is to be inverted, at most 33 of each of 64 pairs: each element, then the product of all until it.
const denominators: usize = memory.data(160 * 33 * 64, 16)
const DENOMINATOR: usize = 2 * ELEMENT

const inverse: usize = memory.data(80, 16)
const slope: usize = memory.data(80, 16)
const work: usize = memory.data(80, 16)
const more: usize = memory.data(80, 16)
const words: usize = memory.data(64, 8)

/** Adds `count` points to as many others, of which they take the places; all stand `stride` bytes apart. */
export function addMany(count: u32, sums: usize, others: usize, stride: usize, width: u32, spoilt: usize): void {
  for (let i: u32 = 0; i < count; i++)
    subtract(others + <usize>i * stride, sums + <usize>i * stride, denominatorAt(i))
  invertAll(count, width, spoilt)
  for (let i: u32 = 0; i < count; i++) {
    const sum = sums + <usize>i * stride
    const other = others + <usize>i * stride
    subtract(other + Y, sum + Y, slope)
    multiply(slope, denominatorAt(i), slope)
    square(slope, work)
    subtractTwo(work, sum, other, work)
    subtract(sum, work, more)
    multiply(more, slope, more)
    subtract(more, sum + Y, sum + Y)
    copyElement(work, sum)
  }
}

/** out = 2 · point, of `count` points that stand one behind the other. */
export function doubleMany(count: u32, points: usize, out: usize, width: u32, spoilt: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const y = points + <usize>i * POINT + Y
    addMultiple(y, y, 1, denominatorAt(i))
  }
  invertAll(count, width, spoilt)
  for (let i: u32 = 0; i < count; i++) {
    const point = points + <usize>i * POINT
    const double = out + <usize>i * POINT
    square(point, slope)
    addMultiple(slope, slope, 2, slope)
    multiply(slope, denominatorAt(i), slope)
    square(slope, work)
    addMultiple(work, point, -2, double)
    subtract(point, double, work)
    multiply(work, slope, work)
    subtract(work, point + Y, double + Y)
  }
}

/** Writes the affine points of `count` Jacobian ones; of each they stand one behind the other. */
export function toAffine(count: u32, points: usize, out: usize, width: u32, spoilt: usize): void {
  for (let i: u32 = 0; i < count; i++) copyElement(points + <usize>i * JACOBIAN + Z, denominatorAt(i))
  invertAll(count, width, spoilt)
  for (let i: u32 = 0; i < count; i++) {
    const point = points + <usize>i * JACOBIAN
    const affine = out + <usize>i * POINT
    square(denominatorAt(i), work)
    multiply(point, work, affine)
    multiply(denominatorAt(i), work, work)
    multiply(point + Y, work, affine + Y)
  }
}

/** Doubles a Jacobian point ("dbl-2009-l"). */
export function doubleJacobian(point: usize): void {
  const y = point + Y
  const z = point + Z
  multiply(y, z, z)
  square(point, work)
  square(y, y)
  addMultiple(z, z, 1, z)
  addMultiple(work, work, 2, work) // E = 3 X²
  addMultiple(y, y, 1, y) // 2 B = 2 Y²
  multiply(point, y, slope)
  square(work, point)
  square(y, more) // 4 B²
  addMultiple(slope, slope, 1, slope) // D = 4 X B
  addMultiple(point, slope, -2, point) // E² - 2 D
  subtract(slope, point, slope)
  multiply(work, slope, y)
  addMultiple(y, more, -2, y) // E (D - X) - 8 B²
}

/** Adds an affine point to a Jacobian one. */
export function addToJacobian(sum: usize, other: usize): void {
  const y = sum + Y
  const z = sum + Z
  square(z, work)
  multiply(z, work, more)
  multiply(other, work, work)
  multiply(other + Y, more, more)
  subtract(work, sum, work) // H
  subtract(more, y, more) // r
  multiply(z, work, z)
  square(work, slope) // H²
  multiply(work, slope, work) // H³
  multiply(sum, slope, slope) // V = X H²
  multiply(y, work, y)
  square(more, sum)
  subtractTwo(sum, work, slope, sum)
  subtract(sum, slope, sum) // r² - H³ - 2 V
  subtract(slope, sum, slope)
  multiply(more, slope, more)
  subtract(more, y, y) // r (V - X) - Y H³
}

// @ts-ignore: decorator
@inline
function denominatorAt(i: u32): usize {
  return denominators + <usize>i * DENOMINATOR
}

/** Puts the inverses of the first `count` denominators in their places. */
function invertAll(count: u32, width: u32, spoilt: usize): void {
  if (!invertProduct(count)) {
    spoil(count, width, spoilt)
    invertProduct(count)
  }
  for (let i = count - 1; i > 0; i--) {
    const at = denominatorAt(i)
    multiply(inverse, at, work)
    // By the product of all before.
    multiply(inverse, at - ELEMENT, at)
    copyElement(work, inverse)
  }
  copyElement(inverse, denominators)
}

/** Inverts the product of all denominators; false where one of them is zero. */
function invertProduct(count: u32): bool {
  copyElement(denominators, denominators + ELEMENT)
  let at = denominators
  for (let i: u32 = 1; i < count; i++) {
    at += DENOMINATOR
    multiply(at - ELEMENT, at, at + ELEMENT)
  }
  invert(at + ELEMENT, inverse)
  multiply(at + ELEMENT, inverse, work)
  toWords(work, words)
  return u256.eq(words, ONE) && u256.eq(words + 32, ONE)
}

/** Puts 1 in the place of denominators that are zero. */
function spoil(count: u32, width: u32, spoilt: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    toWords(denominatorAt(i), words)
    for (let lane: usize = 0; lane < 2; lane++) {
      if (!u256.isZero(words + 32 * lane)) continue
      setLane(ONE, lane, denominatorAt(i))
      store<u8>(spoilt + <usize>(2 * (i % width)) + lane, 1)
    }
  }
}

// Tables of the odd multiples of points: for each window of w bits those of 2^(w i) times the point, each in 80 bytes.
import { fromWords, ONE } from './convert'
import { ELEMENT } from './field'
import { addMany, doubleJacobian, JACOBIAN, POINT, toAffine } from './points'
import { spoilt } from './signatures'
import { sizeOf } from './windows'

/** Bytes of a point in a table: its x, then its y, five doubles each. */
export const ENTRY: usize = 80

/** For each window the point at its beginning, and twice it; at most 64. */
const jacobians: usize = memory.data(240 * 128, 16)
const affines: usize = memory.data(160 * 128, 16)
const point: usize = memory.data(240, 16)

/** Makes the tables of two points (x, y: four words each), which may be the same. */
export function makeTables(
  first: usize,
  second: usize,
  window: u32,
  windows: u32,
  firstTable: usize,
  secondTable: usize,
): void {
  setPoint(first, second)
  for (let i: u32 = 0; i < windows; i++) {
    const at = jacobians + <usize>(2 * i) * JACOBIAN
    memory.copy(at, point, JACOBIAN)
    doubleJacobian(point)
    memory.copy(at + JACOBIAN, point, JACOBIAN)
    for (let bit: u32 = 1; bit < window; bit++) doubleJacobian(point)
  }
  // None of these multiples is at infinity, and no two that are added are the same: nothing is spoilt.
  toAffine(2 * windows, jacobians, affines, 1, spoilt)
  const half: u32 = 1 << (window - 1)
  keepPoints(0, half, windows, firstTable, secondTable)
  for (let entry: u32 = 1; entry < half; entry++) {
    addMany(windows, affines, affines + POINT, 2 * POINT, 1, spoilt)
    keepPoints(entry, half, windows, firstTable, secondTable)
  }
}

function setPoint(first: usize, second: usize): void {
  fromWords(first, second, point)
  fromWords(first + 32, second + 32, point + ELEMENT)
  fromWords(ONE, ONE, point + 2 * ELEMENT)
}

/** Writes one entry of each window's into both tables. */
function keepPoints(entry: u32, half: u32, windows: u32, first: usize, second: usize): void {
  for (let window: u32 = 0; window < windows; window++) {
    const affine = affines + <usize>(2 * window) * POINT
    const at = <usize>(window * half + entry) * ENTRY
    for (let i: usize = 0; i < 10; i++) {
      const limbs = v128.load(affine + 16 * i)
      store<f64>(first + at + 8 * i, f64x2.extract_lane(limbs, 0))
      store<f64>(second + at + 8 * i, f64x2.extract_lane(limbs, 1))
    }
  }
}

/** Writes a pair of points out of two tables: these multiples (windows.ts), turned round where `turn` is -1. */
// @ts-ignore: decorator
@inline
export function takeEntries(
  first: usize,
  firstMultiple: i32,
  firstTurn: i32,
  second: usize,
  secondMultiple: i32,
  secondTurn: i32,
  out: usize,
): void {
  const a = first + sizeOf(firstMultiple) * ENTRY
  const b = second + sizeOf(secondMultiple) * ENTRY
  const signs = signsOf(firstMultiple ^ firstTurn, secondMultiple ^ secondTurn)
  v128.store(out, both(a, b))
  v128.store(out, both(a + 8, b + 8), 16)
  v128.store(out, both(a + 16, b + 16), 32)
  v128.store(out, both(a + 24, b + 24), 48)
  v128.store(out, both(a + 32, b + 32), 64)
  v128.store(out, v128.xor(both(a + 40, b + 40), signs), 80)
  v128.store(out, v128.xor(both(a + 48, b + 48), signs), 96)
  v128.store(out, v128.xor(both(a + 56, b + 56), signs), 112)
  v128.store(out, v128.xor(both(a + 64, b + 64), signs), 128)
  v128.store(out, v128.xor(both(a + 72, b + 72), signs), 144)
}

/** A double of each. */
// @ts-ignore: decorator
@inline
export function both(a: usize, b: usize): v128 {
  return v128.load64_lane(b, v128.load64_zero(a), 1)
}

/** Sign bits of two numbers. */
// @ts-ignore: decorator
@inline
export function signsOf(a: i32, b: i32): v128 {
  return v128.and(i64x2.replace_lane(i64x2.splat(<i64>a), 1, <i64>b), i64x2.splat(i64.MIN_VALUE))
}

// The keys that made signatures: Q = (s R - hash G) / r, where R is the point whose x is r.
//
// The scalar s / r is split into two of half the length, and R gets a small table, so that R's part takes 128 doublings and 33
// additions; what is added are sums of two points, which are made before, for all at once. Where a formula fails for a signature
// (nothing is R; its points are the same) nothing is known of its key.
import * as u256 from '../u256'
import { fromWords, ONE, toWords } from './convert'
import { addMultiple, copyElement, ELEMENT, multiply, square, subtract } from './field'
import { GENERATOR_LEAVES, makeScalarWindows, plantGenerator } from './generator'
import { addMany, addToJacobian, doubleJacobian, doubleMany, JACOBIAN, POINT, toAffine } from './points'
import { squareRoots } from './powers'
import { invertScalars, multiplyScalars } from './scalars'
import {
  SIGNATURE_HASH,
  SIGNATURE_PARITY,
  SIGNATURE_R,
  SIGNATURE_S,
  SIGNATURES,
  signatureAt,
  spoilt,
  verdicts,
} from './signatures'
import { BETA, HALF_BITS, splitScalar } from './split'
import { leafAt, leaves, sumLeaves } from './sums'
import { both, signsOf } from './tables'
import { makeWindows, multipleOf, sizeOf } from './windows'

/** Keys that were recovered, x and y each, big-endian. */
const recovered: usize = memory.data(64 * 128)

const WINDOW: u32 = 4
const WINDOWS: u32 = HALF_BITS / WINDOW
const MULTIPLES: u32 = 1 << (WINDOW - 1)

// Of each signature: 1 / r, 32 bytes to use, the windows of the generator's scalar, behind which stands whether its points are to
// be turned round, and those of both halves of R's scalar.
const SCALARS_BYTES: usize = 192
const GENERATOR_PART: usize = 64
const TURN: usize = 40 // i32: -1 or 0
const FIRST_HALF: usize = 112
const SECOND_HALF: usize = 152
const scalars: usize = memory.data(192 * 128, 8)

// Of each pair: y² of R; R's odd multiples and the x of λ times each, by multiple and then by pair; 2 R; a Jacobian sum.
const squares: usize = memory.data(80 * 64, 16)
const roots: usize = memory.data(80 * 64, 16)
const multiples: usize = memory.data(160 * 8 * 64, 16)
const turnedX: usize = memory.data(80 * 8 * 64, 16)
const doubles: usize = memory.data(160 * 64, 16)
const sums: usize = memory.data(240 * 64, 16)

const words: usize = memory.data(64, 8)
const one: usize = memory.data(80, 16)
const seven: usize = memory.data(80, 16)
const beta: usize = memory.data(80, 16)
fromWords(ONE, ONE, one)
u256.setU64(7, words)
fromWords(words, words, seven)
fromWords(BETA, BETA, beta)

export function recoveredOffset(): usize {
  return recovered
}

/** Writes the verdicts of `count` signatures, and the keys of those that it knows. */
export function recoverKeys(count: u32): void {
  memory.fill(spoilt, 0, SIGNATURES)
  for (let i: u32 = 0; i < count; i++) u256.fromBytes32(signatureAt(i) + SIGNATURE_R, scalarsAt(i))
  const pairs = (count + 1) / 2
  findPoints(pairs, count)
  makeScalars(count)
  makeMultiples(pairs)
  // An odd one is its own neighbour.
  for (let pair: u32 = 0; pair < pairs; pair++) plantPair(pair, pairs, 2 * pair, min(2 * pair + 1, count - 1))
  addMany(WINDOWS * pairs, leaves, leafAt(WINDOWS, 0, pairs), POINT, pairs, spoilt)
  sumWindows(pairs)
  // The generator's part, and R's behind it.
  toAffine(pairs, sums, leafAt(GENERATOR_LEAVES, 0, pairs), pairs, spoilt)
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const a = scalarsAt(2 * pair) + GENERATOR_PART
    const b = scalarsAt(min(2 * pair + 1, count - 1)) + GENERATOR_PART
    plantGenerator(a, load<i32>(a, TURN), b, load<i32>(b, TURN), 0, pair, pairs)
  }
  sumLeaves(GENERATOR_LEAVES + 1, pairs)
  for (let pair: u32 = 0; pair < pairs; pair++) tell(pair, pairs, 2 * pair, min(2 * pair + 1, count - 1))
}

// @ts-ignore: decorator
@inline
function scalarsAt(i: u32): usize {
  return scalars + <usize>i * SCALARS_BYTES
}

// @ts-ignore: decorator
@inline
function multipleAt(multiple: u32, pair: u32, pairs: u32): usize {
  return multiples + <usize>(multiple * pairs + pair) * POINT
}

/** Finds the points R: y² = x³ + 7, of which the y of the signature's parity. */
function findPoints(pairs: u32, count: u32): void {
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const point = multipleAt(0, pair, pairs)
    const squared = squares + <usize>pair * ELEMENT
    fromWords(scalarsAt(2 * pair), scalarsAt(min(2 * pair + 1, count - 1)), point)
    square(point, squared)
    multiply(squared, point, squared)
    addMultiple(squared, seven, 1, squared)
  }
  squareRoots(squares, pairs, roots)
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const root = roots + <usize>pair * ELEMENT
    const point = multipleAt(0, pair, pairs)
    toWords(root, words)
    const signs = signsOf(
      isOther(words, 2 * pair),
      isOther(words + 32, min(2 * pair + 1, count - 1)),
    )
    for (let limb: usize = 0; limb < ELEMENT; limb += 16)
      v128.store(point + ELEMENT + limb, v128.xor(v128.load(root + limb), signs))
    square(root, root)
    subtract(root, squares + <usize>pair * ELEMENT, root)
    toWords(root, words)
    for (let lane: usize = 0; lane < 2; lane++)
      if (!u256.isZero(words + 32 * lane)) store<u8>(spoilt + <usize>(2 * pair) + lane, 1)
  }
}

/** -1 where a y isn't that of the signature. */
function isOther(y: usize, signature: u32): i32 {
  return <u32>(load<u64>(y) & 1) == load<u32>(signatureAt(signature), SIGNATURE_PARITY) ? 0 : -1
}

function makeScalars(count: u32): void {
  invertScalars(count, scalars, SCALARS_BYTES)
  for (let i: u32 = 0; i < count; i++) {
    const own = scalarsAt(i)
    const generatorPart = own + GENERATOR_PART
    u256.fromBytes32(signatureAt(i) + SIGNATURE_HASH, generatorPart)
    multiplyScalars(generatorPart, own, generatorPart)
    // It is taken off.
    store<i32>(generatorPart, ~makeScalarWindows(generatorPart), TURN)
    u256.fromBytes32(signatureAt(i) + SIGNATURE_S, words)
    multiplyScalars(words, own, words)
    splitScalar(words, own + FIRST_HALF, own + SECOND_HALF)
    makeWindows(own + FIRST_HALF, HALF_BITS)
    makeWindows(own + SECOND_HALF, HALF_BITS)
  }
}

/** Makes 3 R, 5 R and so on, and the x of λ times each. */
function makeMultiples(pairs: u32): void {
  doubleMany(pairs, multiples, doubles, pairs, spoilt)
  for (let multiple: u32 = 1; multiple < MULTIPLES; multiple++) {
    memory.copy(multipleAt(multiple, 0, pairs), multipleAt(multiple - 1, 0, pairs), <usize>pairs * POINT)
    addMany(pairs, multipleAt(multiple, 0, pairs), doubles, POINT, pairs, spoilt)
  }
  for (let i: u32 = 0; i < MULTIPLES * pairs; i++)
    multiply(multiples + <usize>i * POINT, beta, turnedX + <usize>i * ELEMENT)
}

/** Writes the points of both halves' windows for two signatures. */
function plantPair(pair: u32, pairs: u32, first: u32, second: u32): void {
  const a = scalarsAt(first)
  const b = scalarsAt(second)
  for (let i: u32 = 0; i < WINDOWS; i++) {
    takeMultiples(a + FIRST_HALF, b + FIRST_HALF, i, multiples, POINT, pair, pairs, leafAt(i, pair, pairs))
    const turned = leafAt(WINDOWS + i, pair, pairs)
    takeMultiples(a + SECOND_HALF, b + SECOND_HALF, i, turnedX, ELEMENT, pair, pairs, turned)
  }
}

/** Writes the multiples of a pair's points that two windows stand for; their x stand at `xs`, `xBytes` apart. */
// @ts-ignore: decorator
@inline
function takeMultiples(
  a: usize,
  b: usize,
  window: u32,
  xs: usize,
  xBytes: usize,
  pair: u32,
  pairs: u32,
  out: usize,
): void {
  const aMultiple = multipleOf(a, window, WINDOW)
  const bMultiple = multipleOf(b, window, WINDOW)
  const aIndex = sizeOf(aMultiple) * pairs + pair
  const bIndex = sizeOf(bMultiple) * pairs + pair
  takeX(xs + aIndex * xBytes, xs + bIndex * xBytes, out)
  const ys = multiples + ELEMENT
  takeY(ys + aIndex * POINT, ys + bIndex * POINT, signsOf(aMultiple, bMultiple), out)
}

/** The first lane of one element and the second of another. */
// @ts-ignore: decorator
@inline
function takeX(a: usize, b: usize, out: usize): void {
  v128.store(out, both(a, b + 8))
  v128.store(out, both(a + 16, b + 24), 16)
  v128.store(out, both(a + 32, b + 40), 32)
  v128.store(out, both(a + 48, b + 56), 48)
  v128.store(out, both(a + 64, b + 72), 64)
}

// @ts-ignore: decorator
@inline
function takeY(a: usize, b: usize, signs: v128, out: usize): void {
  v128.store(out, v128.xor(both(a, b + 8), signs), 80)
  v128.store(out, v128.xor(both(a + 16, b + 24), signs), 96)
  v128.store(out, v128.xor(both(a + 32, b + 40), signs), 112)
  v128.store(out, v128.xor(both(a + 48, b + 56), signs), 128)
  v128.store(out, v128.xor(both(a + 64, b + 72), signs), 144)
}

/** Sums the windows' points, the highest window first. Step by step for all, none of which waits for another. */
function sumWindows(pairs: u32): void {
  for (let pair: u32 = 0; pair < pairs; pair++) {
    const sum = sumAt(pair)
    memory.copy(sum, leafAt(WINDOWS - 1, pair, pairs), POINT)
    copyElement(one, sum + POINT)
  }
  for (let window: i32 = WINDOWS - 2; window >= 0; window--) {
    for (let bit: u32 = 0; bit < WINDOW; bit++)
      for (let pair: u32 = 0; pair < pairs; pair++) doubleJacobian(sumAt(pair))
    for (let pair: u32 = 0; pair < pairs; pair++) addToJacobian(sumAt(pair), leafAt(window, pair, pairs))
  }
}

// @ts-ignore: decorator
@inline
function sumAt(pair: u32): usize {
  return sums + <usize>pair * JACOBIAN
}

function tell(pair: u32, pairs: u32, first: u32, second: u32): void {
  const sum = leafAt(0, pair, pairs)
  for (let i: usize = 0; i < 2; i++) {
    toWords(sum + i * ELEMENT, words)
    u256.toBytes32(words, recovered + <usize>first * 64 + 32 * i)
    u256.toBytes32(words + 32, recovered + <usize>second * 64 + 32 * i)
  }
  store<u8>(verdicts + first, load<u8>(spoilt + <usize>(2 * pair)) ^ 1)
  store<u8>(verdicts + second, load<u8>(spoilt + <usize>(2 * pair), 1) ^ 1)
}

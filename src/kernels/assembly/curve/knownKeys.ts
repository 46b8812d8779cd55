// Whether known keys made signatures, for many at once. A key has a table of its multiples, as the generator has: a signature
// takes 95 additions of points then, and no doubling. Those of all signatures of a call are done side by side, in seven levels
// of a tree, each of which takes one inversion.
//
// "No" means little: where two points of a signature's sum are the same nothing is known of it, and who hears it recovers the
// key.
import * as u256 from '../u256'
import { finish, setLane, toWords } from './convert'
import { ELEMENT } from './field'
import { addMany, doubleJacobian, JACOBIAN, POINT, toAffine } from './points'
import { invertScalar, multiplyScalars, N } from './scalars'

/** Signatures that are looked at in one call. */
const SIGNATURES: u32 = 128

// A signature, as the host writes it. Numbers are big-endian.
const SIGNATURE_BYTES: usize = 112
const SIGNATURE_TABLE: usize = 0 // u32: number of its key's table
const SIGNATURE_PARITY: usize = 4 // u32, of R's y
const SIGNATURE_R: usize = 8
const SIGNATURE_S: usize = 40
const SIGNATURE_HASH: usize = 72
const signatures: usize = memory.data(112 * 128, 16)
/** Of each a byte: 1 yes, 0 not known. */
const verdicts: usize = memory.data(128)
/** Two keys whose tables are made, x and y each, big-endian. */
const keys: usize = memory.data(128)

// A table has multiples k · 2^(w i) of a point for each window i of w bits and the odd k below 2^w, a point in 80 bytes: its x,
// then its y, five doubles each.
const ENTRY: usize = 80
const KEY_WINDOW: u32 = 4
const KEY_LEAVES: u32 = (256 + KEY_WINDOW - 1) / KEY_WINDOW
const KEY_TABLE: usize = <usize>KEY_LEAVES * (1 << (KEY_WINDOW - 1)) * ENTRY
const GENERATOR_WINDOW: u32 = 8
const GENERATOR_LEAVES: u32 = (256 + GENERATOR_WINDOW - 1) / GENERATOR_WINDOW
const generatorTable: usize = memory.data(32 * 128 * 80, 16)
const LEAVES: u32 = KEY_LEAVES + GENERATOR_LEAVES

/** Of each pair of signatures its leaves, later their sums. */
const leaves: usize = memory.data(96 * 160 * 64, 16)

/** Of each lane of each pair whether two points of its sum were the same. */
const spoilt: usize = memory.data(128)

/** Tables of keys, up to the end of memory, which grows. */
const TABLES: usize = 3 << 20

// Of each signature: s, u1 = hash / s, u2 = r / s, and the product of all s until it; later the windows of u1 and u2.
const SCALARS_BYTES: usize = 144
const S: usize = 0
const U1: usize = 32 // 40 bytes, for windows that are more than 256 bits together
const U2: usize = 72
const PRODUCT: usize = 112
/** How a scalar's points are turned: i32, 0 or -1. */
const U1_TURN: usize = 112
const U2_TURN: usize = 116
const scalars: usize = memory.data(144 * 128, 8)
const inverse: usize = memory.data(32, 8)

const generator: usize = memory.data(64, 8)
store<u64>(generator, 0x59f2815b16f81798)
store<u64>(generator, 0x029bfcdb2dce28d9, 8)
store<u64>(generator, 0x55a06295ce870b07, 16)
store<u64>(generator, 0x79be667ef9dcbbac, 24)
store<u64>(generator, 0x9c47d08ffb10d4b8, 32)
store<u64>(generator, 0xfd17b448a6855419, 40)
store<u64>(generator, 0x5da4fbfc0e1108a8, 48)
store<u64>(generator, 0x483ada7726a3c465, 56)

const coordinates: usize = memory.data(128, 8)
const jacobian: usize = memory.data(240, 16)

export function signaturesOffset(): usize {
  return signatures
}

export function signaturesLimit(): u32 {
  return SIGNATURES
}

export function verdictsOffset(): usize {
  return verdicts
}

export function keysOffset(): usize {
  return keys
}

/** To be called before all else. */
export function makeGeneratorTable(): void {
  setPoint(generator, generator)
  makeTables(GENERATOR_WINDOW, GENERATOR_LEAVES, generatorTable, generatorTable)
}

/** Makes the tables of both keys at `keys`, which must be points of the curve; false where memory has no room for them. */
export function learnKeys(first: u32, second: u32): bool {
  const firstTable = tableOf(first)
  const secondTable = tableOf(second)
  if (!reserve(max(firstTable, secondTable) + KEY_TABLE)) return false
  for (let i: usize = 0; i < 4; i++) u256.fromBytes32(keys + 32 * i, coordinates + 32 * i)
  setPoint(coordinates, coordinates + 64)
  return makeTables(KEY_WINDOW, KEY_LEAVES, firstTable, secondTable)
}

/** Has memory up to `end`; false where there is none. It grows by the mebibyte, since each time takes as long as a table. */
function reserve(end: usize): bool {
  const missing = <i32>((end + 0xffff) >> 16) - memory.size()
  return missing <= 0 || memory.grow((missing + 15) & ~15) >= 0
}

function tableOf(place: u32): usize {
  return TABLES + <usize>place * KEY_TABLE
}

/** Both points, by their coordinates, with z = 1. */
function setPoint(first: usize, second: usize): void {
  u256.setU64(1, inverse)
  for (let i: usize = 0; i < 2; i++) {
    setLane(first + 32 * i, 0, jacobian + i * ELEMENT)
    setLane(second + 32 * i, 1, jacobian + i * ELEMENT)
    setLane(inverse, i, jacobian + 2 * ELEMENT)
  }
  for (let i: usize = 0; i < 3; i++) finish(jacobian + i * ELEMENT)
}

function makeTables(window: u32, windows: u32, first: usize, second: usize): bool {
  // For each window the point at its beginning, and twice it, one behind the other.
  const bases = leaves + 128 * JACOBIAN
  for (let i: u32 = 0; i < windows; i++) {
    const at = bases + <usize>(2 * i) * JACOBIAN
    memory.copy(at, jacobian, JACOBIAN)
    doubleJacobian(jacobian)
    memory.copy(at + JACOBIAN, jacobian, JACOBIAN)
    for (let bit: u32 = 1; bit < window; bit++) doubleJacobian(jacobian)
  }
  if (!toAffine(2 * windows, bases, leaves)) return false
  const odd: u32 = 1 << (window - 1)
  keepPoints(0, odd, windows, first, second)
  for (let entry: u32 = 1; entry < odd; entry++) {
    // Multiples of a point that are the same there are none, so that nothing is spoilt.
    addMany(windows, leaves, leaves + POINT, 2 * POINT, 1, spoilt)
    keepPoints(entry, odd, windows, first, second)
  }
  return true
}

/** Writes one entry of each window's into both tables. */
function keepPoints(entry: u32, odd: u32, windows: u32, first: usize, second: usize): void {
  for (let i: u32 = 0; i < windows; i++)
    keepPoint(leaves + <usize>(2 * i) * POINT, first, second, i * odd + entry)
}

function keepPoint(point: usize, first: usize, second: usize, entry: u32): void {
  const at = <usize>entry * ENTRY
  for (let i: usize = 0; i < 10; i++) {
    const limbs = v128.load(point + 16 * i)
    store<f64>(first + at + 8 * i, f64x2.extract_lane(limbs, 0))
    store<f64>(second + at + 8 * i, f64x2.extract_lane(limbs, 1))
  }
}

/** Writes the verdicts of `count` signatures, r and s of each in 1..n-1, its table made. */
export function verify(count: u32): void {
  memory.fill(spoilt, 0, SIGNATURES)
  makeScalars(count)
  const pairs = (count + 1) / 2
  // An odd one is its own neighbour.
  for (let pair: u32 = 0; pair < pairs; pair++) plantLeaves(pair, pairs, 2 * pair, min(2 * pair + 1, count - 1))
  sumLeaves(pairs)
  for (let pair: u32 = 0; pair < pairs; pair++) judge(pair, 2 * pair, min(2 * pair + 1, count - 1))
}

function makeScalars(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const signature = signatures + <usize>i * SIGNATURE_BYTES
    const own = scalars + <usize>i * SCALARS_BYTES
    u256.fromBytes32(signature + SIGNATURE_S, own + S)
    u256.fromBytes32(signature + SIGNATURE_HASH, own + U1)
    u256.fromBytes32(signature + SIGNATURE_R, own + U2)
    if (i == 0) u256.copy(own + S, own + PRODUCT)
    else multiplyScalars(own + S, own + PRODUCT - SCALARS_BYTES, own + PRODUCT)
  }
  invertScalar(scalars + <usize>(count - 1) * SCALARS_BYTES + PRODUCT, inverse)
  for (let i = count - 1; i > 0; i--) {
    const own = scalars + <usize>i * SCALARS_BYTES
    // 1 / s, and the inverse of the product of those before.
    multiplyScalars(inverse, own + PRODUCT - SCALARS_BYTES, own + PRODUCT)
    multiplyScalars(inverse, own + S, inverse)
    divideScalars(own, own + PRODUCT)
  }
  divideScalars(scalars, inverse)
}

/** Makes u1 and u2 of hash and r, and windows of them. */
function divideScalars(own: usize, quotient: usize): void {
  multiplyScalars(own + U1, quotient, own + U1)
  multiplyScalars(own + U2, quotient, own + U2)
  store<i32>(own, makeWindows(own + U1, GENERATOR_WINDOW * GENERATOR_LEAVES), U1_TURN)
  store<i32>(own, makeWindows(own + U2, KEY_WINDOW * KEY_LEAVES), U2_TURN)
}

/**
 * Makes windows of a scalar k below n, of `bits` bits together, none of which stands for zero: an odd k is the sum of
 * (2 d - 2^w + 1) 2^(w i) over the windows d of (k + 2^bits - 1) / 2. Instead of an even one its negative is taken, which is
 * odd: then -1 is returned, and its points are to be turned round.
 */
function makeWindows(scalar: usize, bits: u32): i32 {
  const isOdd = (load<u64>(scalar) & 1) != 0
  if (!isOdd) u256.sub(N, scalar, scalar)
  store<u64>(scalar, 0, 32)
  for (let i: usize = 0; i < 32; i += 8)
    store<u64>(scalar + i, (load<u64>(scalar + i) >> 1) | (load<u64>(scalar + i, 8) << 63))
  const top = scalar + ((bits - 1) >> 3)
  const topBit: u32 = 1 << ((bits - 1) & 7)
  store<u8>(top, load<u8>(top) | <u8>topBit)
  return isOdd ? 0 : -1
}

/** Writes the points of both signatures that are to be summed. */
function plantLeaves(pair: u32, pairs: u32, first: u32, second: u32): void {
  const a = scalars + <usize>first * SCALARS_BYTES
  const b = scalars + <usize>second * SCALARS_BYTES
  const aTable = tableOf(load<u32>(signatures + <usize>first * SIGNATURE_BYTES, SIGNATURE_TABLE))
  const bTable = tableOf(load<u32>(signatures + <usize>second * SIGNATURE_BYTES, SIGNATURE_TABLE))
  const distance = <usize>pairs * POINT
  let out = leaves + <usize>pair * POINT
  for (let i: u32 = 0; i < KEY_LEAVES; i++) {
    const aLeaf = leafOf(a + U2, i, KEY_WINDOW)
    const bLeaf = leafOf(b + U2, i, KEY_WINDOW)
    const signs = signsOf(aLeaf ^ load<i32>(a, U2_TURN), bLeaf ^ load<i32>(b, U2_TURN))
    copyLeaf(entryOf(aTable, aLeaf), entryOf(bTable, bLeaf), signs, out)
    out += distance
  }
  for (let i: u32 = 0; i < GENERATOR_LEAVES; i++) {
    const aLeaf = leafOf(a + U1, i, GENERATOR_WINDOW)
    const bLeaf = leafOf(b + U1, i, GENERATOR_WINDOW)
    const signs = signsOf(aLeaf ^ load<i32>(a, U1_TURN), bLeaf ^ load<i32>(b, U1_TURN))
    copyLeaf(entryOf(generatorTable, aLeaf), entryOf(generatorTable, bLeaf), signs, out)
    out += distance
  }
}

/** Of a scalar's window the entry in a table; with all bits turned round where the point is. */
// @ts-ignore: decorator
@inline
function leafOf(windows: usize, i: u32, window: u32): i32 {
  const odd: i32 = 1 << (window - 1)
  const bit = i * window
  const digit = <i32>(<u32>load<u16>(windows + (bit >> 3)) >> (bit & 7)) & (2 * odd - 1)
  // With windows of four bits 8 stands for 1, 15 for 15; 7 for -1, 0 for -15.
  const sign = (digit - odd) >> 31
  return (<i32>i * odd + ((digit ^ sign) & (odd - 1))) ^ sign
}

// @ts-ignore: decorator
@inline
function entryOf(table: usize, leaf: i32): usize {
  return table + <usize>(leaf ^ (leaf >> 31)) * ENTRY
}

/** Sign bits for two numbers that are negative or not. */
// @ts-ignore: decorator
@inline
function signsOf(a: i32, b: i32): v128 {
  return v128.and(i64x2.replace_lane(i64x2.splat(<i64>a), 1, <i64>b), i64x2.splat(i64.MIN_VALUE))
}

// @ts-ignore: decorator
@inline
function copyLeaf(a: usize, b: usize, signs: v128, out: usize): void {
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

// @ts-ignore: decorator
@inline
function both(a: usize, b: usize): v128 {
  return v128.load64_lane(b, v128.load64_zero(a), 1)
}

/** Sums the leaves of each pair of signatures into its first one: always those beyond a power of two into the ones before. */
function sumLeaves(pairs: u32): void {
  let left = LEAVES
  while (left > 1) {
    const half: u32 = 1 << (31 - clz(left - 1))
    addMany(pairs * (left - half), leaves, leaves + <usize>(pairs * half) * POINT, POINT, pairs, spoilt)
    left = half
  }
}

/** The sum is R, whose x is r. */
function judge(pair: u32, first: u32, second: u32): void {
  const sum = leaves + <usize>pair * POINT
  toWords(sum, coordinates)
  toWords(sum + ELEMENT, coordinates + 64)
  const spoiltPair = spoilt + <usize>(2 * pair)
  store<u8>(verdicts + first, !load<u8>(spoiltPair) && isPoint(first, coordinates, coordinates + 64))
  store<u8>(verdicts + second, !load<u8>(spoiltPair, 1) && isPoint(second, coordinates + 32, coordinates + 96))
}

function isPoint(signature: u32, x: usize, y: usize): bool {
  const at = signatures + <usize>signature * SIGNATURE_BYTES
  u256.fromBytes32(at + SIGNATURE_R, inverse)
  return u256.eq(x, inverse) && <u32>(load<u64>(y) & 1) == load<u32>(at, SIGNATURE_PARITY)
}

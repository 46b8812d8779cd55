// Whether known keys made signatures. A key has a table of its multiples, as the generator has: a signature takes 95 additions of
// points then, and no doubling.
//
// "No" means little: where two points of a signature's sum are the same nothing is known of it, and who hears it recovers the key.
import * as u256 from '../u256'
import { toWords } from './convert'
import { ELEMENT } from './field'
import { GENERATOR_LEAVES, makeScalarWindows, plantGenerator } from './generator'
import { invertScalars, multiplyScalars } from './scalars'
import {
  SIGNATURE_HASH,
  SIGNATURE_PARITY,
  SIGNATURE_R,
  SIGNATURE_S,
  SIGNATURE_TABLE,
  SIGNATURES,
  signatureAt,
  spoilt,
  verdicts,
} from './signatures'
import { leafAt, sumLeaves } from './sums'
import { ENTRY, makeTables, takeEntries } from './tables'
import { multipleOf } from './windows'

/** Two keys whose tables are made, x and y each, big-endian. */
const keys: usize = memory.data(128)

const WINDOW: u32 = 4
const KEY_LEAVES: u32 = 256 / WINDOW
/** Bytes of a window's part of a table. */
const PART: usize = ENTRY << (WINDOW - 1)
/** The tables, up to the end of memory, which grows. */
const TABLES: usize = 3 << 20

// Of each signature: 1 / s, 32 bytes to use, and the windows of u1 = hash / s and u2 = r / s, behind which stands whether the
// points are to be turned round.
const SCALARS_BYTES: usize = 160
const U1: usize = 64
const U2: usize = 112
const TURN: usize = 40 // i32: -1 or 0
const scalars: usize = memory.data(160 * 128, 8)

const coordinates: usize = memory.data(128, 8)
const r: usize = memory.data(32, 8)

export function keysOffset(): usize {
  return keys
}

/** Makes the tables of both keys at `keys`, which must be points of the curve; false where memory has no room for them. */
export function learnKeys(first: u32, second: u32): bool {
  const firstTable = tableOf(first)
  const secondTable = tableOf(second)
  if (!reserve(max(firstTable, secondTable) + KEY_LEAVES * PART)) return false
  for (let i: usize = 0; i < 4; i++) u256.fromBytes32(keys + 32 * i, coordinates + 32 * i)
  makeTables(coordinates, coordinates + 64, WINDOW, KEY_LEAVES, firstTable, secondTable)
  return true
}

/** Has memory up to `end`; false where there is none. It grows by the mebibyte, since each time takes as long as a table. */
function reserve(end: usize): bool {
  const missing = <i32>((end + 0xffff) >> 16) - memory.size()
  return missing <= 0 || memory.grow((missing + 15) & ~15) >= 0
}

function tableOf(place: u32): usize {
  return TABLES + <usize>place * (KEY_LEAVES * PART)
}

/** Writes the verdicts of `count` signatures, whose tables are made. */
export function verify(count: u32): void {
  memory.fill(spoilt, 0, SIGNATURES)
  makeScalars(count)
  const pairs = (count + 1) / 2
  // An odd one is its own neighbour.
  for (let pair: u32 = 0; pair < pairs; pair++) plantPair(pair, pairs, 2 * pair, min(2 * pair + 1, count - 1))
  sumLeaves(KEY_LEAVES + GENERATOR_LEAVES, pairs)
  for (let pair: u32 = 0; pair < pairs; pair++) judge(pair, pairs, 2 * pair, min(2 * pair + 1, count - 1))
}

function makeScalars(count: u32): void {
  for (let i: u32 = 0; i < count; i++) u256.fromBytes32(signatureAt(i) + SIGNATURE_S, scalarsAt(i))
  invertScalars(count, scalars, SCALARS_BYTES)
  for (let i: u32 = 0; i < count; i++) {
    const own = scalarsAt(i)
    u256.fromBytes32(signatureAt(i) + SIGNATURE_HASH, own + U1)
    u256.fromBytes32(signatureAt(i) + SIGNATURE_R, own + U2)
    multiplyScalars(own + U1, own, own + U1)
    multiplyScalars(own + U2, own, own + U2)
    store<i32>(own + U1, makeScalarWindows(own + U1), TURN)
    store<i32>(own + U2, makeScalarWindows(own + U2), TURN)
  }
}

// @ts-ignore: decorator
@inline
function scalarsAt(i: u32): usize {
  return scalars + <usize>i * SCALARS_BYTES
}

/** Writes the points that are summed for two signatures. */
function plantPair(pair: u32, pairs: u32, first: u32, second: u32): void {
  const a = scalarsAt(first) + U2
  const b = scalarsAt(second) + U2
  const aTable = tableOf(load<u32>(signatureAt(first), SIGNATURE_TABLE))
  const bTable = tableOf(load<u32>(signatureAt(second), SIGNATURE_TABLE))
  for (let i: u32 = 0; i < KEY_LEAVES; i++) {
    const part = <usize>i * PART
    takeEntries(
      aTable + part,
      multipleOf(a, i, WINDOW),
      load<i32>(a, TURN),
      bTable + part,
      multipleOf(b, i, WINDOW),
      load<i32>(b, TURN),
      leafAt(i, pair, pairs),
    )
  }
  const aGenerator = scalarsAt(first) + U1
  const bGenerator = scalarsAt(second) + U1
  const aTurn = load<i32>(aGenerator, TURN)
  plantGenerator(aGenerator, aTurn, bGenerator, load<i32>(bGenerator, TURN), KEY_LEAVES, pair, pairs)
}

/** The sum is R, whose x is r. */
function judge(pair: u32, pairs: u32, first: u32, second: u32): void {
  const sum = leafAt(0, pair, pairs)
  toWords(sum, coordinates)
  toWords(sum + ELEMENT, coordinates + 64)
  const own = spoilt + <usize>(2 * pair)
  store<u8>(verdicts + first, !load<u8>(own) && isR(first, coordinates, coordinates + 64))
  store<u8>(verdicts + second, !load<u8>(own, 1) && isR(second, coordinates + 32, coordinates + 96))
}

function isR(signature: u32, x: usize, y: usize): bool {
  const at = signatureAt(signature)
  u256.fromBytes32(at + SIGNATURE_R, r)
  return u256.eq(x, r) && <u32>(load<u64>(y) & 1) == load<u32>(at, SIGNATURE_PARITY)
}

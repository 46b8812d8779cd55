// What logs say of slots: found by the log's contract, its first topic, and whether the transaction called the contract.

import { MAX_PATTERNS, PATTERN_BYTES, PATTERN_INDEX, PATTERN_PLACES, PATTERNS } from './layout'
import { take, TOLD_PATTERNS, u8At, varint } from './columns'
import { checkAddress, checkWord } from './dictionary'
import { BAD_PATTERN, fail, PATTERN_TOO_LARGE, TABLE_FULL } from './failure'
import { copyPadded } from './words'

export const PATTERN_COUNT: usize = 8 // u32, behind the u64 that names it
export const PATTERN_EFFECTS: usize = 16

export const EFFECT_BYTES: usize = 48
export const EFFECT_DEPTH: usize = 0 // u8
export const EFFECT_OPERATION: usize = 1 // u8
export const EFFECT_OPERAND: usize = 2 // u8, a source
export const EFFECT_KEYS: usize = 3 // 2 u8, outermost first
export const EFFECT_BASE_ID: usize = 8 // u32: those of one number have one base
export const EFFECT_BASE: usize = 16 // 32

export const OPERATION_ADD: u32 = 0
export const OPERATION_SUBTRACT: u32 = 1
export const OPERATION_SET: u32 = 2
export const OPERATION_SPEND: u32 = 3

/** Sources below: topic of that index. */
export const SOURCE_SENDER: u32 = 4
export const SOURCE_RECIPIENT: u32 = 5
export const SOURCE_ONE: u32 = 6
const NO_SOURCE: u32 = 7
/** From here on: word of the log's data. */
export const SOURCE_DATA: u32 = 8
const MAX_SOURCE_WORDS: u32 = 24

const MAX_EFFECTS: u32 = 8
/** Of bases of one byte the number is the base. */
const FIRST_BASE_ID: u32 = 256

export let patternCount: u32 = 0
let nextBaseId: u32 = FIRST_BASE_ID

export function clearPatterns(): void {
  patternCount = 0
  nextBaseId = FIRST_BASE_ID
  memory.fill(PATTERN_INDEX, 0, <usize>PATTERN_PLACES * 4)
}

// @ts-ignore: decorator
@inline
function nameOf(contract: u32, topic: u32, isDirect: bool): u64 {
  return (<u64>contract << 32) | (<u64>topic << 1) | u64(isDirect)
}

/** Place in the index where the pattern of that name is or would be. */
function placeOf(name: u64): usize {
  let at = <u32>((name * 0x9e3779b97f4a7c15) >> 40) & (PATTERN_PLACES - 1)
  let place = PATTERN_INDEX + (<usize>at << 2)
  while (load<u32>(place) != 0 && load<u64>(pattern(load<u32>(place))) != name) {
    at = (at + 1) & (PATTERN_PLACES - 1)
    place = PATTERN_INDEX + (<usize>at << 2)
  }
  return place
}

/** By its number, which begins with 1. */
// @ts-ignore: decorator
@inline
function pattern(number: u32): usize {
  return PATTERNS + <usize>(number - 1) * PATTERN_BYTES
}

/** Where the pattern of a log stands; 0: there is none. */
export function findPattern(contract: u32, topic: u32, isDirect: bool): usize {
  const number = load<u32>(placeOf(nameOf(contract, topic, isDirect)))
  return number == 0 ? 0 : pattern(number)
}

/** Reads a pattern; it takes the place of one of the same name. */
export function readPattern(): void {
  const contract = checkAddress(varint(TOLD_PATTERNS))
  const topic = checkWord(varint(TOLD_PATTERNS))
  const name = nameOf(contract, topic, u8At(TOLD_PATTERNS) != 0)
  const count = u8At(TOLD_PATTERNS)
  if (count > MAX_EFFECTS) fail(PATTERN_TOO_LARGE)
  // Behind the others until it is whole.
  const told = pattern(patternCount + 1)
  for (let i: u32 = 0; i < count; i++) readEffect(told + PATTERN_EFFECTS + <usize>i * EFFECT_BYTES)
  if (patternCount >= MAX_PATTERNS) fail(TABLE_FULL)
  store<u64>(told, name)
  store<u32>(told, count, PATTERN_COUNT)
  const place = placeOf(name)
  const known = load<u32>(place)
  if (known != 0) memory.copy(pattern(known), told, PATTERN_BYTES)
  else store<u32>(place, ++patternCount)
}

function readEffect(effect: usize): void {
  const depth = u8At(TOLD_PATTERNS)
  const length = u8At(TOLD_PATTERNS)
  if (depth > 2 || length > 32) fail(BAD_PATTERN)
  const base = take(TOLD_PATTERNS, length)
  copyPadded(effect + EFFECT_BASE, base, length)
  store<u32>(effect, length > 1 ? nextBaseId++ : length == 1 ? load<u8>(base) : 0, EFFECT_BASE_ID)
  store<u8>(effect, depth, EFFECT_DEPTH)
  for (let i: u32 = 0; i < depth; i++) store<u8>(effect + EFFECT_KEYS + i, readSource())
  const operation = u8At(TOLD_PATTERNS)
  if (operation > OPERATION_SPEND) fail(BAD_PATTERN)
  store<u8>(effect, operation, EFFECT_OPERATION)
  store<u8>(effect, readSource(), EFFECT_OPERAND)
}

function readSource(): u32 {
  const source = u8At(TOLD_PATTERNS)
  if (source == NO_SOURCE || source >= SOURCE_DATA + MAX_SOURCE_WORDS) fail(BAD_PATTERN)
  return source
}

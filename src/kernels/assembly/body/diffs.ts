// A chunk's diff: what was predicted, and the exceptions to it. Its form is at the head of protocol/StateDiff.ts.

import { copyBytes } from '../bytes'
import { keccak256 } from '../keccak'
import { CODE_BYTES, CODES, MAX_CODES, OLD_ACCOUNT_BYTES } from './layout'
import { DIFF_TEXTS, DIFFS, signed, take, TOLD_DIFF_SLOTS, u8At, VALUES, varint } from './columns'
import { addDiffSlot, diffSlot, readDiffReference } from './dictionary'
import { BAD_DIFF, fail, NO_CODE, RECORD_TOO_LARGE, TOO_MANY_KEPT } from './failure'
import { grow, write, writeU32 } from './output'
import {
  accountCount,
  accountName,
  balanceAt,
  isAccountChanged,
  isSlotChanged,
  nonceAt,
  OLD_BALANCE,
  OLD_CODE_HASH,
  oldAccount,
  oldNonce,
  readAccount,
  readSlot,
  slotCount,
  slotName,
  valueAt,
} from './overlays'
import { addWord, copyAddress, copyPadded, copyWord, subtractWord } from './words'

const DIFF_AS_IT_IS: u32 = 0
const DIFF_CORRECTED: u32 = 1

const ACCOUNT_BYTES: u32 = 93
const ACCOUNT_FLAGS: usize = 20
const ACCOUNT_NONCE: usize = 21
const ACCOUNT_BALANCE: usize = 29
const ACCOUNT_CODE_HASH: usize = 61
const SLOT_BYTES: u32 = 84
const SLOT_VALUE: usize = 52

// What is told of an account.
const TELLS_DELETION: u32 = 1
const TELLS_NONCE: u32 = 2
const TELLS_BALANCE: u32 = 4
const CODE_FORMS: u32 = 24
const CODE_EMPTY: u32 = 8
const CODE_OF_DIFF: u32 = 16
const CODE_TOLD: u32 = 24
const MAX_TOLD_NONCE: i64 = 1 << 50

// Exceptions to what was predicted.
const CORRECT: u32 = 1
const INSERT: u32 = 2
const EXCEPTION_KINDS: u64 = 3

// Values: form · 33 + length.
const MORE: u32 = 1
const LESS: u32 = 2
const LENGTHS: u32 = 33

const CODE_AT: usize = 0 // u32
const CODE_LENGTH: usize = 4 // u32
const CODE_HASH: usize = 8 // 32

const emptyCodeHash: usize = memory.data(32, 16)
keccak256(0, 0, emptyCodeHash)

const told: usize = memory.data(32, 16)
const old: usize = memory.data(72, 16)
const newSlot: usize = memory.data(64, 16)

let codeCount: u32 = 0

/** Reads a chunk's diff, and writes it with its length. */
export function readDiff(): void {
  const form = u8At(DIFFS)
  if (form == DIFF_AS_IT_IS) {
    const length = varint(DIFFS)
    const from = take(DIFF_TEXTS, length)
    writeU32(<u32>length)
    write(from, <u32>length)
    return
  }
  if (form != DIFF_CORRECTED) fail(BAD_DIFF)
  readCodes()
  const start = grow(4)
  follow(false)
  follow(true)
  writeCodes()
  store<u32>(start, <u32>(grow(0) - start) - 4)
}

function readCodes(): void {
  const count = varint(DIFFS)
  codeCount = 0
  for (let i: u64 = 0; i < count; i++) {
    const length = varint(DIFFS)
    const from = take(DIFF_TEXTS, length)
    if (codeCount == MAX_CODES) fail(RECORD_TOO_LARGE)
    const code = CODES + <usize>codeCount * CODE_BYTES
    store<u32>(code, <u32>from, CODE_AT)
    store<u32>(code, <u32>length, CODE_LENGTH)
    keccak256(from, <u32>length, code + CODE_HASH)
    codeCount++
  }
}

function writeCodes(): void {
  writeU32(codeCount)
  for (let i: u32 = 0; i < codeCount; i++) {
    const code = CODES + <usize>i * CODE_BYTES
    const length = load<u32>(code, CODE_LENGTH)
    copyWord(grow(32), code + CODE_HASH)
    writeU32(length)
    write(load<u32>(code, CODE_AT), length)
  }
}

/** Goes through the accounts or slots that were predicted and the exceptions to them, and writes how many there are. */
function follow(isSlots: bool): void {
  const countAt = grow(4)
  const start = countAt + 4
  let place = nextChanged(isSlots, 0)
  for (let left = varint(DIFFS); left > 0; left--) {
    const step = varint(DIFFS)
    const kind = <u32>(step % EXCEPTION_KINDS)
    for (let kept = step / EXCEPTION_KINDS; kept > 0; kept--) {
      checkPlace(isSlots, place)
      keep(isSlots, place)
      place = nextChanged(isSlots, place + 1)
    }
    if (kind == INSERT) insert(isSlots)
    else {
      checkPlace(isSlots, place)
      if (kind == CORRECT) correct(isSlots, place)
      place = nextChanged(isSlots, place + 1)
    }
  }
  const count = countOf(isSlots)
  for (; place < count; place = nextChanged(isSlots, place + 1)) keep(isSlots, place)
  store<u32>(countAt, <u32>(grow(0) - start) / (isSlots ? SLOT_BYTES : ACCOUNT_BYTES))
}

// @ts-ignore: decorator
@inline
function countOf(isSlots: bool): u32 {
  return isSlots ? slotCount : accountCount
}

function nextChanged(isSlots: bool, from: u32): u32 {
  const count = countOf(isSlots)
  let place = from
  if (isSlots) while (place < count && !isSlotChanged(place)) place++
  else while (place < count && !isAccountChanged(place)) place++
  return place
}

function checkPlace(isSlots: bool, place: u32): void {
  if (place >= countOf(isSlots)) fail(TOO_MANY_KEPT)
}

function keep(isSlots: bool, place: u32): void {
  if (isSlots) {
    writeSlot(slotName(place), valueAt(place))
    return
  }
  const at = grow(ACCOUNT_BYTES)
  copyAddress(at, accountName(place))
  store<u8>(at, 0, ACCOUNT_FLAGS)
  store<i64>(at, bswap<i64>(nonceAt(place)), ACCOUNT_NONCE)
  copyWord(at + ACCOUNT_BALANCE, balanceAt(place))
  copyWord(at + ACCOUNT_CODE_HASH, oldAccount(place) + OLD_CODE_HASH)
}

function correct(isSlots: bool, place: u32): void {
  if (isSlots) {
    readValue(valueAt(place))
    writeSlot(slotName(place), told)
  } else {
    copyAddress(grow(20), accountName(place))
    readToldAccount(nonceAt(place), balanceAt(place), oldAccount(place) + OLD_CODE_HASH)
  }
}

function insert(isSlots: bool): void {
  if (isSlots) {
    const name = readSlotNumber()
    readSlot(name, old)
    readValue(old)
    writeSlot(name, told)
  } else {
    const address = readDiffReference(DIFFS)
    copyAddress(grow(20), address)
    readAccount(address, old)
    readToldAccount(oldNonce(old), old + OLD_BALANCE, old + OLD_CODE_HASH)
  }
}

/** Writes an account behind its address. */
function readToldAccount(expectedNonce: i64, expectedBalance: usize, expectedCode: usize): void {
  const form = u8At(DIFFS)
  const at = grow(ACCOUNT_BYTES - 20) - 20
  memory.fill(at + ACCOUNT_FLAGS, 0, ACCOUNT_BYTES - 20)
  if (form == TELLS_DELETION) {
    store<u8>(at, 1, ACCOUNT_FLAGS)
    return
  }
  if ((form & ~(TELLS_NONCE | TELLS_BALANCE | CODE_FORMS)) != 0) fail(BAD_DIFF)
  const nonce = expectedNonce + ((form & TELLS_NONCE) != 0 ? signed(DIFFS) : 0)
  if (nonce < 0 || nonce > MAX_TOLD_NONCE) fail(BAD_DIFF)
  store<i64>(at, bswap<i64>(nonce), ACCOUNT_NONCE)
  if ((form & TELLS_BALANCE) != 0) readValue(expectedBalance)
  copyWord(at + ACCOUNT_BALANCE, (form & TELLS_BALANCE) != 0 ? told : expectedBalance)
  copyWord(at + ACCOUNT_CODE_HASH, readCodeHash(form & CODE_FORMS, expectedCode))
}

function readCodeHash(form: u32, expected: usize): usize {
  if (form == CODE_TOLD) return take(VALUES, 32)
  if (form == CODE_EMPTY) return emptyCodeHash
  if (form != CODE_OF_DIFF) return expected
  const index = varint(DIFFS)
  if (index >= codeCount) fail(NO_CODE)
  return CODES + <usize>index * CODE_BYTES + CODE_HASH
}

function writeSlot(name: usize, value: usize): void {
  const at = grow(SLOT_BYTES)
  copyBytes(at, name, 52)
  copyWord(at + SLOT_VALUE, value)
}

/** Reads which slot is inserted: where its name stands. */
function readSlotNumber(): usize {
  const number = varint(DIFFS)
  if (number > 0) return diffSlot(number - 1)
  readSlotName(readDiffReference(TOLD_DIFF_SLOTS))
  return newSlot
}

/** Reads the key of a new slot of that contract, without leading zeros, and gives it the next number. */
export function readSlotName(contract: usize): void {
  copyAddress(newSlot, contract)
  const length = u8At(TOLD_DIFF_SLOTS)
  if (length > 32) fail(BAD_DIFF)
  copyPadded(newSlot + 20, take(TOLD_DIFF_SLOTS, length), length)
  addDiffSlot(newSlot)
}

/** Reads a value into `told`: as it is, or by how much it differs from what was expected. */
function readValue(expected: usize): void {
  const number = u8At(DIFFS)
  const form = number / LENGTHS
  if (form > LESS) fail(BAD_DIFF)
  const length = number % LENGTHS
  const from = take(VALUES, length)
  if (form == LESS) {
    copyPadded(difference, from, length)
    copyWord(told, expected)
    subtractWord(told, difference)
    return
  }
  copyPadded(told, from, length)
  if (form == MORE) addWord(told, expected)
}

const difference: usize = memory.data(32, 16)

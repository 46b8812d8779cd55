// Accounts and slots that a chunk is predicted to change, in the order in which it first did. What is added to and subtracted
// from them is summed up; the old state is read at the end, of all of them together.

import {
  ACCOUNT_BALANCES,
  ACCOUNT_IDS,
  ACCOUNT_NAMES,
  ACCOUNT_NONCES,
  MAX_PREDICTED_SLOTS,
  OLD_ACCOUNT_BYTES,
  OLD_ACCOUNTS,
  OLD_SLOTS,
  SLOT_INDEX,
  SLOT_MODES,
  SLOT_NAME_BYTES,
  SLOT_NAMES,
  SLOT_VALUES,
} from './layout'
import { address, isPlaced, placeOf, setPlace } from './dictionary'
import { fail, PREDICTION_TOO_LARGE } from './failure'
import { addWord, copyAddress, copyWord, isEqualAddress, isEqualWord, zeroWord } from './words'

/** Reads so many accounts, whose addresses of 20 bytes stand one behind the other, into OLD_ACCOUNT_BYTES each. */
// @ts-ignore: decorator
@external("host", "readAccounts")
declare function readAccounts(addresses: usize, count: u32, to: usize): void

/** Likewise slots (contract 20 · key 32) into 32 bytes each. */
// @ts-ignore: decorator
@external("host", "readSlots")
declare function readSlots(names: usize, count: u32, to: usize): void

const OLD_NONCE: usize = 0
export const OLD_BALANCE: usize = 8
export const OLD_CODE_HASH: usize = 40

const NONCE_STAYS: i64 = -1

/** What a slot's value is until the old state is there: a sum, or the value itself. */
const MODE_SUM: u8 = 0
const MODE_VALUE: u8 = 1

const FEWEST_PLACES: u32 = 4096

export let accountCount: u32 = 0
export let slotCount: u32 = 0
let chunk: u32 = 0
/** Places in use of the index, a power of two. */
let places: u32 = FEWEST_PLACES

/** A chunk begins. */
export function clearOverlays(): void {
  accountCount = 0
  slotCount = 0
  chunk++
  places = FEWEST_PLACES
  memory.fill(SLOT_INDEX, 0, <usize>places * 4)
}

// ------------------------------------------------------------------------------------------------------- accounts

/** Where an account stands. */
export function touchAccount(id: u32): u32 {
  if (isPlaced(id, chunk)) return placeOf(id)
  // There are not more than addresses.
  const place = accountCount++
  setPlace(id, chunk, place)
  store<u32>(ACCOUNT_IDS + (<usize>place << 2), id)
  copyAddress(ACCOUNT_NAMES + <usize>place * 20, address(id))
  setNonce(place, NONCE_STAYS)
  zeroWord(balanceAt(place))
  return place
}

// @ts-ignore: decorator
@inline
export function balanceAt(place: u32): usize {
  return ACCOUNT_BALANCES + (<usize>place << 5)
}

// @ts-ignore: decorator
@inline
export function nonceAt(place: u32): i64 {
  return load<i64>(ACCOUNT_NONCES + (<usize>place << 3))
}

// @ts-ignore: decorator
@inline
export function setNonce(place: u32, nonce: i64): void {
  store<i64>(ACCOUNT_NONCES + (<usize>place << 3), nonce)
}

// @ts-ignore: decorator
@inline
export function accountName(place: u32): usize {
  return ACCOUNT_NAMES + <usize>place * 20
}

// @ts-ignore: decorator
@inline
export function oldAccount(place: u32): usize {
  return OLD_ACCOUNTS + <usize>place * OLD_ACCOUNT_BYTES
}

// @ts-ignore: decorator
@inline
export function oldNonce(account: usize): i64 {
  return bswap<i64>(load<i64>(account, OLD_NONCE))
}

/** Whether a diff would list it. */
export function isAccountChanged(place: u32): bool {
  const old = oldAccount(place)
  return nonceAt(place) != oldNonce(old) || !isEqualWord(balanceAt(place), old + OLD_BALANCE)
}

/** Reads one account as it was. */
export function readAccount(address: usize, to: usize): void {
  readAccounts(address, 1, to)
}

// ---------------------------------------------------------------------------------------------------------- slots

/** Where a slot stands. */
export function touchSlot(contract: usize, key: usize): u32 {
  const mask = places - 1
  let at = hashOf(contract, key) & mask
  for (;;) {
    const place = load<u32>(SLOT_INDEX + (<usize>at << 2))
    if (place == 0) break
    const name = slotName(place - 1)
    if (isEqualWord(name + 20, key) && isEqualAddress(name, contract)) return place - 1
    at = (at + 1) & mask
  }
  const place = slotCount
  if (place == MAX_PREDICTED_SLOTS) fail(PREDICTION_TOO_LARGE)
  slotCount = place + 1
  store<u32>(SLOT_INDEX + (<usize>at << 2), slotCount)
  const name = slotName(place)
  copyAddress(name, contract)
  copyWord(name + 20, key)
  zeroWord(valueAt(place))
  setMode(place, MODE_SUM)
  if (slotCount * 2 > places) growIndex()
  return place
}

function growIndex(): void {
  places <<= 1
  memory.fill(SLOT_INDEX, 0, <usize>places * 4)
  const mask = places - 1
  for (let place: u32 = 0; place < slotCount; place++) {
    const name = slotName(place)
    let at = hashOf(name, name + 20) & mask
    while (load<u32>(SLOT_INDEX + (<usize>at << 2)) != 0) at = (at + 1) & mask
    store<u32>(SLOT_INDEX + (<usize>at << 2), place + 1)
  }
}

// @ts-ignore: decorator
@inline
function hashOf(contract: usize, key: usize): u32 {
  const mixed = (load<u64>(key) ^ bswap<u64>(load<u64>(key, 24))) * 0x9fb21c651e98df25 + load<u64>(contract)
  return <u32>((mixed * 0x9e3779b97f4a7c15) >> 32)
}

// @ts-ignore: decorator
@inline
export function slotName(place: u32): usize {
  return SLOT_NAMES + <usize>place * SLOT_NAME_BYTES
}

// @ts-ignore: decorator
@inline
export function valueAt(place: u32): usize {
  return SLOT_VALUES + (<usize>place << 5)
}

// @ts-ignore: decorator
@inline
function oldSlot(place: u32): usize {
  return OLD_SLOTS + (<usize>place << 5)
}

// @ts-ignore: decorator
@inline
function setMode(place: u32, mode: u8): void {
  store<u8>(SLOT_MODES + place, mode)
}

/** Sets a slot's value. */
export function setSlot(place: u32, value: usize): void {
  copyWord(valueAt(place), value)
  setMode(place, MODE_VALUE)
}

/** Makes the value known before the end. */
export function resolveSlot(place: u32): void {
  if (load<u8>(SLOT_MODES + place) == MODE_VALUE) return
  readSlots(slotName(place), 1, oldSlot(place))
  addWord(valueAt(place), oldSlot(place))
  setMode(place, MODE_VALUE)
}

/** Whether a diff would list it. */
export function isSlotChanged(place: u32): bool {
  return !isEqualWord(valueAt(place), oldSlot(place))
}

/** Reads one slot as it was. */
export function readSlot(name: usize, to: usize): void {
  readSlots(name, 1, to)
}

// ------------------------------------------------------------------------------------------------------ old state

/** Reads the old state of all: then their values are known. */
export function resolveOverlays(): void {
  if (accountCount > 0) readAccounts(ACCOUNT_NAMES, accountCount, OLD_ACCOUNTS)
  for (let place: u32 = 0; place < accountCount; place++) {
    const old = oldAccount(place)
    if (nonceAt(place) == NONCE_STAYS) setNonce(place, oldNonce(old))
    addWord(balanceAt(place), old + OLD_BALANCE)
  }
  if (slotCount > 0) readSlots(SLOT_NAMES, slotCount, OLD_SLOTS)
  for (let place: u32 = 0; place < slotCount; place++) {
    if (load<u8>(SLOT_MODES + place) == MODE_SUM) addWord(valueAt(place), oldSlot(place))
  }
}

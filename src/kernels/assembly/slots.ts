// The storage table: one record (records.ts) per slot, found by (storage id, key) through an index (hashIndex.ts).
//
// What the table has no room for is in the cold stores (cold.ts), until somebody looks for it here: it then comes into the
// table, and leaves it again between transactions (moveOut.ts).
//
// Transient storage (EIP-1153) lies in the same table under storage ids with the top bit set, so that it reverts with
// the same journal; its records are freed at the transaction's end.

import { zeroBytes } from './bytes'
import { recordLimit, slotIndex, slotIndexMax } from './layout'
import {
  cellRecord,
  homeCell,
  INDEX_BYTES,
  indexCount,
  indexLimit,
  insertCell,
  makeRoom,
  matchingCell,
  nextCell,
  removeCell,
  resetIndex,
} from './hashIndex'
import {
  beginColdScan,
  coldCount,
  coldLimit,
  findCold,
  ownsColdSlots,
  readFoundCold,
  removeFoundCold,
  scanCold,
} from './cold'
import { hashOfSlot } from './hashing'
import { bringSlot, isLazy } from './lazyState'
import { isSpeculating, seeSlot } from './overlay'
import { RECORD_BYTES, recordAt, slotNumbers, takeSlotNumber } from './records'
import { TABLE_SLOT_INDEX, TABLE_SLOT_SEEDS } from './speculation'
import { SLOTS_FULL, fail } from './failure'
import { isSlotRecord, SLOT_STORAGE_ID } from './readerFields'
import * as u256 from './u256'

export { SLOT_STORAGE_ID }

export const SLOT_KEY: usize = 0 // word
export const SLOT_VALUE: usize = 32 // word
export const SLOT_ORIGINAL: usize = 64 // word: value at the transaction's start, when SLOT_ORIGINAL_SERIAL says so
// SLOT_STORAGE_ID at 96: u32
export const SLOT_WARM: usize = 100 // u32: serial of the transaction in which it is warm
export const SLOT_ORIGINAL_SERIAL: usize = 104 // u32
export const SLOT_DIRTY: usize = 108 // u32: 1 when the diff being gathered lists it
export const SLOT_SEEN: usize = 112 // u32: of a speculator, like ACCOUNT_SEEN
export const SLOT_UNDO: usize = 112 // u32: of an engine that is no speculator, like ACCOUNT_UNDO
export const SLOT_NEXT: usize = 116 // u32: next fresh or free record
export const SLOT_BASE_ID: usize = 120 // u32: of a speculator, like ACCOUNT_BASE_ID
export const SLOT_EPOCH: usize = 124 // u32: likewise

export const TRANSIENT: u32 = 0x80000000
/** Storage ids from here on are not accounts: transient storage, or storage replaced by an eth_call override. */
export const FIRST_SPECIAL_STORAGE_ID: u32 = 0x40000000

const index: usize = memory.data(INDEX_BYTES, 16)
let freeHead: u32 = 0
let freshHead: u32 = 0
let seed0: u64 = 0
let seed1: u64 = 0
let seed2: u64 = 0
let seed3: u64 = 0

export function resetSlots(s0: u64, s1: u64, s2: u64, s3: u64): void {
  seed0 = s0 | 1
  seed1 = s1 | 1
  seed2 = s2 | 1
  seed3 = s3 | 1
  resetIndex(index, slotIndex, slotIndexMax)
  freeHead = 0
  freshHead = 0
  memory.fill(recentSlots, 0, RECENT * 4)
}

export function slotCount(): u32 {
  return slotsHere() + coldCount
}

/** Slots in the table. */
@inline
export function slotsHere(): u32 {
  return indexCount(index)
}

/** Most slots in the table. */
export function slotLimitHere(): u32 {
  return min(indexLimit(slotIndexMax), slotNumbers())
}

/** Most slots, in the table and in the cold stores. */
export function slotLimit(): u32 {
  return slotLimitHere() + coldLimit
}

@inline
export function slot(id: u32): usize {
  return recordAt(id)
}

@inline
function hashKey(storageId: u32, a: u64, b: u64, c: u64, d: u64): u32 {
  return hashOfSlot(storageId, a, b, c, d, seed0, seed1, seed2, seed3)
}

/** Like describeAccounts in accounts.ts. */
export function describeSlots(tables: usize): void {
  store<u32>(tables, <u32>index, TABLE_SLOT_INDEX)
  store<u64>(tables, seed0, TABLE_SLOT_SEEDS)
  store<u64>(tables, seed1, TABLE_SLOT_SEEDS + 8)
  store<u64>(tables, seed2, TABLE_SLOT_SEEDS + 16)
  store<u64>(tables, seed3, TABLE_SLOT_SEEDS + 24)
}

@inline
export function hashSlot(storageId: u32, key: usize): u32 {
  return hashKey(storageId, load<u64>(key), load<u64>(key, 8), load<u64>(key, 16), load<u64>(key, 24))
}

/** Records that were found lately, by the lowest bits of their key: programs read and write the same few again and again. */
const RECENT: u32 = 64
/** Compiled code looks here too (evm/compiler/emitState.ts). */
export const recentSlots: usize = memory.data(256, 16)

/** Number of the slot, or 0 where there is none (its value is then zero). It may have come from a cold store or the base. */
export function findSlot(storageId: u32, key: usize): u32 {
  const found = findHere(storageId, key)
  return found != 0 ? found : bringIn(storageId, key)
}

/** Writes the slot's value to `out`; nothing is brought in from a cold store. */
export function readSlot(accountId: u32, key: usize, out: usize): void {
  const id = isLazy ? findSlot(accountId, key) : findHere(accountId, key)
  if (id != 0) u256.copy(slot(id) + SLOT_VALUE, out)
  else if (ownsColdSlots(accountId) && findCold(hashSlot(accountId, key), accountId, key)) readFoundCold(out)
  else u256.setZero(out)
}

@inline
function findHere(storageId: u32, key: usize): u32 {
  const a = load<u64>(key)
  const b = load<u64>(key, 8)
  const c = load<u64>(key, 16)
  const d = load<u64>(key, 24)
  const cell = recentSlots + (<usize>((<u32>a ^ storageId) & (RECENT - 1)) << 2)
  const candidate = load<u32>(cell)
  // A freed record belongs to no storage, and number 0 to none.
  if (isSlotRecord(slot(candidate), storageId, a, b, c, d)) return candidate
  const found = lookUp(storageId, a, b, c, d)
  if (found != 0) store<u32>(cell, found)
  return found
}

function lookUp(storageId: u32, a: u64, b: u64, c: u64, d: u64): u32 {
  const hash = hashKey(storageId, a, b, c, d)
  let cell = matchingCell(homeCell(index, hash), hash)
  while (cell != 0) {
    const id = cellRecord(cell)
    if (isSlotRecord(slot(id), storageId, a, b, c, d)) return id
    cell = matchingCell(nextCell(cell), hash)
  }
  return 0
}

/** Number of a slot that the table lacks, from a cold store or the base; 0 where none has it. */
function bringIn(storageId: u32, key: usize): u32 {
  if (storageId >= FIRST_SPECIAL_STORAGE_ID) return 0
  if (!ownsColdSlots(storageId) || !findCold(hashSlot(storageId, key), storageId, key))
    return isLazy ? bringSlot(storageId, key) : 0
  // Before it leaves the store: where the table is full, the slot must not be lost, since a call may end with that.
  const id = insertSlot(storageId, key)
  readFoundCold(slot(id) + SLOT_VALUE)
  removeFoundCold(storageId)
  return id
}

const scanKey: usize = memory.data(32, 16)

/** Brings all slots of an account in. Looks at every slot of the stores. */
export function bringAllIn(accountId: u32): void {
  beginColdScan()
  while (ownsColdSlots(accountId)) {
    scanCold(accountId, scanKey)
    bringIn(accountId, scanKey)
  }
}

/** Reads the cell where the slot's search begins, which {@link findSlot} then has near; its value means nothing. */
@inline
export function fetchSlot(storageId: u32, key: usize): u32 {
  return load<u32>(homeCell(index, hashSlot(storageId, key)))
}

/** Reads the slot's record, if it is here, so that it is near; what it returns means nothing. */
export function touchSlot(storageId: u32, key: usize): u32 {
  const hash = hashSlot(storageId, key)
  const cell = matchingCell(homeCell(index, hash), hash)
  if (cell == 0) return 0
  const record = slot(cellRecord(cell))
  return load<u32>(record) ^ load<u32>(record, SLOT_ORIGINAL)
}

/** Number of the slot; a record is made where there is none. */
export function getSlot(storageId: u32, key: usize): u32 {
  const found = findSlot(storageId, key)
  if (found != 0 && !isSpeculating) return found
  const id = found != 0 ? found : insertFreshSlot(storageId, key)
  if (isSpeculating) seeSlot(id)
  return id
}

function insertFreshSlot(storageId: u32, key: usize): u32 {
  const id = insertSlot(storageId, key)
  keepFreshSlot(id)
  return id
}

/** Makes the record of a slot that has none. The caller sees to it that it is not zero, or that it is freed. */
export function insertSlot(storageId: u32, key: usize): u32 {
  if (!makeRoom(index)) fail(SLOTS_FULL)
  let id = freeHead
  if (id != 0) freeHead = load<u32>(slot(id), SLOT_NEXT)
  else {
    id = takeSlotNumber()
    if (id == 0) fail(SLOTS_FULL)
  }
  const record = slot(id)
  const hash = hashSlot(storageId, key)
  u256.copy(key, record)
  zeroBytes(record + SLOT_VALUE, <u32>(RECORD_BYTES - SLOT_VALUE))
  store<u32>(record, storageId, SLOT_STORAGE_ID)
  insertCell(index, hash, id)
  return id
}

/** Takes a record out of the table; its number is used again. */
export function freeSlot(id: u32): void {
  const record = slot(id)
  removeCell(index, id)
  store<u32>(record, 0, SLOT_STORAGE_ID)
  store<u32>(record, freeHead, SLOT_NEXT)
  freeHead = id
}

/** Starts a new list of fresh records and returns the old one's head. */
export function takeFreshSlots(): u32 {
  const head = freshHead
  freshHead = 0
  return head
}

/** Puts a record on the fresh list. */
export function keepFreshSlot(id: u32): void {
  store<u32>(slot(id), freshHead, SLOT_NEXT)
  freshHead = id
}

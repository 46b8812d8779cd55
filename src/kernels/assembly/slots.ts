// The storage table: one record of 128 bytes per slot, found by (storage id, key) through an open-addressing index.
//
// Transient storage (EIP-1153) lies in the same table under storage ids with the top bit set, so that it reverts with
// the same journal; its records are freed at the transaction's end.

import { zeroBytes } from './bytes'
import { slotIndexA, slotIndexB, slotIndexMax, slotLimit, slotRecords } from './layout'
import { SLOTS_FULL, fail } from './failure'
import * as u256 from './u256'

export const SLOT_BYTES: usize = 128
export const SLOT_KEY: usize = 0 // word
export const SLOT_VALUE: usize = 32 // word
export const SLOT_ORIGINAL: usize = 64 // word: value at the transaction's start, when SLOT_ORIGINAL_SERIAL says so
export const SLOT_STORAGE_ID: usize = 96 // u32
export const SLOT_WARM: usize = 100 // u32: serial of the transaction in which it is warm
export const SLOT_ORIGINAL_SERIAL: usize = 104 // u32
export const SLOT_DIRTY: usize = 108 // u32: 1 when the diff being gathered lists it
export const SLOT_HASH: usize = 112 // u32
export const SLOT_NEXT: usize = 116 // u32: next fresh or free record

export const TRANSIENT: u32 = 0x80000000
/** Storage ids from here on are not accounts: transient storage, or storage replaced by an eth_call override. */
export const FIRST_SPECIAL_STORAGE_ID: u32 = 0x40000000

let index: usize = 0
let mask: u32 = 0
let used: u32 = 0
let live: u32 = 0
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
  index = slotIndexA
  mask = min<u32>(slotIndexMax, 1 << 12) - 1
  memory.fill(index, 0, (<usize>mask + 1) << 2)
  used = 0
  live = 0
  freeHead = 0
  freshHead = 0
  memory.fill(recentSlots, 0, RECENT * 4)
  memory.fill(slot(0), 0, SLOT_BYTES)
}

export function slotCount(): u32 {
  return live
}

export function slotHighWater(): u32 {
  return used
}

@inline
export function slot(id: u32): usize {
  return slotRecords + (<usize>id << 7)
}

@inline
function hashKey(storageId: u32, a: u64, b: u64, c: u64, d: u64): u32 {
  let h = a * seed0 + b * seed1 + c * seed2 + d * seed3 + <u64>storageId * 0xd6e8feb86659fd93
  h ^= h >> 32
  h *= 0x9fb21c651e98df25
  return <u32>(h >> 32)
}

/** Records that were found lately, by the lowest bits of their key: programs read and write the same few again and again. */
const RECENT: u32 = 64
/** Compiled code looks here too (evm/compiler/emitState.ts). */
export const recentSlots: usize = memory.data(256, 16)

@inline
function isRecord(record: usize, storageId: u32, a: u64, b: u64, c: u64, d: u64): bool {
  return (
    load<u64>(record) == a &&
    load<u64>(record, 8) == b &&
    load<u64>(record, 16) == c &&
    load<u64>(record, 24) == d &&
    load<u32>(record, SLOT_STORAGE_ID) == storageId
  )
}

/** Number of the slot, or 0 where the table has none (its value is then zero). */
export function findSlot(storageId: u32, key: usize): u32 {
  const a = load<u64>(key)
  const b = load<u64>(key, 8)
  const c = load<u64>(key, 16)
  const d = load<u64>(key, 24)
  const cell = recentSlots + (<usize>((<u32>a ^ storageId) & (RECENT - 1)) << 2)
  const candidate = load<u32>(cell)
  // A freed record belongs to no storage, and number 0 to none.
  if (isRecord(slot(candidate), storageId, a, b, c, d)) return candidate
  const found = lookUp(storageId, a, b, c, d)
  if (found != 0) store<u32>(cell, found)
  return found
}

function lookUp(storageId: u32, a: u64, b: u64, c: u64, d: u64): u32 {
  const hash = hashKey(storageId, a, b, c, d)
  let position = hash & mask
  while (true) {
    const cell = load<u32>(index + (<usize>position << 2))
    if (cell == 0) return 0
    if (((cell ^ hash) & 0xff000000) == 0) {
      const id = cell & 0xffffff
      if (isRecord(slot(id), storageId, a, b, c, d)) return id
    }
    position = (position + 1) & mask
  }
}

/** Number of the slot; a record is made where there is none. */
export function getSlot(storageId: u32, key: usize): u32 {
  const found = findSlot(storageId, key)
  return found != 0 ? found : insertSlot(storageId, key)
}

function insertSlot(storageId: u32, key: usize): u32 {
  let id = freeHead
  if (id != 0) freeHead = load<u32>(slot(id), SLOT_NEXT)
  else {
    if (used + 1 >= slotLimit) fail(SLOTS_FULL)
    id = ++used
  }
  if ((live + 1) * 4 > (mask + 1) * 3) growIndex()
  live++
  const record = slot(id)
  const hash = hashKey(storageId, load<u64>(key), load<u64>(key, 8), load<u64>(key, 16), load<u64>(key, 24))
  u256.copy(key, record)
  zeroBytes(record + SLOT_VALUE, <u32>(SLOT_BYTES - SLOT_VALUE))
  store<u32>(record, storageId, SLOT_STORAGE_ID)
  store<u32>(record, hash, SLOT_HASH)
  store<u32>(record, freshHead, SLOT_NEXT)
  freshHead = id
  place(id, hash)
  return id
}

function place(id: u32, hash: u32): void {
  let position = hash & mask
  while (load<u32>(index + (<usize>position << 2)) != 0) position = (position + 1) & mask
  store<u32>(index + (<usize>position << 2), (hash & 0xff000000) | id)
}

function growIndex(): void {
  if (mask + 1 >= slotIndexMax) fail(SLOTS_FULL)
  const old = index
  const oldCells = mask + 1
  index = old == slotIndexA ? slotIndexB : slotIndexA
  mask = oldCells * 2 - 1
  memory.fill(index, 0, (<usize>mask + 1) << 2)
  for (let i: u32 = 0; i < oldCells; i++) {
    const cell = load<u32>(old + (<usize>i << 2))
    if (cell != 0) {
      const id = cell & 0xffffff
      place(id, load<u32>(slot(id), SLOT_HASH))
    }
  }
}

/** Takes a record out of the table; its number is used again. */
export function freeSlot(id: u32): void {
  const record = slot(id)
  let hole = load<u32>(record, SLOT_HASH) & mask
  while ((load<u32>(index + (<usize>hole << 2)) & 0xffffff) != id) hole = (hole + 1) & mask
  let next = (hole + 1) & mask
  while (true) {
    const cell = load<u32>(index + (<usize>next << 2))
    if (cell == 0) break
    const home = load<u32>(slot(cell & 0xffffff), SLOT_HASH) & mask
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      store<u32>(index + (<usize>hole << 2), cell)
      hole = next
    }
    next = (next + 1) & mask
  }
  store<u32>(index + (<usize>hole << 2), 0)
  live--
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

/** Puts a record that must stay for now back on the fresh list. */
export function keepFreshSlot(id: u32): void {
  store<u32>(slot(id), freshHead, SLOT_NEXT)
  freshHead = id
}

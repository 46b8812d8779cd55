// A speculator's tables: what it has read of another engine's state (the base, baseReader.ts), under what its own
// transactions have changed. Records are read from the base when a transaction first sees them; they stand until the next
// group of transactions begins. Ordinary engines never come here.
//
// What a transaction sees is listed with the values it had then (readSet.ts): the base validates by it.

import {
  ACCOUNT_BALANCE,
  ACCOUNT_BASE_ID,
  ACCOUNT_CODE_ID,
  ACCOUNT_EPOCH,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  account,
  FLAG_EXISTS,
} from './accounts'
import { code, CODE_HASH, findCode, putCode } from './codes'
import { output, outputEnd } from './layout'
import { CODE_SCRATCH, isAccountRead, isSlotRead, listAccount, listSlot } from './readSet'
import { FIRST_SPECIAL_STORAGE_ID, slot, SLOT_BASE_ID, SLOT_EPOCH, SLOT_STORAGE_ID, SLOT_VALUE } from './slots'
import * as u256 from './u256'

// @ts-ignore: decorator
@external("base", "findAccount")
declare function baseFindAccount(a: u64, b: u64, c: u32): u32
// @ts-ignore: decorator
@external("base", "findSlot")
declare function baseFindSlot(storageId: u32, a: u64, b: u64, c: u64, d: u64): u32
// @ts-ignore: decorator
@external("base", "recordField")
declare function baseRecordField(id: u32, offset: u32): u64
// @ts-ignore: decorator
@external("base", "codeHash")
declare function baseCodeHash(codeId: u32, limb: u32): u64
// @ts-ignore: decorator
@external("base", "codeLength")
declare function baseCodeLength(codeId: u32): u32
// @ts-ignore: decorator
@external("base", "codeField")
declare function baseCodeField(codeId: u32, offset: u32): u64

/** Whether the running transaction is a speculation. */
export let isSpeculating: bool = false
/** Whether it met what is never committed from a speculation: the engine executes it. */
export let isForbidden: bool = false
let epoch: u32 = 1

const hash: usize = memory.data(32, 16)

export function beginOverlay(): void {
  isSpeculating = true
  isForbidden = false
}

export function endOverlay(): void {
  isSpeculating = false
}

/** The running transaction does something rare or intricate: its result is not to be used. */
@inline
export function forbidSpeculation(): void {
  isForbidden = true
}

/** From now on records are read from the base again. */
export function nextEpoch(): void {
  epoch++
}

/** Whether the running transaction has seen nothing of the coinbase: the engine adds the fee to whatever it has by then. */
export function earnsUnseen(coinbase: u32): bool {
  return !isAccountRead(account(coinbase))
}

/** The running transaction depends on the account from here on. */
export function seeAccount(id: u32): void {
  const record = account(id)
  if (isAccountRead(record)) return
  if (load<u32>(record, ACCOUNT_EPOCH) != epoch) readBaseAccount(record)
  if (!listAccount(record)) forbidSpeculation()
}

/** Likewise; its account has been seen. */
export function seeSlot(id: u32): void {
  const record = slot(id)
  if (load<u32>(record, SLOT_STORAGE_ID) >= FIRST_SPECIAL_STORAGE_ID || isSlotRead(record)) return
  if (load<u32>(record, SLOT_EPOCH) != epoch) readBaseSlot(record)
  if (!listSlot(record)) forbidSpeculation()
}

function readBaseAccount(record: usize): void {
  store<u32>(record, epoch, ACCOUNT_EPOCH)
  const id = baseFindAccount(load<u64>(record), load<u64>(record, 8), load<u32>(record, 16))
  store<u32>(record, id, ACCOUNT_BASE_ID)
  if (id == 0) {
    store<u32>(record, 0, ACCOUNT_FLAGS)
    store<u64>(record, 0, ACCOUNT_NONCE)
    u256.setZero(record + ACCOUNT_BALANCE)
    store<u32>(record, 0, ACCOUNT_CODE_ID)
    return
  }
  store<u32>(record, <u32>(baseRecordField(id, 16) >> 32) & FLAG_EXISTS, ACCOUNT_FLAGS)
  store<u64>(record, baseRecordField(id, <u32>ACCOUNT_NONCE), ACCOUNT_NONCE)
  copyWord(id, <u32>ACCOUNT_BALANCE, record + ACCOUNT_BALANCE)
  store<u32>(record, codeOf(<u32>baseRecordField(id, <u32>ACCOUNT_CODE_ID)), ACCOUNT_CODE_ID)
}

function readBaseSlot(record: usize): void {
  store<u32>(record, epoch, SLOT_EPOCH)
  const owner = load<u32>(account(load<u32>(record, SLOT_STORAGE_ID)), ACCOUNT_BASE_ID)
  const id =
    owner == 0
      ? 0
      : baseFindSlot(owner, load<u64>(record), load<u64>(record, 8), load<u64>(record, 16), load<u64>(record, 24))
  store<u32>(record, id, SLOT_BASE_ID)
  if (id == 0) u256.setZero(record + SLOT_VALUE)
  else copyWord(id, <u32>SLOT_VALUE, record + SLOT_VALUE)
}

@inline
function copyWord(id: u32, offset: u32, to: usize): void {
  for (let i: u32 = 0; i < 32; i += 8) store<u64>(to + i, baseRecordField(id, offset + i))
}

/** The number that a code of the base has here; it is fetched where it is new. */
function codeOf(baseCodeId: u32): u32 {
  if (baseCodeId == 0) return 0
  for (let limb: u32 = 0; limb < 4; limb++) store<u64>(hash + (<usize>limb << 3), baseCodeHash(baseCodeId, limb))
  const known = findCode(hash)
  return known != 0xffffffff ? known : fetchCode(baseCodeId)
}

function fetchCode(baseCodeId: u32): u32 {
  const length = baseCodeLength(baseCodeId)
  const at = output + CODE_SCRATCH
  if (<u64>at + length + 8 > <u64>outputEnd) {
    forbidSpeculation()
    return 0
  }
  for (let i: u32 = 0; i < length; i += 8) store<u64>(at + i, baseCodeField(baseCodeId, i))
  const id = putCode(at, length)
  // Overwritten while it was read: it may be no code of the state at all.
  const isWhole =
    load<u64>(code(id) + CODE_HASH) == load<u64>(hash) && load<u64>(code(id) + CODE_HASH, 8) == load<u64>(hash, 8)
  if (!isWhole) forbidSpeculation()
  return id
}

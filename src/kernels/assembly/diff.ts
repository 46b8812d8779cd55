// State diffs, in the form that protocol/StateDiff.ts describes: counts little-endian, values big-endian.

import {
  dirtyAccountsStart,
  dirtySlotsStart,
  output,
  outputEnd,
} from './layout'
import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  account,
  FLAG_EXISTS,
  getAccount,
} from './accounts'
import { code, CODE_EPOCH, CODE_HASH, CODE_LENGTH, CODE_PTR, findCode, putCode } from './codes'
import {
  deleteAccount,
  differsFromBase,
  DIRTY_ACCOUNT_BYTES,
  DIRTY_ACCOUNT_CODE_ID,
  DIRTY_SLOT_BYTES,
  DIRTY_SLOT_VALUE,
  dirtyAccountsTop,
  dirtySlotsTop,
  endEpoch,
  writeAccount,
  writeSlot,
} from './journal'
import { getSlot, slot, SLOT_STORAGE_ID, SLOT_VALUE } from './slots'
import { fail, OUTPUT_FULL } from './failure'
import { addressToWord, wordToAddress } from './address'
import * as u256 from './u256'

const ACCOUNT_ENTRY_BYTES: usize = 93
const SLOT_ENTRY_BYTES: usize = 84
const DELETED: u8 = 1

let diffNumber: u32 = 0
let top: usize = 0

/** Writes the diff since the last one to the output region and starts the next. Returns its length. */
export function takeDiff(): u32 {
  const length = peekDiff()
  endEpoch()
  return length
}

/** Writes the diff since the last one; what it lists stays pending. */
export function peekDiff(): u32 {
  diffNumber++
  top = output
  writeAccounts()
  writeSlots()
  writeCodes()
  return <u32>(top - output)
}

function room(bytes: usize): void {
  if (top + bytes > outputEnd) fail(OUTPUT_FULL)
}

function writeAccounts(): void {
  room(4)
  const countAt = top
  top += 4
  let count: u32 = 0
  for (let entry = dirtyAccountsStart; entry < dirtyAccountsTop; entry += DIRTY_ACCOUNT_BYTES) {
    const record = account(load<u32>(entry))
    if (!differsFromBase(entry, record)) continue
    room(ACCOUNT_ENTRY_BYTES)
    wordToAddress(record, top)
    const exists = (load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) != 0
    store<u8>(top, exists ? 0 : DELETED, 20)
    if (exists) {
      store<u64>(top, bswap<u64>(load<u64>(record, ACCOUNT_NONCE)), 21)
      u256.fromBytes32(record + ACCOUNT_BALANCE, top + 29)
      memory.copy(top + 61, code(load<u32>(record, ACCOUNT_CODE_ID)) + CODE_HASH, 32)
    } else memory.fill(top + 21, 0, 72)
    top += ACCOUNT_ENTRY_BYTES
    count++
  }
  store<u32>(countAt, count)
}

function writeSlots(): void {
  room(4)
  const countAt = top
  top += 4
  let count: u32 = 0
  for (let entry = dirtySlotsStart; entry < dirtySlotsTop; entry += DIRTY_SLOT_BYTES) {
    const record = slot(load<u32>(entry))
    if (u256.eq(entry + DIRTY_SLOT_VALUE, record + SLOT_VALUE)) continue
    room(SLOT_ENTRY_BYTES)
    wordToAddress(account(load<u32>(record, SLOT_STORAGE_ID)), top)
    u256.fromBytes32(record, top + 20)
    u256.fromBytes32(record + SLOT_VALUE, top + 52)
    top += SLOT_ENTRY_BYTES
    count++
  }
  store<u32>(countAt, count)
}

function writeCodes(): void {
  room(4)
  const countAt = top
  top += 4
  let count: u32 = 0
  for (let entry = dirtyAccountsStart; entry < dirtyAccountsTop; entry += DIRTY_ACCOUNT_BYTES) {
    const codeId = load<u32>(account(load<u32>(entry)), ACCOUNT_CODE_ID)
    if (codeId == 0 || codeId == load<u32>(entry, DIRTY_ACCOUNT_CODE_ID)) continue
    const record = code(codeId)
    if (load<u32>(record, CODE_EPOCH) == diffNumber) continue
    store<u32>(record, diffNumber, CODE_EPOCH)
    const length = load<u32>(record, CODE_LENGTH)
    room(36 + length)
    memory.copy(top, record + CODE_HASH, 32)
    store<u32>(top, length, 32)
    memory.copy(top + 36, load<u32>(record, CODE_PTR), length)
    top += 36 + length
    count++
  }
  store<u32>(countAt, count)
}

export const DIFF_APPLIED: u32 = 0
export const DIFF_MALFORMED: u32 = 1
export const DIFF_UNKNOWN_CODE: u32 = 2

const address: usize = memory.data(32, 16)
const word: usize = memory.data(32, 16)

/** Applies a diff. What does not hold together is refused before anything is changed. */
export function applyDiff(at: usize, length: u32): u32 {
  const end = at + length
  if (length < 12) return DIFF_MALFORMED
  const accounts = at + 4
  const accountCount = <u64>load<u32>(at)
  if (<u64>accounts + accountCount * ACCOUNT_ENTRY_BYTES + 8 > <u64>end) return DIFF_MALFORMED
  const slots = accounts + <usize>accountCount * ACCOUNT_ENTRY_BYTES + 4
  const slotCount = <u64>load<u32>(slots - 4)
  if (<u64>slots + slotCount * SLOT_ENTRY_BYTES + 4 > <u64>end) return DIFF_MALFORMED
  const codes = slots + <usize>slotCount * SLOT_ENTRY_BYTES + 4
  const codeCount = load<u32>(codes - 4)
  if (!codesFit(codes, codeCount, end) || !flagsKnown(accounts, <u32>accountCount)) return DIFF_MALFORMED
  putCodes(codes, codeCount)
  if (!codesKnown(accounts, <u32>accountCount)) return DIFF_UNKNOWN_CODE
  applyAccounts(accounts, <u32>accountCount)
  applySlots(slots, <u32>slotCount)
  endEpoch()
  return DIFF_APPLIED
}

function codesFit(codes: usize, count: u32, end: usize): bool {
  let at = codes
  for (let i: u32 = 0; i < count; i++) {
    if (at + 36 > end || <u64>at + 36 + load<u32>(at, 32) > <u64>end) return false
    at += 36 + load<u32>(at, 32)
  }
  return at == end
}

function flagsKnown(accounts: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    if (load<u8>(accounts + <usize>i * ACCOUNT_ENTRY_BYTES, 20) > DELETED) return false
  }
  return true
}

function putCodes(codes: usize, count: u32): void {
  let at = codes
  for (let i: u32 = 0; i < count; i++) {
    putCode(at + 36, load<u32>(at, 32))
    at += 36 + load<u32>(at, 32)
  }
}

function codesKnown(accounts: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const entry = accounts + <usize>i * ACCOUNT_ENTRY_BYTES
    if (load<u8>(entry, 20) != DELETED && findCode(entry + 61) == 0xffffffff) return false
  }
  return true
}

function applyAccounts(accounts: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const entry = accounts + <usize>i * ACCOUNT_ENTRY_BYTES
    addressToWord(entry, address)
    const id = getAccount(address)
    if (load<u8>(entry, 20) == DELETED) deleteAccount(id, account(id))
    else {
      u256.fromBytes32(entry + 29, word)
      writeAccount(id, bswap<u64>(load<u64>(entry, 21)), word, findCode(entry + 61))
    }
  }
}

/** Slots of an account that does not exist are passed over, as in the trie: nothing could ever free them. */
function applySlots(slots: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const entry = slots + <usize>i * SLOT_ENTRY_BYTES
    addressToWord(entry, address)
    u256.fromBytes32(entry + 20, word)
    const accountId = getAccount(address)
    if ((load<u32>(account(accountId), ACCOUNT_FLAGS) & FLAG_EXISTS) == 0) continue
    const id = getSlot(accountId, word)
    u256.fromBytes32(entry + 52, word)
    writeSlot(id, accountId, word)
  }
}

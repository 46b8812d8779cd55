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
  ACCOUNT_UNDO,
  account,
  fetchAccount,
  findAccount,
  FLAG_EXISTS,
  insertAccount,
} from './accounts'
import { code, CODE_EPOCH, CODE_HASH, CODE_LENGTH, CODE_PTR, findCode, putCode } from './codes'
import {
  deleteAccount,
  differsFromBase,
  DIRTY_ACCOUNT_BALANCE,
  DIRTY_ACCOUNT_BYTES,
  DIRTY_ACCOUNT_CODE_ID,
  DIRTY_ACCOUNT_FLAGS,
  DIRTY_ACCOUNT_NONCE,
  DIRTY_SLOT_BYTES,
  DIRTY_SLOT_VALUE,
  dirtyAccountsTop,
  dirtySlotsTop,
  endEpoch,
  replaceAccount,
  replaceSlot,
  writeAccount,
  writeSlot,
} from './journal'
import { isLazy } from './lazyState'
import { moveOut } from './moveOut'
import { fetchSlot, findSlot, insertSlot, slot, SLOT_STORAGE_ID, SLOT_UNDO, SLOT_VALUE } from './slots'
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
  writeAccounts(false)
  writeSlots(false)
  writeCodes()
  return <u32>(top - output)
}

/** Diffs of which only the first value before is wanted of what they change; 0: all are. */
let undoGroup: u32 = 0

/** Whether an undo of this group has listed the record before; from now on one has. `at` is the record's cell for it. */
function isListed(at: usize): bool {
  if (undoGroup == 0) return false
  if (load<u32>(at) == undoGroup) return true
  store<u32>(at, undoGroup)
  return false
}

/** Writes the diff that leads back to where the pending one began. It brings no code: the store has all of them. */
function writeUndo(): u32 {
  top = output
  writeAccounts(true)
  writeSlots(true)
  room(4)
  store<u32>(top, 0)
  return <u32>(top + 4 - output)
}

function room(bytes: usize): void {
  if (top + bytes > outputEnd) fail(OUTPUT_FULL)
}

/** `before`: as they were when the diff began. */
function writeAccounts(before: bool): void {
  room(4)
  const countAt = top
  top += 4
  let count: u32 = 0
  for (let entry = dirtyAccountsStart; entry < dirtyAccountsTop; entry += DIRTY_ACCOUNT_BYTES) {
    const record = account(load<u32>(entry))
    if (!differsFromBase(entry, record)) continue
    // Who keeps undos wants every code that leaves an account.
    const keepsCode = load<u32>(entry, DIRTY_ACCOUNT_CODE_ID) == load<u32>(record, ACCOUNT_CODE_ID)
    if (before && isListed(record + ACCOUNT_UNDO) && keepsCode) continue
    room(ACCOUNT_ENTRY_BYTES)
    wordToAddress(record, top)
    if (before)
      writeFields(
        load<u32>(entry, DIRTY_ACCOUNT_FLAGS),
        load<u64>(entry, DIRTY_ACCOUNT_NONCE),
        entry + DIRTY_ACCOUNT_BALANCE,
        load<u32>(entry, DIRTY_ACCOUNT_CODE_ID),
      )
    else
      writeFields(
        load<u32>(record, ACCOUNT_FLAGS),
        load<u64>(record, ACCOUNT_NONCE),
        record + ACCOUNT_BALANCE,
        load<u32>(record, ACCOUNT_CODE_ID),
      )
    top += ACCOUNT_ENTRY_BYTES
    count++
  }
  store<u32>(countAt, count)
}

function writeFields(flags: u32, nonce: u64, balance: usize, codeId: u32): void {
  const exists = (flags & FLAG_EXISTS) != 0
  store<u8>(top, exists ? 0 : DELETED, 20)
  if (exists) {
    store<u64>(top, bswap<u64>(nonce), 21)
    u256.fromBytes32(balance, top + 29)
    memory.copy(top + 61, code(codeId) + CODE_HASH, 32)
  } else memory.fill(top + 21, 0, 72)
}

function writeSlots(before: bool): void {
  room(4)
  const countAt = top
  top += 4
  let count: u32 = 0
  for (let entry = dirtySlotsStart; entry < dirtySlotsTop; entry += DIRTY_SLOT_BYTES) {
    const record = slot(load<u32>(entry))
    if (u256.eq(entry + DIRTY_SLOT_VALUE, record + SLOT_VALUE) || (before && isListed(record + SLOT_UNDO))) continue
    room(SLOT_ENTRY_BYTES)
    wordToAddress(account(load<u32>(record, SLOT_STORAGE_ID)), top)
    u256.fromBytes32(record, top + 20)
    u256.fromBytes32(before ? entry + DIRTY_SLOT_VALUE : record + SLOT_VALUE, top + 52)
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

// The diff being applied.
let accounts: usize = 0
let accountCount: u32 = 0
let slots: usize = 0
let slotCount: u32 = 0

/** Applies a diff. What does not hold together is refused before anything is changed. */
export function applyDiff(at: usize, length: u32): u32 {
  const refused = openDiff(at, length)
  if (refused != DIFF_APPLIED) return refused
  applyOpened(false)
  endEpoch()
  return DIFF_APPLIED
}

/**
 * Like {@link applyDiff}, and writes the diff that leads back to the output region: what really changes, with the
 * values before. What an undo of the same `group` has listed is left out, unless its record was made anew since or its code
 * changes now (group 0: nothing is).
 * Returns its length, or why the diff is refused, which is less than the length of any diff.
 */
export function applyDiffWithUndo(at: usize, length: u32, group: u32): u32 {
  const refused = openDiff(at, length)
  if (refused != DIFF_APPLIED) return refused
  applyOpened(true)
  undoGroup = group
  const undoLength = writeUndo()
  endEpoch()
  return undoLength
}

/** Checks a diff and stores its codes, which change nothing until an account has them. */
function openDiff(at: usize, length: u32): u32 {
  const end = at + length
  if (length < 12) return DIFF_MALFORMED
  accounts = at + 4
  accountCount = load<u32>(at)
  if (<u64>accounts + <u64>accountCount * ACCOUNT_ENTRY_BYTES + 8 > <u64>end) return DIFF_MALFORMED
  slots = accounts + <usize>accountCount * ACCOUNT_ENTRY_BYTES + 4
  slotCount = load<u32>(slots - 4)
  if (<u64>slots + <u64>slotCount * SLOT_ENTRY_BYTES + 4 > <u64>end) return DIFF_MALFORMED
  const codes = slots + <usize>slotCount * SLOT_ENTRY_BYTES + 4
  const codeCount = load<u32>(codes - 4)
  if (!codesFit(codes, codeCount, end) || !flagsKnown()) return DIFF_MALFORMED
  if (isLazy) bringAll()
  putCodes(codes, codeCount)
  return codesKnown() ? DIFF_APPLIED : DIFF_UNKNOWN_CODE
}

function codesFit(codes: usize, count: u32, end: usize): bool {
  let at = codes
  for (let i: u32 = 0; i < count; i++) {
    if (at + 36 > end || <u64>at + 36 + load<u32>(at, 32) > <u64>end) return false
    at += 36 + load<u32>(at, 32)
  }
  return at == end
}

function flagsKnown(): bool {
  for (let i: u32 = 0; i < accountCount; i++) {
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

function codesKnown(): bool {
  for (let i: u32 = 0; i < accountCount; i++) {
    const entry = accounts + <usize>i * ACCOUNT_ENTRY_BYTES
    if (load<u8>(entry, 20) != DELETED && findCode(entry + 61) == 0xffffffff) return false
  }
  return true
}

/**
 * Asks a lazy engine's base for all that the diff names, which may fail, before anything is changed. Codes that accounts have
 * there come along: a diff does not bring them.
 */
function bringAll(): void {
  for (let i: u32 = 0; i < accountCount; i++) {
    addressToWord(accounts + <usize>i * ACCOUNT_ENTRY_BYTES, address)
    findAccount(address)
  }
  for (let i: u32 = 0; i < slotCount; i++) {
    const entry = slots + <usize>i * SLOT_ENTRY_BYTES
    addressToWord(entry, address)
    const accountId = findAccount(address)
    u256.fromBytes32(entry + 20, word)
    if (accountId != 0) findSlot(accountId, word)
  }
}

/**
 * Deletions come last: the diff has the slots of a deleted account as zero, and then there is no need to search the
 * table for them.
 *
 * @param listed - whether all that is written is listed with the value before, as undoing needs it.
 */
function applyOpened(listed: bool): void {
  applyAccounts(listed)
  applySlots(listed)
  applyDeletions()
}

function applyAccounts(listed: bool): void {
  for (let i: u32 = 0; i < accountCount; i++) {
    if (i % FETCHED == 0) fetchAccounts(i)
    const entry = accounts + <usize>i * ACCOUNT_ENTRY_BYTES
    if (load<u8>(entry, 20) == DELETED) continue
    addressToWord(entry, address)
    let id = findAccount(address)
    if (id == 0) id = insertAccount(address)
    u256.fromBytes32(entry + 29, word)
    const nonce = bswap<u64>(load<u64>(entry, 21))
    if (listed) writeAccount(id, nonce, word, findCode(entry + 61))
    else replaceAccount(id, nonce, word, findCode(entry + 61))
  }
}

/** Entries whose first cells are read together, so that the processor waits for all of them at once. */
const FETCHED: u32 = 16
const fetched: usize = memory.data(4) // what they add up to: so that the reading is not left out

function fetchAccounts(from: u32): void {
  const end = min(from + FETCHED, accountCount)
  let sum: u32 = 0
  for (let i = from; i < end; i++) {
    addressToWord(accounts + <usize>i * ACCOUNT_ENTRY_BYTES, address)
    sum += fetchAccount(address)
  }
  store<u32>(fetched, sum)
}

/** Of the slots that were fetched together: the numbers of their accounts. */
const slotAccounts: usize = memory.data(16 * 4, 16)

function fetchSlots(from: u32): void {
  const end = min(from + FETCHED, slotCount)
  let sum: u32 = 0
  let accountId: u32 = 0
  for (let i = from; i < end; i++) {
    const entry = slots + <usize>i * SLOT_ENTRY_BYTES
    if (i == from || !sameAddress(entry, entry - SLOT_ENTRY_BYTES)) {
      addressToWord(entry, address)
      accountId = findAccount(address)
    }
    store<u32>(slotAccounts + (<usize>(i - from) << 2), accountId)
    u256.fromBytes32(entry + 20, word)
    sum += fetchSlot(accountId, word)
  }
  store<u32>(fetched, sum)
}

/** Slots of an account that does not exist are passed over, as in the trie: nothing could ever free them. */
function applySlots(listed: bool): void {
  for (let i: u32 = 0; i < slotCount; i++) {
    const entry = slots + <usize>i * SLOT_ENTRY_BYTES
    if (i % FETCHED == 0) {
      moveOut()
      fetchSlots(i)
    }
    const accountId = load<u32>(slotAccounts + (<usize>(i % FETCHED) << 2))
    if (accountId != 0 && (load<u32>(account(accountId), ACCOUNT_FLAGS) & FLAG_EXISTS) != 0)
      applySlot(accountId, entry, listed)
  }
}

function sameAddress(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8) && load<u32>(a, 16) == load<u32>(b, 16)
}

function applySlot(accountId: u32, entry: usize, listed: bool): void {
  u256.fromBytes32(entry + 20, word)
  let id = findSlot(accountId, word)
  const value = entry + 52
  const isZero = u256.isZero(value)
  if (id == 0) {
    if (isZero) return
    id = insertSlot(accountId, word)
  }
  u256.fromBytes32(value, word)
  if (listed || isZero) writeSlot(id, accountId, word)
  else replaceSlot(id, accountId, word)
}

function applyDeletions(): void {
  for (let i: u32 = 0; i < accountCount; i++) {
    const entry = accounts + <usize>i * ACCOUNT_ENTRY_BYTES
    if (load<u8>(entry, 20) != DELETED) continue
    addressToWord(entry, address)
    const id = findAccount(address)
    if (id != 0) deleteAccount(id, account(id))
  }
}

// What the running speculation has read: accounts and slots in the order in which it first saw them, each with the value
// that it had then. Reverts take nothing out: the outcome depends on what was read before them too.
//
// The lists lie in the output region, in the form in which the speculation hands them over (speculate.ts).

import {
  ACCOUNT_BALANCE,
  ACCOUNT_BASE_ID,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_SEEN,
  account,
  FLAG_EXISTS,
} from './accounts'
import { code, CODE_HASH } from './codes'
import { output } from './layout'
import { SLOT_BASE_ID, SLOT_SEEN, SLOT_STORAGE_ID, SLOT_VALUE } from './slots'
import * as u256 from './u256'

// An account that was read.
export const READ_ADDRESS: usize = 0 // 20 bytes, as in a record
export const READ_FLAGS: usize = 20 // u32: FLAG_EXISTS or 0
export const READ_NONCE: usize = 24 // u64
export const READ_BALANCE: usize = 32 // word
export const READ_CODE_HASH: usize = 64 // 32 bytes
export const READ_ACCOUNT_ID: usize = 96 // u32: its number in the base when it was read, 0: none; then as validation finds it
export const READ_ACCOUNT_BYTES: usize = 104

// A slot that was read.
export const READ_KEY: usize = 0 // word
export const READ_VALUE: usize = 32 // word
export const READ_OWNER: usize = 64 // u32: its account's place in the list of accounts
export const READ_SLOT_ID: usize = 68 // u32: like READ_ACCOUNT_ID
export const READ_SLOT_BYTES: usize = 72

/** Most accounts, and most slots; who reads more is not speculated on. */
const READ_LIMIT: u32 = 1024

const ACCOUNTS: usize = 0
const SLOTS: usize = ACCOUNTS + <usize>READ_LIMIT * READ_ACCOUNT_BYTES
/** Where the output region is free. */
export const CODE_SCRATCH: usize = SLOTS + <usize>READ_LIMIT * READ_SLOT_BYTES

export let readAccountCount: u32 = 0
export let readSlotCount: u32 = 0
// A record's SEEN field is a number that grows with each that is seen: what earlier transactions have seen is below the
// first of this one, and the rest is the place in the list.
let firstAccount: u32 = 1
let firstSlot: u32 = 1

export function resetReads(): void {
  readAccountCount = 0
  readSlotCount = 0
  firstAccount = 1
  firstSlot = 1
}

/** Starts the next transaction's lists. False: the numbers are used up, and the tables are to be emptied first. */
export function beginReads(): bool {
  firstAccount += readAccountCount
  firstSlot += readSlotCount
  readAccountCount = 0
  readSlotCount = 0
  return max(firstAccount, firstSlot) < 0xffff0000
}

@inline
export function isAccountRead(record: usize): bool {
  return load<u32>(record, ACCOUNT_SEEN) >= firstAccount
}

@inline
export function isSlotRead(record: usize): bool {
  return load<u32>(record, SLOT_SEEN) >= firstSlot
}

/** Place in the list of an account that was read. */
@inline
export function accountPlace(record: usize): u32 {
  return load<u32>(record, ACCOUNT_SEEN) - firstAccount
}

@inline
export function slotPlace(record: usize): u32 {
  return load<u32>(record, SLOT_SEEN) - firstSlot
}

@inline
export function readAccountAt(place: u32): usize {
  return output + ACCOUNTS + <usize>place * READ_ACCOUNT_BYTES
}

@inline
export function readSlotAt(place: u32): usize {
  return output + SLOTS + <usize>place * READ_SLOT_BYTES
}

/** Lists an account as it stands. False: the list is full. */
export function listAccount(record: usize): bool {
  if (readAccountCount == READ_LIMIT) return false
  const read = readAccountAt(readAccountCount)
  store<u32>(record, firstAccount + readAccountCount++, ACCOUNT_SEEN)
  u256.copy(record, read) // address, flags, nonce
  store<u32>(read, load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS, READ_FLAGS)
  u256.copy(record + ACCOUNT_BALANCE, read + READ_BALANCE)
  u256.copy(code(load<u32>(record, ACCOUNT_CODE_ID)) + CODE_HASH, read + READ_CODE_HASH)
  store<u32>(read, load<u32>(record, ACCOUNT_BASE_ID), READ_ACCOUNT_ID)
  return true
}

/** Lists a slot, whose account is listed, as it stands. False: the list is full. */
export function listSlot(record: usize): bool {
  if (readSlotCount == READ_LIMIT) return false
  const read = readSlotAt(readSlotCount)
  store<u32>(record, firstSlot + readSlotCount++, SLOT_SEEN)
  u256.copy(record, read)
  u256.copy(record + SLOT_VALUE, read + READ_VALUE)
  store<u32>(read, accountPlace(account(load<u32>(record, SLOT_STORAGE_ID))), READ_OWNER)
  store<u32>(read, load<u32>(record, SLOT_BASE_ID), READ_SLOT_ID)
  return true
}

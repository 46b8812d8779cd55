// The account table: records (records.ts), found by address through an index (hashIndex.ts).
//
// A record is also made for an account that does not exist when it is read, so that warmth has a place;
// such records are freed when the diff is taken.

import { zeroBytes } from './bytes'
import { accountIndex, accountIndexMax, recordLimit } from './layout'
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
import { hashOfAddress } from './hashing'
import { bringAccount, isLazy } from './lazyState'
import { isSpeculating, seeAccount } from './overlay'
import { isAccountRecord } from './readerFields'
import { RECORD_BYTES, recordAt, takeAccountNumber } from './records'
import { TABLE_ACCOUNT_INDEX, TABLE_ACCOUNT_SEEDS } from './speculation'
import { ACCOUNTS_FULL, fail } from './failure'
import * as u256 from './u256'

export const ACCOUNT_ADDRESS: usize = 0 // 20 bytes, low limbs first (the low 20 bytes of a word)
export const ACCOUNT_FLAGS: usize = 20 // u32
export const ACCOUNT_NONCE: usize = 24 // u64
export const ACCOUNT_BALANCE: usize = 32 // word
export const ACCOUNT_STORAGE_ID: usize = 64 // u32: the account's number, but under an eth_call override of its storage
export const ACCOUNT_COLD_SLOTS: usize = 68 // u32: slots that are in the cold stores (cold.ts)
// Of a speculator (overlay.ts):
export const ACCOUNT_BASE_ID: usize = 72 // u32: the account's number in the base when it was read, 0: it had none
export const ACCOUNT_EPOCH: usize = 76 // u32: when it was read from the base
export const ACCOUNT_SEEN: usize = 80 // u32: when a transaction last saw it (readSet.ts)
export const ACCOUNT_UNDO: usize = 84 // u32: the group of diffs whose undo has listed it (diff.ts)
export const ACCOUNT_CODE_ID: usize = 96 // u32, 0: no code
export const ACCOUNT_SLOT_COUNT: usize = 100 // u32: slots that are not zero
export const ACCOUNT_WARM: usize = 104 // u32: serial of the transaction in which it is warm (EIP-2929)
export const ACCOUNT_CREATED: usize = 108 // u32: serial of the transaction that created it (EIP-6780)
export const ACCOUNT_DIRTY: usize = 112 // u32: 1 when the diff being gathered lists it
export const ACCOUNT_NEXT: usize = 116 // u32: next fresh or free record

export const FLAG_EXISTS: u32 = 1 // it is in the state trie
export const FLAG_TOUCHED: u32 = 2 // EIP-161, in this transaction
export const FLAG_DESTRUCTED: u32 = 4 // SELFDESTRUCT, in this transaction
export const FLAG_BASE_STORAGE: u32 = 8 // slots that the table lacks are in the base (lazyState.ts)
/** Flags that outlast a transaction. */
export const LASTING_FLAGS: u32 = FLAG_EXISTS | FLAG_BASE_STORAGE

const index: usize = memory.data(INDEX_BYTES, 16)
let freeHead: u32 = 0
export let freshHead: u32 = 0 // records made since the last diff
let seed0: u64 = 0
let seed1: u64 = 0
let seed2: u64 = 0

export function resetAccounts(s0: u64, s1: u64, s2: u64): void {
  seed0 = s0 | 1
  seed1 = s1 | 1
  seed2 = s2 | 1
  resetIndex(index, accountIndex, accountIndexMax)
  freeHead = 0
  freshHead = 0
}

export function accountCount(): u32 {
  return indexCount(index)
}

/** Most accounts, as far as the index counts. */
export function accountLimit(): u32 {
  return min(indexLimit(accountIndexMax), recordLimit - 1)
}

@inline
export function account(id: u32): usize {
  return recordAt(id)
}

@inline
function hashAddress(a: u64, b: u64, c: u64): u32 {
  return hashOfAddress(a, b, c, seed0, seed1, seed2)
}

/** Tells a speculator's reader (baseReader.ts) how to search here. */
export function describeAccounts(tables: usize): void {
  store<u32>(tables, <u32>index, TABLE_ACCOUNT_INDEX)
  store<u64>(tables, seed0, TABLE_ACCOUNT_SEEDS)
  store<u64>(tables, seed1, TABLE_ACCOUNT_SEEDS + 8)
  store<u64>(tables, seed2, TABLE_ACCOUNT_SEEDS + 16)
}

/** Number of the account at the address word, or 0. A lazy engine has a record of every account that it is asked for. */
export function findAccount(address: usize): u32 {
  const a = load<u64>(address)
  const b = load<u64>(address, 8)
  const c = load<u32>(address, 16)
  const hash = hashAddress(a, b, c)
  let cell = matchingCell(homeCell(index, hash), hash)
  while (cell != 0) {
    const id = cellRecord(cell)
    if (isAccountRecord(account(id), a, b, c)) return id
    cell = matchingCell(nextCell(cell), hash)
  }
  return isLazy ? bringAccount(address) : 0
}

/** Reads the cell where the account's search begins, which {@link findAccount} then has near; its value means nothing. */
@inline
export function fetchAccount(address: usize): u32 {
  return load<u32>(homeCell(index, hashAddress(load<u64>(address), load<u64>(address, 8), load<u32>(address, 16))))
}

/** Reads the account's record, if there is one, so that it is near; what it returns means nothing. */
export function touchAccount(address: usize): u32 {
  const hash = hashAddress(load<u64>(address), load<u64>(address, 8), load<u32>(address, 16))
  const cell = matchingCell(homeCell(index, hash), hash)
  if (cell == 0) return 0
  const record = account(cellRecord(cell))
  return load<u32>(record) ^ load<u32>(record, ACCOUNT_STORAGE_ID)
}

/** Number of the account at the address word; a record is made where there is none. */
export function getAccount(address: usize): u32 {
  const found = findAccount(address)
  if (found != 0 && !isSpeculating) return found
  const id = found != 0 ? found : insertFreshAccount(address)
  if (isSpeculating) seeAccount(id)
  return id
}

/** The same, where what the running transaction does depends on nothing that the account holds. */
export function getUnseenAccount(address: usize): u32 {
  const found = findAccount(address)
  return found != 0 ? found : insertFreshAccount(address)
}

function insertFreshAccount(address: usize): u32 {
  const id = insertAccount(address)
  keepFreshAccount(id)
  return id
}

/** Makes the record of an account that has none. The caller sees to it that it exists, or that it is freed. */
export function insertAccount(address: usize): u32 {
  if (!makeRoom(index)) fail(ACCOUNTS_FULL)
  let id = freeHead
  if (id != 0) freeHead = load<u32>(account(id), ACCOUNT_NEXT)
  else {
    id = takeAccountNumber()
    if (id == 0) fail(ACCOUNTS_FULL)
  }
  const record = account(id)
  zeroBytes(record, <u32>RECORD_BYTES)
  const a = load<u64>(address)
  const b = load<u64>(address, 8)
  const c = load<u32>(address, 16)
  const hash = hashAddress(a, b, c)
  store<u64>(record, a)
  store<u64>(record, b, 8)
  store<u32>(record, c, 16)
  store<u32>(record, id, ACCOUNT_STORAGE_ID)
  insertCell(index, hash, id)
  return id
}

/** Takes a record out of the table; its number is used again. */
export function freeAccount(id: u32): void {
  const record = account(id)
  removeCell(index, id)
  u256.setZero(record)
  store<u32>(record, 0, ACCOUNT_STORAGE_ID) // what endEpoch knows a freed record by
  store<u32>(record, freeHead, ACCOUNT_NEXT)
  freeHead = id
}

/** Starts a new list of fresh records and returns the old one's head. */
export function takeFreshAccounts(): u32 {
  const head = freshHead
  freshHead = 0
  return head
}

/** Puts a record on the fresh list. */
export function keepFreshAccount(id: u32): void {
  store<u32>(account(id), freshHead, ACCOUNT_NEXT)
  freshHead = id
}

// A lazy engine's tables: they begin empty, and what they lack is asked of the host's state (the base), once. From then on
// a record says what its account or slot is, also that there is nothing; so none is freed before the tables are emptied.

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  ACCOUNT_SLOT_COUNT,
  account,
  FLAG_BASE_STORAGE,
  FLAG_EXISTS,
  insertAccount,
} from './accounts'
import { wordToAddress } from './address'
import { codeRoom, codeRoomAt, findCode, putCode } from './codes'
import { CODE_FULL, fail } from './failure'
import { insertSlot, slot, SLOT_VALUE } from './slots'
import * as u256 from './u256'

/** Writes nonce 8 and balance 32, big-endian, code hash 32, and u8: whether it has storage. False: no such account. */
// @ts-ignore: decorator
@external("state", "account")
declare function stateAccount(address: usize, out: usize): bool
/** Writes the slot's value; all big-endian. */
// @ts-ignore: decorator
@external("state", "slot")
declare function stateSlot(address: usize, key: usize, out: usize): void
/** Writes the code, if it is not longer than the room, and returns its length. */
// @ts-ignore: decorator
@external("state", "code")
declare function stateCode(hash: usize, out: usize, room: u32): u32

/** Whether this engine is a lazy one. */
export let isLazy: bool = false

const address: usize = memory.data(32, 16)
const key: usize = memory.data(32, 16)
const answer: usize = memory.data(80, 16)
const ANSWER_BALANCE: usize = 8
const ANSWER_CODE_HASH: usize = 40
const ANSWER_STORAGE: usize = 72

export function beLazy(): void {
  isLazy = true
}

/**
 * Makes the record of the account at the address word, which the table lacks. The base is asked first: where it fails,
 * nothing has changed.
 */
export function bringAccount(addressWord: usize): u32 {
  wordToAddress(addressWord, address)
  const exists = stateAccount(address, answer)
  const codeId = exists ? codeOf(answer + ANSWER_CODE_HASH) : 0
  const id = insertAccount(addressWord)
  if (!exists) return id
  const record = account(id)
  const hasStorage = load<u8>(answer, ANSWER_STORAGE) != 0
  store<u32>(record, hasStorage ? FLAG_EXISTS | FLAG_BASE_STORAGE : FLAG_EXISTS, ACCOUNT_FLAGS)
  store<u64>(record, bswap<u64>(load<u64>(answer)), ACCOUNT_NONCE)
  u256.fromBytes32(answer + ANSWER_BALANCE, record + ACCOUNT_BALANCE)
  store<u32>(record, codeId, ACCOUNT_CODE_ID)
  return id
}

/** Likewise of a slot, whose storage is the account's own. */
export function bringSlot(accountId: u32, keyWord: usize): u32 {
  const record = account(accountId)
  const isInBase = (load<u32>(record, ACCOUNT_FLAGS) & FLAG_BASE_STORAGE) != 0
  if (isInBase) {
    wordToAddress(record, address)
    u256.fromBytes32(keyWord, key)
    stateSlot(address, key, answer)
  }
  const id = insertSlot(accountId, keyWord)
  if (!isInBase) return id
  u256.fromBytes32(answer, slot(id) + SLOT_VALUE)
  if (!u256.isZero(answer)) store<u32>(record, load<u32>(record, ACCOUNT_SLOT_COUNT) + 1, ACCOUNT_SLOT_COUNT)
  return id
}

/** Number of the code with the hash; it is fetched where it is new. */
function codeOf(hash: usize): u32 {
  const known = findCode(hash)
  if (known != 0xffffffff) return known
  const at = codeRoomAt()
  const length = stateCode(hash, at, codeRoom())
  if (length > codeRoom()) fail(CODE_FULL)
  return putCode(at, length)
}

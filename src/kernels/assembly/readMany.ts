// Many accounts or slots are read in groups: what each search meets first is fetched of all of them, then what it meets next,
// so that the processor waits for a group once and not for each.

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  account,
  fetchAccount,
  findAccount,
  FLAG_EXISTS,
  touchAccount,
} from './accounts'
import { addressToWord } from './address'
import { code, CODE_HASH } from './codes'
import { fetchSlot, readSlot, touchSlot } from './slots'
import * as u256 from './u256'

const GROUP: u32 = 16
const addresses: usize = memory.data(16 * 32, 16)
const keys: usize = memory.data(16 * 32, 16)
const accountIds: usize = memory.data(16 * 4, 16)
const value: usize = memory.data(32, 16)
/** What is fetched adds up here: so that the reading is not left out. */
const fetched: usize = memory.data(4)

const ADDRESS_BYTES: usize = 20
const SLOT_NAME_BYTES: usize = 52
const OLD_ACCOUNT_BYTES: usize = 72

/**
 * Of `count` addresses of 20 bytes each writes nonce 8 · balance 32 · codeHash 32, big-endian; without account zeros and the
 * hash of no code.
 */
export function readAccounts(from: usize, count: u32, out: usize): void {
  for (let group: u32 = 0; group < count; group += GROUP) {
    const size = min(GROUP, count - group)
    let sum: u32 = 0
    for (let i: u32 = 0; i < size; i++, from += ADDRESS_BYTES) {
      addressToWord(from, addressOf(i))
      sum += fetchAccount(addressOf(i))
    }
    for (let i: u32 = 0; i < size; i++) sum += touchAccount(addressOf(i))
    store<u32>(fetched, sum)
    for (let i: u32 = 0; i < size; i++, out += OLD_ACCOUNT_BYTES) writeAccount(findAccount(addressOf(i)), out)
  }
}

/** Of `count` slots (address 20 · key 32) writes the value's 32 bytes each, big-endian. */
export function readSlots(from: usize, count: u32, out: usize): void {
  for (let group: u32 = 0; group < count; group += GROUP) {
    const size = min(GROUP, count - group)
    let sum: u32 = 0
    for (let i: u32 = 0; i < size; i++, from += SLOT_NAME_BYTES) {
      addressToWord(from, addressOf(i))
      u256.fromBytes32(from + ADDRESS_BYTES, keyOf(i))
      const id = findAccount(addressOf(i))
      store<u32>(accountIds + (<usize>i << 2), id)
      sum += fetchSlot(id, keyOf(i))
    }
    for (let i: u32 = 0; i < size; i++) sum += touchSlot(accountIdOf(i), keyOf(i))
    store<u32>(fetched, sum)
    for (let i: u32 = 0; i < size; i++, out += 32) {
      if (accountIdOf(i) == 0) u256.setZero(value)
      else readSlot(accountIdOf(i), keyOf(i), value)
      u256.fromBytes32(value, out)
    }
  }
}

function writeAccount(id: u32, out: usize): void {
  const record = account(id)
  const exists = id != 0 && (load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) != 0
  store<u64>(out, exists ? bswap<u64>(load<u64>(record, ACCOUNT_NONCE)) : 0)
  if (exists) u256.fromBytes32(record + ACCOUNT_BALANCE, out + 8)
  else u256.setZero(out + 8)
  const codeHash = code(exists ? load<u32>(record, ACCOUNT_CODE_ID) : 0) + CODE_HASH
  v128.store(out + 40, v128.load(codeHash))
  v128.store(out + 40, v128.load(codeHash, 16), 16)
}

// @ts-ignore: decorator
@inline
function addressOf(i: u32): usize {
  return addresses + (<usize>i << 5)
}

// @ts-ignore: decorator
@inline
function keyOf(i: u32): usize {
  return keys + (<usize>i << 5)
}

// @ts-ignore: decorator
@inline
function accountIdOf(i: u32): u32 {
  return load<u32>(accountIds + (<usize>i << 2))
}

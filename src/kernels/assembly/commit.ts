// The engine's side of a speculation: where everything that it read is still as it was read, what it wrote is written, as if
// the transaction had been executed here. Values are compared, not versions: it does not matter how or when the speculator
// came by them, nor whether somebody has written the same again.

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  ACCOUNT_STORAGE_ID,
  account,
  findAccount,
  FLAG_EXISTS,
  getAccount,
} from './accounts'
import { code, CODE_HASH } from './codes'
import { deleteAccount, isEmptyAccount, markDirtyAccount, markDirtySlot, writeAccount, writeSlot } from './journal'
import {
  cells,
  ENV_COINBASE,
  ENV_CUMULATIVE_GAS,
  ENV_GAS_LIMIT,
  recordLimit,
  RESULT_GAS_USED,
  RESULT_KIND,
  RESULT_STATUS,
  speculation,
  TX,
} from './layout'
import { takeLogs } from './logs'
import { moveOut } from './moveOut'
import {
  READ_ACCOUNT_BYTES,
  READ_ACCOUNT_ID,
  READ_BALANCE,
  READ_CODE_HASH,
  READ_FLAGS,
  READ_KEY,
  READ_NONCE,
  READ_OWNER,
  READ_SLOT_BYTES,
  READ_SLOT_ID,
  READ_VALUE,
} from './readSet'
import { isAccountRecord } from './readerFields'
import { findSlot, getSlot, slot, SLOT_STORAGE_ID, SLOT_VALUE } from './slots'
import {
  LISTED_ACCOUNT_BYTES,
  LISTED_BALANCE,
  LISTED_CHANGED,
  LISTED_NONCE,
  LISTED_PLACE,
  LISTED_SLOT_BYTES,
  LISTED_VALUE,
  SPEC_ACCOUNTS_LISTED,
  SPEC_ACCOUNTS_READ,
  SPEC_COMPILED_GAS,
  SPEC_FEE,
  SPEC_FEE_APART,
  SPEC_GAS_LIMIT,
  SPEC_GAS_USED,
  SPEC_HEAD_BYTES,
  SPEC_INTERPRETED_GAS,
  SPEC_LOGS_LENGTH,
  SPEC_SLOTS_LISTED,
  SPEC_SLOTS_READ,
  SPEC_STATUS,
  SPEC_TYPE,
} from './speculate'
import { COMMITTED, CONFLICTED, count } from './speculation'
import { addGas } from './tiers'
import { TX_TYPE } from './transaction'
import * as u256 from './u256'

const sum: usize = memory.data(32, 16)

/** The parts of the speculation that is being looked at. */
let accountsRead: usize = 0
let slotsRead: usize = 0
let accountsListed: usize = 0
let slotsListed: usize = 0
let logsAt: usize = 0

/** Commits a speculation where it holds. False: nothing has changed, and the transaction is to be executed. */
export function commitSpeculation(at: usize): bool {
  moveOut()
  open(at)
  if (!fitsBlock(at) || !accountsHold(load<u32>(at, SPEC_ACCOUNTS_READ)) || !slotsHold(load<u32>(at, SPEC_SLOTS_READ))) {
    count(speculation + CONFLICTED)
    return false
  }
  writeAccounts(load<u32>(at, SPEC_ACCOUNTS_LISTED))
  writeSlots(load<u32>(at, SPEC_SLOTS_LISTED))
  if (load<u32>(at, SPEC_FEE_APART) != 0) payFee(at + SPEC_FEE)
  addGas(load<i64>(at, SPEC_INTERPRETED_GAS), load<i64>(at, SPEC_COMPILED_GAS))
  const gasUsed = load<u64>(at, SPEC_GAS_USED)
  store<u64>(cells, load<u64>(cells, ENV_CUMULATIVE_GAS) + gasUsed, ENV_CUMULATIVE_GAS)
  // What the receipt is written of.
  store<i32>(cells, 0, RESULT_KIND)
  store<u32>(cells, load<u32>(at, SPEC_STATUS), RESULT_STATUS)
  store<u64>(cells, gasUsed, RESULT_GAS_USED)
  store<u32>(cells + TX, load<u32>(at, SPEC_TYPE), TX_TYPE)
  takeLogs(logsAt, load<u32>(at, SPEC_LOGS_LENGTH))
  count(speculation + COMMITTED)
  return true
}

function open(at: usize): void {
  accountsRead = at + SPEC_HEAD_BYTES
  slotsRead = accountsRead + <usize>load<u32>(at, SPEC_ACCOUNTS_READ) * READ_ACCOUNT_BYTES
  accountsListed = slotsRead + <usize>load<u32>(at, SPEC_SLOTS_READ) * READ_SLOT_BYTES
  slotsListed = accountsListed + <usize>load<u32>(at, SPEC_ACCOUNTS_LISTED) * LISTED_ACCOUNT_BYTES
  logsAt = slotsListed + <usize>load<u32>(at, SPEC_SLOTS_LISTED) * LISTED_SLOT_BYTES
}

/** What a speculator does not know: how much of the block's gas is left. */
function fitsBlock(at: usize): bool {
  const used = load<u64>(cells, ENV_CUMULATIVE_GAS)
  const limit = load<u64>(cells, ENV_GAS_LIMIT)
  return used <= limit && load<u64>(at, SPEC_GAS_LIMIT) <= limit - used
}

// ------------------------------------------------------------------------------------------------------ validation

function accountsHold(accountCount: u32): bool {
  const end = accountsRead + <usize>accountCount * READ_ACCOUNT_BYTES
  for (let read = accountsRead; read < end; read += READ_ACCOUNT_BYTES) {
    let id = load<u32>(read, READ_ACCOUNT_ID)
    if (!isAccount(id, read)) {
      id = findAccount(read)
      store<u32>(read, id, READ_ACCOUNT_ID)
    }
    if (id == 0 ? !wasNothing(read) : !accountHolds(account(id), read)) return false
  }
  return true
}

/** Whether the record with this number is the account's. A freed one has no storage. */
@inline
function isAccount(id: u32, read: usize): bool {
  if (id == 0 || id >= recordLimit) return false
  const record = account(id)
  return (
    isAccountRecord(record, load<u64>(read), load<u64>(read, 8), load<u32>(read, 16)) &&
    load<u32>(record, ACCOUNT_STORAGE_ID) == id
  )
}

@inline
function accountHolds(record: usize, read: usize): bool {
  return (
    (load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) == load<u32>(read, READ_FLAGS) &&
    load<u64>(record, ACCOUNT_NONCE) == load<u64>(read, READ_NONCE) &&
    u256.eq(record + ACCOUNT_BALANCE, read + READ_BALANCE) &&
    u256.eq(code(load<u32>(record, ACCOUNT_CODE_ID)) + CODE_HASH, read + READ_CODE_HASH)
  )
}

function wasNothing(read: usize): bool {
  return (
    load<u32>(read, READ_FLAGS) == 0 &&
    load<u64>(read, READ_NONCE) == 0 &&
    u256.isZero(read + READ_BALANCE) &&
    u256.eq(code(0) + CODE_HASH, read + READ_CODE_HASH)
  )
}

function slotsHold(slotCount: u32): bool {
  const end = slotsRead + <usize>slotCount * READ_SLOT_BYTES
  for (let read = slotsRead; read < end; read += READ_SLOT_BYTES) {
    const owner = ownerOf(read)
    let id = load<u32>(read, READ_SLOT_ID)
    if (!isSlot(id, owner, read)) {
      id = owner == 0 ? 0 : findSlot(owner, read)
      store<u32>(read, id, READ_SLOT_ID)
    }
    if (id == 0 ? !u256.isZero(read + READ_VALUE) : !u256.eq(slot(id) + SLOT_VALUE, read + READ_VALUE)) return false
  }
  return true
}

@inline
function ownerOf(read: usize): u32 {
  return load<u32>(accountsRead + <usize>load<u32>(read, READ_OWNER) * READ_ACCOUNT_BYTES, READ_ACCOUNT_ID)
}

@inline
function isSlot(id: u32, owner: u32, read: usize): bool {
  return (
    id != 0 && id < recordLimit && owner != 0 && load<u32>(slot(id), SLOT_STORAGE_ID) == owner && u256.eq(slot(id), read)
  )
}

// --------------------------------------------------------------------------------------------------------- writing

function writeAccounts(accountCount: u32): void {
  const end = accountsListed + <usize>accountCount * LISTED_ACCOUNT_BYTES
  for (let listed = accountsListed; listed < end; listed += LISTED_ACCOUNT_BYTES) {
    const id = accountToWrite(load<u32>(listed, LISTED_PLACE))
    const record = account(id)
    if (load<u32>(listed, LISTED_CHANGED) == 0) markDirtyAccount(id, record)
    else writeAccount(id, load<u64>(listed, LISTED_NONCE), listed + LISTED_BALANCE, load<u32>(record, ACCOUNT_CODE_ID))
  }
}

/** Number of an account that was read; it has a record now. */
function accountToWrite(place: u32): u32 {
  const read = accountsRead + <usize>place * READ_ACCOUNT_BYTES
  let id = load<u32>(read, READ_ACCOUNT_ID)
  if (id == 0) {
    id = getAccount(read)
    store<u32>(read, id, READ_ACCOUNT_ID)
  }
  return id
}

function writeSlots(slotCount: u32): void {
  const end = slotsListed + <usize>slotCount * LISTED_SLOT_BYTES
  for (let listed = slotsListed; listed < end; listed += LISTED_SLOT_BYTES) {
    const read = slotsRead + <usize>load<u32>(listed, LISTED_PLACE) * READ_SLOT_BYTES
    const owner = accountToWrite(load<u32>(read, READ_OWNER))
    const known = load<u32>(read, READ_SLOT_ID)
    const id = known != 0 ? known : getSlot(owner, read + READ_KEY)
    if (load<u32>(listed, LISTED_CHANGED) == 0) markDirtySlot(id, slot(id))
    else writeSlot(id, owner, listed + LISTED_VALUE)
  }
}

/** As at the end of a transaction: an account that exists and stays empty goes (EIP-161). */
function payFee(fee: usize): void {
  const id = getAccount(cells + ENV_COINBASE)
  const record = account(id)
  markDirtyAccount(id, record)
  if (u256.isZero(fee) && isEmptyAccount(id)) {
    if ((load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) != 0) deleteAccount(id, record)
    return
  }
  u256.add(record + ACCOUNT_BALANCE, fee, sum)
  writeAccount(id, load<u64>(record, ACCOUNT_NONCE), sum, load<u32>(record, ACCOUNT_CODE_ID))
}

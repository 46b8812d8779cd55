// A speculator's side of one transaction: executes it ahead of the engine, on what the engine's state is at the moment,
// and writes down what it read, what it would write, and what its receipt says. The engine commits that (commit.ts).

import {
  ACCOUNT_BALANCE,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  account,
  accountCount,
  accountLimit,
  FLAG_EXISTS,
  getUnseenAccount,
} from './accounts'
import { ENTRY_AUTHORITIES, ENTRY_AUTHORITY_COUNT, ENTRY_RAW_LENGTH, ENTRY_SENDER } from './batchEntry'
import { copyBytes, zeroBytes } from './bytes'
import { executePrepared, feeOfLast } from './execute'
import {
  DIRTY_ACCOUNT_BALANCE,
  DIRTY_ACCOUNT_BYTES,
  DIRTY_ACCOUNT_FLAGS,
  DIRTY_ACCOUNT_NONCE,
  DIRTY_SLOT_BYTES,
  DIRTY_SLOT_VALUE,
  dirtyAccountsTop,
  dirtySlotsTop,
  serial,
  unlistAll,
} from './journal'
import {
  cells,
  dirtyAccountsStart,
  dirtySlotsStart,
  ENV_COINBASE,
  ENV_CUMULATIVE_GAS,
  logs,
  output,
  RESULT_GAS_USED,
  RESULT_KIND,
  RESULT_STATUS,
  TX,
  TX_MODE,
  TX_SENDER,
} from './layout'
import { addLogsToBloom, logsTop } from './logs'
import { beginOverlay, endOverlay, isForbidden, nextEpoch } from './overlay'
import {
  accountPlace,
  beginReads,
  CODE_SCRATCH,
  isAccountRead,
  READ_ACCOUNT_BYTES,
  READ_SLOT_BYTES,
  readAccountAt,
  readAccountCount,
  readSlotAt,
  readSlotCount,
  resetReads,
  slotPlace,
} from './readSet'
import { slot, SLOT_VALUE, slotLimitHere, slotsHere } from './slots'
import { ROOM_BYTES } from './speculation'
import { emptyTables } from './tables'
import { gasOfCompiled, gasOfInterpreter } from './tiers'
import { decodeTransaction, TX_FLAG_CREATION, TX_FLAGS, TX_GAS_LIMIT, TX_TYPE } from './transaction'
import { addressToWord } from './address'
import * as u256 from './u256'

// A speculation, as it is handed over. Behind the head: accounts read, slots read (readSet.ts), accounts listed, slots
// listed, and where there are logs their bloom filter (256 bytes) and the logs.
export const SPEC_STATUS: usize = 0 // u32
export const SPEC_TYPE: usize = 4 // u32
export const SPEC_GAS_USED: usize = 8 // u64
export const SPEC_GAS_LIMIT: usize = 16 // u64
export const SPEC_ACCOUNTS_READ: usize = 24 // u32
export const SPEC_SLOTS_READ: usize = 28 // u32
export const SPEC_ACCOUNTS_LISTED: usize = 32 // u32
export const SPEC_SLOTS_LISTED: usize = 36 // u32
export const SPEC_LOGS_LENGTH: usize = 40 // u32
export const SPEC_FEE_APART: usize = 44 // u32: 1 when the fee is to be added to whatever the coinbase has
export const SPEC_FEE: usize = 48 // word
export const SPEC_INTERPRETED_GAS: usize = 80 // i64
export const SPEC_COMPILED_GAS: usize = 88 // i64
export const SPEC_HEAD_BYTES: usize = 96

// An account or slot that the engine lists for its diff, in the order of the lists; also where a revert undid the change.
export const LISTED_PLACE: usize = 0 // u32: in the list of what was read
export const LISTED_CHANGED: usize = 4 // u32: 1 when it has another value now
export const LISTED_NONCE: usize = 8 // u64
export const LISTED_BALANCE: usize = 16 // word
export const LISTED_ACCOUNT_BYTES: usize = 48
export const LISTED_VALUE: usize = 8 // word
export const LISTED_SLOT_BYTES: usize = 40

/** The rest of the tables is room for one transaction. */
const FILL_SHIFT: u32 = 1

/** A speculator begins a group of transactions: what it has read and written stands until the next. */
export function beginGroup(): void {
  nextEpoch()
  if (slotsHere() > slotLimitHere() >> FILL_SHIFT || accountCount() > accountLimit() >> FILL_SHIFT) emptyOverlay()
}

/** Forgets all accounts and slots, also what a speculation that was broken off has left. Codes stay. */
export function emptyOverlay(): void {
  endOverlay()
  emptyTables()
  resetReads()
}

export function speculationAddress(): u32 {
  return <u32>(output + CODE_SCRATCH)
}

/**
 * Executes the entry of a batch at this address. Returns the length of the speculation at {@link speculationAddress}, or 0:
 * the engine must execute the transaction.
 */
export function speculate(entry: usize): u32 {
  if (!beginReads() || serial > 0xffff0000) emptyOverlay()
  const interpretedBefore = gasOfInterpreter()
  const compiledBefore = gasOfCompiled()
  const isDone = execute(entry)
  let length: u32 = 0
  if (isDone) {
    length = writeSpeculation()
    const at = output + CODE_SCRATCH
    store<i64>(at, gasOfInterpreter() - interpretedBefore, SPEC_INTERPRETED_GAS)
    store<i64>(at, gasOfCompiled() - compiledBefore, SPEC_COMPILED_GAS)
  }
  unlistAll()
  if (length == 0) nextEpoch()
  return length
}

/** False where the transaction is refused, or of a kind that is not speculated on. */
function execute(entry: usize): bool {
  if (load<u16>(entry, ENTRY_AUTHORITY_COUNT) != 0) return false
  const tx = cells + TX
  if (decodeTransaction(entry + ENTRY_AUTHORITIES, load<u32>(entry, ENTRY_RAW_LENGTH), tx, 0) != 0) return false
  if (load<u32>(tx, TX_TYPE) > 2 || (load<u32>(tx, TX_FLAGS) & TX_FLAG_CREATION) != 0) return false
  addressToWord(entry + ENTRY_SENDER, cells + TX_SENDER)
  store<u32>(cells, 0, TX_MODE)
  store<u64>(cells, 0, ENV_CUMULATIVE_GAS)
  beginOverlay()
  executePrepared()
  endOverlay()
  return load<i32>(cells, RESULT_KIND) == 0 && !isForbidden
}

/** 0 when it has no room. */
function writeSpeculation(): u32 {
  const logsLength = <u32>(logsTop - logs)
  const start = output + CODE_SCRATCH
  const isFeeApart = !isAccountRead(account(getUnseenAccount(cells + ENV_COINBASE)))
  const most =
    SPEC_HEAD_BYTES +
    <usize>readAccountCount * READ_ACCOUNT_BYTES +
    <usize>readSlotCount * READ_SLOT_BYTES +
    ((dirtyAccountsTop - dirtyAccountsStart) / DIRTY_ACCOUNT_BYTES) * LISTED_ACCOUNT_BYTES +
    ((dirtySlotsTop - dirtySlotsStart) / DIRTY_SLOT_BYTES) * LISTED_SLOT_BYTES +
    (logsLength == 0 ? 0 : 256 + logsLength)
  if (most > ROOM_BYTES) return 0
  writeHead(start, logsLength, isFeeApart)
  let at = start + SPEC_HEAD_BYTES
  at = writePart(at, readAccountAt(0), readAccountCount * <u32>READ_ACCOUNT_BYTES)
  at = writePart(at, readSlotAt(0), readSlotCount * <u32>READ_SLOT_BYTES)
  const accounts = at
  at = writeListedAccounts(at)
  if (at == 0) return 0
  store<u32>(start, <u32>((at - accounts) / LISTED_ACCOUNT_BYTES), SPEC_ACCOUNTS_LISTED)
  const slots = at
  at = writeListedSlots(at)
  store<u32>(start, <u32>((at - slots) / LISTED_SLOT_BYTES), SPEC_SLOTS_LISTED)
  if (logsLength != 0) {
    zeroBytes(at, 256)
    addLogsToBloom(at)
    at = writePart(at + 256, logs, logsLength)
  }
  return <u32>(at - start)
}

function writeHead(at: usize, logsLength: u32, isFeeApart: bool): void {
  store<u32>(at, load<u32>(cells, RESULT_STATUS), SPEC_STATUS)
  store<u32>(at, load<u32>(cells + TX, TX_TYPE), SPEC_TYPE)
  store<u64>(at, load<u64>(cells, RESULT_GAS_USED), SPEC_GAS_USED)
  store<u64>(at, load<u64>(cells + TX, TX_GAS_LIMIT), SPEC_GAS_LIMIT)
  store<u32>(at, readAccountCount, SPEC_ACCOUNTS_READ)
  store<u32>(at, readSlotCount, SPEC_SLOTS_READ)
  store<u32>(at, logsLength, SPEC_LOGS_LENGTH)
  store<u32>(at, isFeeApart ? 1 : 0, SPEC_FEE_APART)
  u256.copy(feeOfLast(), at + SPEC_FEE)
}

function writePart(to: usize, from: usize, length: u32): usize {
  copyBytes(to, from, length)
  return to + length
}

/** 0: one of them came to be without a change that the engine could repeat. */
function writeListedAccounts(to: usize): usize {
  let at = to
  for (let entry = dirtyAccountsStart; entry < dirtyAccountsTop; entry += DIRTY_ACCOUNT_BYTES) {
    const record = account(load<u32>(entry))
    const isSame =
      load<u64>(entry, DIRTY_ACCOUNT_NONCE) == load<u64>(record, ACCOUNT_NONCE) &&
      u256.eq(entry + DIRTY_ACCOUNT_BALANCE, record + ACCOUNT_BALANCE)
    const existed = load<u32>(entry, DIRTY_ACCOUNT_FLAGS) & FLAG_EXISTS
    if (isSame && existed != (load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS)) return 0
    store<u32>(at, accountPlace(record), LISTED_PLACE)
    store<u32>(at, isSame ? 0 : 1, LISTED_CHANGED)
    store<u64>(at, load<u64>(record, ACCOUNT_NONCE), LISTED_NONCE)
    u256.copy(record + ACCOUNT_BALANCE, at + LISTED_BALANCE)
    at += LISTED_ACCOUNT_BYTES
  }
  return at
}

function writeListedSlots(to: usize): usize {
  let at = to
  for (let entry = dirtySlotsStart; entry < dirtySlotsTop; entry += DIRTY_SLOT_BYTES) {
    const record = slot(load<u32>(entry))
    store<u32>(at, slotPlace(record), LISTED_PLACE)
    store<u32>(at, u256.eq(entry + DIRTY_SLOT_VALUE, record + SLOT_VALUE) ? 0 : 1, LISTED_CHANGED)
    u256.copy(record + SLOT_VALUE, at + LISTED_VALUE)
    at += LISTED_SLOT_BYTES
  }
  return at
}

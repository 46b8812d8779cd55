// Every change to the state goes through here: written to the journal, so that it can be undone, and marked in the list
// of what the next diff must carry, with the value it had before.

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_ID,
  ACCOUNT_CREATED,
  ACCOUNT_DIRTY,
  ACCOUNT_FLAGS,
  ACCOUNT_NONCE,
  ACCOUNT_SLOT_COUNT,
  ACCOUNT_STORAGE_ID,
  ACCOUNT_WARM,
  account,
  FLAG_BASE_STORAGE,
  FLAG_DESTRUCTED,
  FLAG_EXISTS,
  FLAG_TOUCHED,
  freeAccount,
  keepFreshAccount,
  LASTING_FLAGS,
  takeFreshAccounts,
  ACCOUNT_NEXT,
} from './accounts'
import {
  bringAllIn,
  FIRST_SPECIAL_STORAGE_ID,
  freeSlot,
  keepFreshSlot,
  slot,
  SLOT_DIRTY,
  SLOT_NEXT,
  SLOT_ORIGINAL,
  SLOT_ORIGINAL_SERIAL,
  SLOT_STORAGE_ID,
  SLOT_VALUE,
  SLOT_WARM,
  takeFreshSlots,
  TRANSIENT,
} from './slots'
import {
  cells,
  dirtyAccountsEnd,
  dirtyAccountsStart,
  dirtySlotsEnd,
  dirtySlotsStart,
  journalEnd,
  journalStart,
  recordLimit,
  SERIAL,
} from './layout'
import { ownsColdSlots } from './cold'
import { isLazy } from './lazyState'
import { moveOut } from './moveOut'
import { forbidSpeculation, isSpeculating } from './overlay'
import { firstSlot, lastAccount } from './records'
import { isPrecompileRecord } from './precompiles'
import { DIFF_FULL, fail, JOURNAL_FULL } from './failure'
import * as u256 from './u256'

const ENTRY_BYTES: usize = 48 // kind u32, id u32, 8 unused, old value
const ENTRY_VALUE: usize = 16
const BALANCE: u32 = 1
const NONCE: u32 = 2
const CODE: u32 = 3
const SLOT: u32 = 4
const WARM_ACCOUNT: u32 = 5
const WARM_SLOT: u32 = 6
const FLAGS: u32 = 7
const CREATED: u32 = 8
const STORAGE_ID: u32 = 9
const TRANSIENT_SLOT: u32 = 10

export const DIRTY_ACCOUNT_BYTES: usize = 64 // id u32, flags u32, nonce u64, code id u32, pad, balance at 32
export const DIRTY_ACCOUNT_FLAGS: usize = 4
export const DIRTY_ACCOUNT_NONCE: usize = 8
export const DIRTY_ACCOUNT_CODE_ID: usize = 16
export const DIRTY_ACCOUNT_BALANCE: usize = 32
export const DIRTY_SLOT_BYTES: usize = 48 // id u32, pad, value before at 16
export const DIRTY_SLOT_VALUE: usize = 16

let top: usize = 0
/** Number of the running transaction; what carries it is warm, created, … in this transaction. */
export let serial: u32 = 0
/** Value of ACCOUNT_DIRTY and SLOT_DIRTY in records that the diff being gathered lists. */
const LISTED: u32 = 1
export let dirtyAccountsTop: usize = 0
export let dirtySlotsTop: usize = 0
let nextSpecialStorageId: u32 = FIRST_SPECIAL_STORAGE_ID

export function resetJournal(): void {
  top = journalStart
  setSerial(1)
  dirtyAccountsTop = dirtyAccountsStart
  dirtySlotsTop = dirtySlotsStart
}

/** Forgets the undo entries and starts a transaction: everything is cold again. */
export function beginJournal(): void {
  top = journalStart
  nextSpecialStorageId = FIRST_SPECIAL_STORAGE_ID
  setSerial(serial + 1)
  if (serial == 0xffffffff) restartSerials()
  moveOut()
}

function setSerial(value: u32): void {
  serial = value
  store<u32>(cells, value, SERIAL)
}

function restartSerials(): void {
  for (let id: u32 = 1; id <= lastAccount; id++) {
    store<u32>(account(id), 0, ACCOUNT_WARM)
    store<u32>(account(id), 0, ACCOUNT_CREATED)
  }
  for (let id = firstSlot; id < recordLimit; id++) {
    store<u32>(slot(id), 0, SLOT_WARM)
    store<u32>(slot(id), 0, SLOT_ORIGINAL_SERIAL)
  }
  setSerial(1)
}

@inline
export function journalMark(): usize {
  return top
}

@inline
function push(kind: u32, id: u32): usize {
  const entry = top
  if (entry + ENTRY_BYTES > journalEnd) fail(JOURNAL_FULL)
  top = entry + ENTRY_BYTES
  store<u32>(entry, kind)
  store<u32>(entry, id, 4)
  return entry
}

/** Lists the account, as it stands, for the next diff. */
export function markDirtyAccount(id: u32, record: usize): void {
  if (load<u32>(record, ACCOUNT_DIRTY) == LISTED) return
  store<u32>(record, LISTED, ACCOUNT_DIRTY)
  const entry = dirtyAccountsTop
  if (entry + DIRTY_ACCOUNT_BYTES > dirtyAccountsEnd) fail(DIFF_FULL)
  dirtyAccountsTop = entry + DIRTY_ACCOUNT_BYTES
  store<u32>(entry, id)
  store<u32>(entry, load<u32>(record, ACCOUNT_FLAGS) & LASTING_FLAGS, DIRTY_ACCOUNT_FLAGS)
  store<u64>(entry, load<u64>(record, ACCOUNT_NONCE), DIRTY_ACCOUNT_NONCE)
  store<u32>(entry, load<u32>(record, ACCOUNT_CODE_ID), DIRTY_ACCOUNT_CODE_ID)
  u256.copy(record + ACCOUNT_BALANCE, entry + DIRTY_ACCOUNT_BALANCE)
}

export function markDirtySlot(id: u32, record: usize): void {
  if (load<u32>(record, SLOT_DIRTY) == LISTED) return
  store<u32>(record, LISTED, SLOT_DIRTY)
  const entry = dirtySlotsTop
  if (entry + DIRTY_SLOT_BYTES > dirtySlotsEnd) fail(DIFF_FULL)
  dirtySlotsTop = entry + DIRTY_SLOT_BYTES
  store<u32>(entry, id)
  u256.copy(record + SLOT_VALUE, entry + DIRTY_SLOT_VALUE)
}

export function setBalance(id: u32, value: usize): void {
  const record = account(id)
  markDirtyAccount(id, record)
  u256.copy(record + ACCOUNT_BALANCE, push(BALANCE, id) + ENTRY_VALUE)
  u256.copy(value, record + ACCOUNT_BALANCE)
}

const sum = memory.data(32, 16)
const zero = memory.data(32, 16)

/** Balances can't overflow: there is less ether than 2^256 wei. A genesis may break that; the sum then wraps. */
export function addBalance(id: u32, amount: usize): void {
  u256.add(account(id) + ACCOUNT_BALANCE, amount, sum)
  setBalance(id, sum)
}

/** Caller has checked that the balance suffices. */
export function subBalance(id: u32, amount: usize): void {
  u256.sub(account(id) + ACCOUNT_BALANCE, amount, sum)
  setBalance(id, sum)
}

export function setNonce(id: u32, value: u64): void {
  const record = account(id)
  markDirtyAccount(id, record)
  store<u64>(push(NONCE, id), load<u64>(record, ACCOUNT_NONCE), ENTRY_VALUE)
  store<u64>(record, value, ACCOUNT_NONCE)
}

export function setCode(id: u32, codeId: u32): void {
  if (isSpeculating) forbidSpeculation()
  const record = account(id)
  markDirtyAccount(id, record)
  store<u32>(push(CODE, id), load<u32>(record, ACCOUNT_CODE_ID), ENTRY_VALUE)
  store<u32>(record, codeId, ACCOUNT_CODE_ID)
}

/** Writes a storage slot that is known to change. */
export function setSlot(id: u32, accountId: u32, value: usize): void {
  const record = slot(id)
  if (load<u32>(record, SLOT_STORAGE_ID) < FIRST_SPECIAL_STORAGE_ID) {
    markDirtySlot(id, record)
    countSlot(accountId, record + SLOT_VALUE, value)
  }
  const entry = push(SLOT, id)
  store<u32>(entry, accountId, 8)
  u256.copy(record + SLOT_VALUE, entry + ENTRY_VALUE)
  u256.copy(value, record + SLOT_VALUE)
}

export function setTransientSlot(id: u32, value: usize): void {
  u256.copy(slot(id) + SLOT_VALUE, push(TRANSIENT_SLOT, id) + ENTRY_VALUE)
  u256.copy(value, slot(id) + SLOT_VALUE)
}

function countSlot(accountId: u32, before: usize, after: usize): void {
  const wasZero = u256.isZero(before)
  if (wasZero == u256.isZero(after)) return
  const record = account(accountId)
  store<u32>(record, load<u32>(record, ACCOUNT_SLOT_COUNT) + (wasZero ? 1 : -1), ACCOUNT_SLOT_COUNT)
}

/** EIP-2929: true when it was warm already; makes it warm. */
@inline
export function warmAccount(id: u32): bool {
  const record = account(id)
  if (load<u32>(record, ACCOUNT_WARM) == serial || isPrecompileRecord(record)) return true
  push(WARM_ACCOUNT, id)
  store<u32>(record, serial, ACCOUNT_WARM)
  return false
}

@inline
export function warmSlot(id: u32): bool {
  const record = slot(id)
  if (load<u32>(record, SLOT_WARM) == serial) return true
  push(WARM_SLOT, id)
  store<u32>(record, serial, SLOT_WARM)
  return false
}

export function setFlag(id: u32, flag: u32): void {
  const record = account(id)
  const flags = load<u32>(record, ACCOUNT_FLAGS)
  if ((flags & flag) != 0) return
  store<u32>(push(FLAGS, id), flags, ENTRY_VALUE)
  store<u32>(record, flags | flag, ACCOUNT_FLAGS)
}

@inline
export function touch(id: u32): void {
  setFlag(id, FLAG_TOUCHED)
}

export function markCreated(id: u32): void {
  const record = account(id)
  store<u32>(push(CREATED, id), load<u32>(record, ACCOUNT_CREATED), ENTRY_VALUE)
  store<u32>(record, serial, ACCOUNT_CREATED)
}

/** Gives the account an empty storage until the journal is undone (eth_call's `state` override). */
export function replaceStorage(id: u32): void {
  const record = account(id)
  store<u32>(push(STORAGE_ID, id), load<u32>(record, ACCOUNT_STORAGE_ID), ENTRY_VALUE)
  store<u32>(record, nextSpecialStorageId++, ACCOUNT_STORAGE_ID)
}

/** Undoes everything since the mark. */
export function revertJournal(mark: usize): void {
  while (top > mark) {
    top -= ENTRY_BYTES
    const entry = top
    const id = load<u32>(entry, 4)
    switch (load<u32>(entry)) {
      case BALANCE:
        u256.copy(entry + ENTRY_VALUE, account(id) + ACCOUNT_BALANCE)
        break
      case NONCE:
        store<u64>(account(id), load<u64>(entry, ENTRY_VALUE), ACCOUNT_NONCE)
        break
      case CODE:
        store<u32>(account(id), load<u32>(entry, ENTRY_VALUE), ACCOUNT_CODE_ID)
        break
      case SLOT: {
        const record = slot(id)
        if (load<u32>(record, SLOT_STORAGE_ID) < FIRST_SPECIAL_STORAGE_ID)
          countSlot(load<u32>(entry, 8), record + SLOT_VALUE, entry + ENTRY_VALUE)
        u256.copy(entry + ENTRY_VALUE, record + SLOT_VALUE)
        break
      }
      case TRANSIENT_SLOT:
        u256.copy(entry + ENTRY_VALUE, slot(id) + SLOT_VALUE)
        break
      case WARM_ACCOUNT:
        store<u32>(account(id), 0, ACCOUNT_WARM)
        break
      case WARM_SLOT:
        store<u32>(slot(id), 0, SLOT_WARM)
        break
      case FLAGS:
        store<u32>(account(id), load<u32>(entry, ENTRY_VALUE), ACCOUNT_FLAGS)
        break
      case CREATED:
        store<u32>(account(id), load<u32>(entry, ENTRY_VALUE), ACCOUNT_CREATED)
        break
      case STORAGE_ID:
        store<u32>(account(id), load<u32>(entry, ENTRY_VALUE), ACCOUNT_STORAGE_ID)
        break
      default:
        unreachable()
    }
  }
}

/** No nonce, no balance, no code (EIP-161). */
@inline
export function isEmptyAccount(id: u32): bool {
  const record = account(id)
  return (
    load<u64>(record, ACCOUNT_NONCE) == 0 &&
    load<u32>(record, ACCOUNT_CODE_ID) == 0 &&
    u256.isZero(record + ACCOUNT_BALANCE)
  )
}

/**
 * Ends the transaction: transient storage vanishes, self-destructed accounts (EIP-6780) and touched empty ones (EIP-161)
 * are deleted, everything else that changed exists.
 */
export function commitJournal(): void {
  for (let entry = journalStart; entry < top; entry += ENTRY_BYTES) {
    const id = load<u32>(entry, 4)
    switch (load<u32>(entry)) {
      case TRANSIENT_SLOT:
        u256.setZero(slot(id) + SLOT_VALUE)
        break
      case SLOT: {
        const owner = load<u32>(entry, 8)
        if ((load<u32>(account(owner), ACCOUNT_FLAGS) & FLAG_DESTRUCTED) != 0) {
          countSlot(owner, slot(id) + SLOT_VALUE, zero)
          u256.setZero(slot(id) + SLOT_VALUE)
        }
        break
      }
      case BALANCE:
      case NONCE:
      case CODE: {
        const record = account(id)
        store<u32>(record, load<u32>(record, ACCOUNT_FLAGS) | FLAG_EXISTS, ACCOUNT_FLAGS)
        break
      }
      default:
    }
  }
  // Deletions come after: a deleted account may have earlier entries of any kind.
  for (let entry = journalStart; entry < top; entry += ENTRY_BYTES) {
    if (load<u32>(entry) == FLAGS) settleFlags(load<u32>(entry, 4))
  }
  top = journalStart
}

function settleFlags(id: u32): void {
  const record = account(id)
  const flags = load<u32>(record, ACCOUNT_FLAGS)
  store<u32>(record, flags & LASTING_FLAGS, ACCOUNT_FLAGS)
  if ((flags & FLAG_DESTRUCTED) != 0) deleteAccount(id, record)
  else if ((flags & FLAG_TOUCHED) != 0 && isEmptyAccount(id)) {
    if ((flags & FLAG_EXISTS) != 0) deleteAccount(id, record)
  }
}

export function deleteAccount(id: u32, record: usize): void {
  if (isSpeculating) forbidSpeculation()
  markDirtyAccount(id, record)
  u256.setZero(record + ACCOUNT_BALANCE)
  store<u64>(record, 0, ACCOUNT_NONCE)
  store<u32>(record, 0, ACCOUNT_CODE_ID)
  store<u32>(record, load<u32>(record, ACCOUNT_FLAGS) & ~FLAG_EXISTS, ACCOUNT_FLAGS)
  clearStorage(id)
}

/**
 * Empties an account's storage, of which the base of a lazy engine is not asked any more. Looks at every slot of the table, and of the cold stores where the account has some there. Since Cancun only accounts that never had code or nonce, but storage, come here:
 * what a transaction has created has its slots in the journal.
 */
export function clearStorage(id: u32): void {
  const record = account(id)
  store<u32>(record, load<u32>(record, ACCOUNT_FLAGS) & ~FLAG_BASE_STORAGE, ACCOUNT_FLAGS)
  if (load<u32>(record, ACCOUNT_SLOT_COUNT) == 0) return
  if (ownsColdSlots(id)) bringAllIn(id)
  for (let i = firstSlot; i < recordLimit; i++) {
    const at = slot(i)
    if (load<u32>(at, SLOT_STORAGE_ID) == id && !u256.isZero(at + SLOT_VALUE)) {
      markDirtySlot(i, at)
      u256.setZero(at + SLOT_VALUE)
    }
  }
  store<u32>(record, 0, ACCOUNT_SLOT_COUNT)
}

/** Direct write outside of any transaction (genesis, system changes): kept, listed for the next diff. */
export function writeAccount(id: u32, nonce: u64, balance: usize, codeId: u32): void {
  markDirtyAccount(id, account(id))
  replaceAccount(id, nonce, balance, codeId)
}

export function writeSlot(id: u32, accountId: u32, value: usize): void {
  markDirtySlot(id, slot(id))
  replaceSlot(id, accountId, value)
}

/** Like {@link writeAccount}, but no diff lists it. */
export function replaceAccount(id: u32, nonce: u64, balance: usize, codeId: u32): void {
  const record = account(id)
  store<u64>(record, nonce, ACCOUNT_NONCE)
  u256.copy(balance, record + ACCOUNT_BALANCE)
  store<u32>(record, codeId, ACCOUNT_CODE_ID)
  store<u32>(record, load<u32>(record, ACCOUNT_FLAGS) | FLAG_EXISTS, ACCOUNT_FLAGS)
}

/** Like {@link writeSlot}, but no diff lists it: not with zero, for what is listed is freed when it is zero. */
export function replaceSlot(id: u32, accountId: u32, value: usize): void {
  const record = slot(id)
  countSlot(accountId, record + SLOT_VALUE, value)
  u256.copy(value, record + SLOT_VALUE)
}

/** Ends the gathering of a diff: what was only read, or became zero or nothing, leaves the tables, but a lazy engine's. */
export function endEpoch(): void {
  unmarkListed()
  collectFresh()
  if (!isLazy) freeGone()
  dirtySlotsTop = dirtySlotsStart
  dirtyAccountsTop = dirtyAccountsStart
}

/** Slots and accounts that were there before and are gone now. A fresh one was freed already: its record says so. */
function freeGone(): void {
  for (let entry = dirtySlotsStart; entry < dirtySlotsTop; entry += DIRTY_SLOT_BYTES) {
    const id = load<u32>(entry)
    const record = slot(id)
    if (u256.isZero(record + SLOT_VALUE) && load<u32>(record, SLOT_STORAGE_ID) != 0) freeSlot(id)
  }
  for (let entry = dirtyAccountsStart; entry < dirtyAccountsTop; entry += DIRTY_ACCOUNT_BYTES) {
    const id = load<u32>(entry)
    const record = account(id)
    if ((load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) == 0 && load<u32>(record, ACCOUNT_STORAGE_ID) != 0)
      freeAccount(id)
  }
}

/** Frees records that were made for reading only. Those that the diff being gathered lists stay. */
export function collectFresh(): void {
  let id = takeFreshSlots()
  while (id != 0) {
    const record = slot(id)
    const next = load<u32>(record, SLOT_NEXT)
    if (load<u32>(record, SLOT_DIRTY) == LISTED) keepFreshSlot(id)
    else if (u256.isZero(record + SLOT_VALUE)) freeSlot(id)
    id = next
  }
  id = takeFreshAccounts()
  while (id != 0) {
    const record = account(id)
    const next = load<u32>(record, ACCOUNT_NEXT)
    if (load<u32>(record, ACCOUNT_DIRTY) == LISTED || load<u32>(record, ACCOUNT_SLOT_COUNT) != 0) keepFreshAccount(id)
    else if ((load<u32>(record, ACCOUNT_FLAGS) & FLAG_EXISTS) == 0) freeAccount(id)
    id = next
  }
}

function unmarkListed(): void {
  for (let entry = dirtySlotsStart; entry < dirtySlotsTop; entry += DIRTY_SLOT_BYTES)
    store<u32>(slot(load<u32>(entry)), 0, SLOT_DIRTY)
  for (let entry = dirtyAccountsStart; entry < dirtyAccountsTop; entry += DIRTY_ACCOUNT_BYTES)
    store<u32>(account(load<u32>(entry)), 0, ACCOUNT_DIRTY)
}

/** Unlists everything; what was listed stays as it is. */
export function unlistAll(): void {
  unmarkListed()
  dirtySlotsTop = dirtySlotsStart
  dirtyAccountsTop = dirtyAccountsStart
}

/** Puts back what the tables held when the epoch began. */
export function rollBackEpoch(): void {
  truncateDirty(dirtyAccountsStart, dirtySlotsStart)
}

/** Undoes and unlists all entries of the diff from the two marks on. */
function truncateDirty(accountsMark: usize, slotsMark: usize): void {
  for (let entry = slotsMark; entry < dirtySlotsTop; entry += DIRTY_SLOT_BYTES) {
    const record = slot(load<u32>(entry))
    countSlot(load<u32>(record, SLOT_STORAGE_ID), record + SLOT_VALUE, entry + DIRTY_SLOT_VALUE)
    u256.copy(entry + DIRTY_SLOT_VALUE, record + SLOT_VALUE)
    store<u32>(record, 0, SLOT_DIRTY)
  }
  for (let entry = accountsMark; entry < dirtyAccountsTop; entry += DIRTY_ACCOUNT_BYTES) {
    const record = account(load<u32>(entry))
    store<u64>(record, load<u64>(entry, DIRTY_ACCOUNT_NONCE), ACCOUNT_NONCE)
    store<u32>(record, load<u32>(entry, DIRTY_ACCOUNT_CODE_ID), ACCOUNT_CODE_ID)
    u256.copy(entry + DIRTY_ACCOUNT_BALANCE, record + ACCOUNT_BALANCE)
    store<u32>(record, load<u32>(entry, DIRTY_ACCOUNT_FLAGS), ACCOUNT_FLAGS)
    store<u32>(record, 0, ACCOUNT_DIRTY)
  }
  dirtySlotsTop = slotsMark
  dirtyAccountsTop = accountsMark
  collectFresh()
}

/** Ends a simulation: undoes the transaction and forgets what it listed since the marks. */
export function discardSimulation(accountsMark: usize, slotsMark: usize): void {
  revertJournal(journalStart)
  truncateDirty(accountsMark, slotsMark)
}

@inline
export function transientStorageId(accountId: u32): u32 {
  return TRANSIENT | accountId
}

/** The slot's value when the transaction began (EIP-2200). Call before the first change. */
export function rememberOriginal(record: usize): void {
  if (load<u32>(record, SLOT_ORIGINAL_SERIAL) == serial) return
  store<u32>(record, serial, SLOT_ORIGINAL_SERIAL)
  u256.copy(record + SLOT_VALUE, record + SLOT_ORIGINAL)
}

export function differsFromBase(entry: usize, record: usize): bool {
  return (
    ((load<u32>(entry, DIRTY_ACCOUNT_FLAGS) ^ load<u32>(record, ACCOUNT_FLAGS)) & FLAG_EXISTS) != 0 ||
    load<u64>(entry, DIRTY_ACCOUNT_NONCE) != load<u64>(record, ACCOUNT_NONCE) ||
    load<u32>(entry, DIRTY_ACCOUNT_CODE_ID) != load<u32>(record, ACCOUNT_CODE_ID) ||
    !u256.eq(entry + DIRTY_ACCOUNT_BALANCE, record + ACCOUNT_BALANCE)
  )
}

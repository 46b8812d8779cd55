// Leaves of the account trie, and what a change makes of them.

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_NONCE,
  ACCOUNT_STORAGE,
  ACCOUNT_STORAGE_ROOT,
  addressOf,
  copy32,
  EPOCH,
  equalKeys,
  FULL_ACCOUNT,
  FULL_ACCOUNT_BYTES,
  kindOf,
  LEAF_KEY,
  LEAF_STORAGE_DIRTY,
  release,
  SIMPLE_ACCOUNT,
  SIMPLE_ACCOUNT_BYTES,
} from './nodes'
import { allocate } from './memory'
import { epoch, isOwned, releaseSubtree } from './versions'
import { EMPTY_CODE_HASH, EMPTY_ROOT } from './encoding'
import { ADDS_SLOTS, CHANGE_FLAGS, CHANGE_LEAF, CHANGE_SLOTS, CHANGE_VALUE } from './change'

/** An account's record in a state diff (protocol/StateDiff.ts), behind its address. */
export const RECORD_FLAGS: usize = 20
const RECORD_NONCE: usize = 21
const RECORD_BALANCE: usize = 29
const RECORD_CODE_HASH: usize = 61

export function createAccount(change: usize): u32 {
  const record: usize = load<u32>(change, CHANGE_VALUE)
  const key: usize = load<u32>(change)
  const reference =
    fitsSimple(record) && (load<u32>(change, CHANGE_FLAGS) & ADDS_SLOTS) == 0 ? newSimple(key) : newFull(key)
  setFields(reference, record)
  told(change, reference)
  return reference
}

export function updateAccount(cell: usize, old: u32, change: usize): void {
  const record: usize = load<u32>(change, CHANGE_VALUE)
  const addsSlots = (load<u32>(change, CHANGE_FLAGS) & ADDS_SLOTS) != 0
  let reference = old
  if (kindOf(old) == SIMPLE_ACCOUNT && (addsSlots || (record != 0 && !fitsSimple(record)))) {
    reference = widened(old)
  } else if (!isOwned(addressOf(old)) && (record != 0 || hasSlots(change))) reference = copied(old)
  if (record != 0) setFields(reference, record)
  told(change, reference)
  if (reference == old) return
  store<u32>(cell, reference)
  release(old)
}

/** Its storage goes with it; the leaf itself is the caller's. */
export function removeAccount(reference: u32): void {
  if (kindOf(reference) != FULL_ACCOUNT) return
  const storage = load<u32>(addressOf(reference), ACCOUNT_STORAGE)
  if (storage != 0) releaseSubtree(storage)
}

function hasSlots(change: usize): bool {
  return load<u32>(change, CHANGE_SLOTS) != load<u32>(change, CHANGE_SLOTS + 4)
}

/** Notes the leaf for the slots that follow. A simple account has none and gets none. */
function told(change: usize, reference: u32): void {
  const takesSlots = kindOf(reference) == FULL_ACCOUNT && hasSlots(change)
  store<u32>(change, takesSlots ? <u32>addressOf(reference) : 0, CHANGE_LEAF)
  if (takesSlots) store<u8>(addressOf(reference), 1, LEAF_STORAGE_DIRTY)
}

function fitsSimple(record: usize): bool {
  const high = load<u64>(record, RECORD_BALANCE) | load<u64>(record, RECORD_BALANCE + 8)
  return high == 0 && equalKeys(record + RECORD_CODE_HASH, EMPTY_CODE_HASH)
}

function newSimple(key: usize): u32 {
  const leaf = allocate(SIMPLE_ACCOUNT_BYTES)
  store<u32>(leaf, epoch, EPOCH)
  copy32(leaf + LEAF_KEY, key)
  return <u32>leaf | SIMPLE_ACCOUNT
}

function newFull(key: usize): u32 {
  const leaf = allocate(FULL_ACCOUNT_BYTES)
  store<u32>(leaf, epoch, EPOCH)
  store<u32>(leaf, 0, EPOCH + 4)
  copy32(leaf + LEAF_KEY, key)
  copy32(leaf + ACCOUNT_CODE_HASH, EMPTY_CODE_HASH)
  copy32(leaf + ACCOUNT_STORAGE_ROOT, EMPTY_ROOT)
  store<u32>(leaf, 0, ACCOUNT_STORAGE)
  return <u32>leaf | FULL_ACCOUNT
}

/** A full leaf of the same account. */
function widened(simple: u32): u32 {
  const old = addressOf(simple)
  const reference = newFull(old + LEAF_KEY)
  const leaf = addressOf(reference)
  store<u64>(leaf, load<u64>(old, ACCOUNT_NONCE), ACCOUNT_NONCE)
  store<v128>(leaf, i64x2(0, 0), ACCOUNT_BALANCE)
  store<v128>(leaf, load<v128>(old, ACCOUNT_BALANCE), ACCOUNT_BALANCE + 16)
  return reference
}

function copied(reference: u32): u32 {
  const kind = kindOf(reference)
  const bytes = kind == SIMPLE_ACCOUNT ? SIMPLE_ACCOUNT_BYTES : FULL_ACCOUNT_BYTES
  const leaf = allocate(bytes)
  const old = addressOf(reference)
  for (let offset: usize = 0; offset < bytes; offset += 16) store<v128>(leaf + offset, load<v128>(old + offset))
  store<u32>(leaf, epoch, EPOCH)
  return <u32>leaf | kind
}

function setFields(reference: u32, record: usize): void {
  const leaf = addressOf(reference)
  store<u64>(leaf, bswap<u64>(load<u64>(record, RECORD_NONCE)), ACCOUNT_NONCE)
  if (kindOf(reference) == SIMPLE_ACCOUNT) {
    store<v128>(leaf, load<v128>(record, RECORD_BALANCE + 16), ACCOUNT_BALANCE)
    return
  }
  copy32(leaf + ACCOUNT_BALANCE, record + RECORD_BALANCE)
  copy32(leaf + ACCOUNT_CODE_HASH, record + RECORD_CODE_HASH)
}

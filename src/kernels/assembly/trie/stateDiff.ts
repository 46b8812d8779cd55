/*
 * Applies a state diff (protocol/StateDiff.ts) to the account trie and the storage tries: hashes addresses and slot keys,
 * sorts the changes by them, checks that every slot has its account, and only then changes nodes.
 */

import { zeroBytes } from '../bytes'
import { ACCOUNT_STORAGE, copy32, equalKeys, nibbleOf } from './nodes'
import { RECORD_FLAGS } from './accountLeaves'
import { findLeaf } from './reading'
import { addSmallAccount, hashStorageTries, startAccounts } from './hashing'
import { findAddressHash, findSlotHash, keepAddressHash, keepSlotHash } from './keyHashes'
import { flushHashes, message, queueHash } from '../hashQueue'
import { reclaim } from './versions'
import { resetScratch, scratch, takeScratch } from './memory'
import { ENTRY_BYTES, ENTRY_INDEX, sortEntries } from './sorting'
import { ADDS_SLOTS, CHANGE_BYTES, CHANGE_FLAGS, CHANGE_KEY, CHANGE_LEAF, CHANGE_LENGTH, CHANGE_SLOTS, CHANGE_VALUE, CREATES, REMOVES } from './change'
import { addTrie, finishTries, prepareUpdate, startTries, updateTrie } from './update'

export const ACCOUNT_RECORD_BYTES: u32 = 93
export const SLOT_RECORD_BYTES: u32 = 84
const SLOT_KEY: usize = 20
const SLOT_VALUE: usize = 52

const ACCOUNT_DELETED: u32 = 1

/** Nodes of dropped states that are freed with each call, beside some for each change. */
const RECLAIMED: u32 = 256
const RECLAIMED_PER_CHANGE: u32 = 8

/** Most scratch that one change takes, besides the queue: a slot that is the only one of its account. */
export const CHANGE_SCRATCH_BYTES: u32 = 320

/** Top nibbles of the hashed addresses that this kernel holds. */
let nibbles: u32 = 0xffff
/** Tests place keys where they want them: a key is its own hash, with zeros behind. */
let takesKeysAsHashes: bool = false

let accountRecords: usize = 0
let accountCount: u32 = 0
let slotRecords: usize = 0
let slotCount: u32 = 0
/** Number of listed accounts, then of runs: slots of one account that stand together. */
let keyCount: u32 = 0
/** 32 bytes each: hashed addresses of both; hashed slot keys. */
let accountKeys: usize = 0
let slotKeys: usize = 0
/** u32 by run: its first slot; with one more behind the last. */
let runStarts: usize = 0
/** u32 by account key: its account change. */
let changeOfKey: usize = 0
let accountChanges: usize = 0
let accountChangeCount: u32 = 0
let slotChanges: usize = 0
let slotChangeCount: u32 = 0

export function configureKeys(nibbleMask: u32, keysAreHashes: bool): void {
  nibbles = nibbleMask
  takesKeysAsHashes = keysAreHashes
}

/**
 * Applies the records that the host has put at the start of scratch: accounts, then slots.
 *
 * @returns 0, or 1 + the number of the slot whose account is neither in the state nor in the diff; nothing is changed then.
 */
export function applyRecords(root: usize, accounts: u32, slots: u32, hashFrom: u32): u32 {
  accountRecords = scratch
  accountCount = accounts
  slotRecords = scratch + <usize>accounts * ACCOUNT_RECORD_BYTES
  slotCount = slots
  resetScratch(accounts * ACCOUNT_RECORD_BYTES + slots * SLOT_RECORD_BYTES)
  prepareUpdate()
  reclaim(RECLAIMED + RECLAIMED_PER_CHANGE * (accounts + slots))
  hashKeys()
  gatherAccountChanges()
  gatherSlotChanges()
  const missing = checkAccounts(load<u32>(root))
  if (missing != 0) return missing
  updateTrie(accountChanges, root, 0, accountChangeCount, true, hashFrom)
  updateStorage(hashFrom)
  hashSmallAccounts(root, hashFrom)
  return 0
}

/**
 * Hashes what accounts with little storage left undone: that, and what stands above it as deep as the other changes. They
 * go down once more, as changes that change nothing.
 */
function hashSmallAccounts(root: usize, hashFrom: u32): void {
  startAccounts()
  let count: u32 = 0
  for (let index: u32 = 0; index < accountChangeCount; index++) {
    const change = accountChange(index)
    const leaf: usize = load<u32>(change, CHANGE_LEAF)
    if (leaf == 0 || !addSmallAccount(leaf)) continue
    const again = accountChange(count++)
    store<u32>(again, load<u32>(change, CHANGE_KEY), CHANGE_KEY)
    zeroBytes(again + CHANGE_VALUE, CHANGE_BYTES - 4)
  }
  if (count == 0) return
  hashStorageTries()
  updateTrie(accountChanges, root, 0, count, true, hashFrom)
}

function updateStorage(hashFrom: u32): void {
  startTries(slotChanges)
  for (let index: u32 = 0; index < accountChangeCount; index++) {
    const change = accountChange(index)
    const leaf: usize = load<u32>(change, CHANGE_LEAF)
    if (leaf == 0) continue
    addTrie(leaf + ACCOUNT_STORAGE, load<u32>(change, CHANGE_SLOTS), load<u32>(change, CHANGE_SLOTS + 4), hashFrom)
  }
  finishTries(hashFrom)
}

// ------------------------------------------------------------------------------------------------------------- keys

function hashKeys(): void {
  accountKeys = takeScratch(<usize>(accountCount + slotCount) << 5)
  slotKeys = takeScratch(<usize>slotCount << 5)
  runStarts = takeScratch(<usize>(slotCount + 1) << 2)
  for (keyCount = 0; keyCount < accountCount; keyCount++) hashAddress(accountRecord(keyCount), accountKey(keyCount))
  for (let slot: u32 = 0; slot < slotCount; slot++) {
    const record = slotRecord(slot)
    if (slot == 0 || !equalAddresses(record, record - SLOT_RECORD_BYTES)) {
      hashAddress(record, accountKey(keyCount))
      store<u32>(runStarts + (<usize>(keyCount - accountCount) << 2), slot)
      keyCount++
    }
    hashSlotKey(record + SLOT_KEY, slotKeys + (<usize>slot << 5))
  }
  store<u32>(runStarts + (<usize>(keyCount - accountCount) << 2), slotCount)
  flushHashes()
  if (!takesKeysAsHashes) keepHashes()
}

/** For the next diffs. */
function keepHashes(): void {
  for (let key: u32 = 0; key < accountCount; key++) keepAddressHash(accountRecord(key), accountKey(key))
  for (let key = accountCount; key < keyCount; key++) {
    const firstSlot = load<u32>(runStarts + (<usize>(key - accountCount) << 2))
    keepAddressHash(slotRecord(firstSlot), accountKey(key))
  }
  for (let slot: u32 = 0; slot < slotCount; slot++)
    keepSlotHash(slotRecord(slot) + SLOT_KEY, slotKeys + (<usize>slot << 5))
}

function hashAddress(address: usize, output: usize): void {
  if (takesKeysAsHashes || !findAddressHash(address, output)) hashKey(address, 20, output)
}

function hashSlotKey(key: usize, output: usize): void {
  if (takesKeysAsHashes || !findSlotHash(key, output)) hashKey(key, 32, output)
}

// @ts-ignore: decorator
@inline
function accountRecord(index: u32): usize {
  return accountRecords + <usize>index * ACCOUNT_RECORD_BYTES
}

// @ts-ignore: decorator
@inline
function accountKey(index: u32): usize {
  return accountKeys + (<usize>index << 5)
}

// @ts-ignore: decorator
@inline
function slotRecord(slot: u32): usize {
  return slotRecords + <usize>slot * SLOT_RECORD_BYTES
}

// @ts-ignore: decorator
@inline
function equalAddresses(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8) && load<u32>(a, 16) == load<u32>(b, 16)
}

/** Hashes 20 or 32 bytes; complete after flushHashes. */
export function hashKey(key: usize, length: u32, output: usize): void {
  if (takesKeysAsHashes) {
    zeroBytes(output, 32)
    memory.copy(output, key, length)
    return
  }
  store<v128>(message, load<v128>(key))
  if (length == 32) store<v128>(message, load<v128>(key, 16), 16)
  else store<u32>(message, load<u32>(key, 16), 16)
  queueHash(length, output)
}

// --------------------------------------------------------------------------------------------------------- accounts

// @ts-ignore: decorator
@inline
function accountChange(index: u32): usize {
  return accountChanges + <usize>index * CHANGE_BYTES
}

/** One change for each account that the diff lists or has slots of; of several records of an account the last counts. */
function gatherAccountChanges(): void {
  const entries = takeScratch(<usize>keyCount * ENTRY_BYTES)
  const spare = takeScratch(<usize>keyCount * ENTRY_BYTES)
  let count: u32 = 0
  for (let key: u32 = 0; key < keyCount; key++) {
    const at = accountKeys + (<usize>key << 5)
    if ((nibbles & (1 << nibbleOf(at, 0))) == 0) continue
    const entry = entries + <usize>(count++) * ENTRY_BYTES
    store<u64>(entry, bswap<u64>(load<u64>(at)))
    store<u32>(entry, key, ENTRY_INDEX)
  }
  const sorted = sortEntries(entries, spare, count, accountKeys)
  changeOfKey = takeScratch(<usize>keyCount << 2)
  memory.fill(changeOfKey, 0xff, <usize>keyCount << 2)
  accountChanges = takeScratch(<usize>count * CHANGE_BYTES)
  accountChangeCount = 0
  for (let i: u32 = 0; i < count; i++) addAccountKey(load<u32>(sorted + <usize>i * ENTRY_BYTES, ENTRY_INDEX))
}

function addAccountKey(key: u32): void {
  const at = accountKeys + (<usize>key << 5)
  if (accountChangeCount == 0 || !equalKeys(at, load<u32>(accountChange(accountChangeCount - 1)))) {
    const fresh = accountChange(accountChangeCount++)
    zeroBytes(fresh, CHANGE_BYTES)
    store<u32>(fresh, <u32>at, CHANGE_KEY)
  }
  store<u32>(changeOfKey + (<usize>key << 2), accountChangeCount - 1)
  if (key >= accountCount) return
  const change = accountChange(accountChangeCount - 1)
  const record = accountRecords + <usize>key * ACCOUNT_RECORD_BYTES
  const isDeleted = (<u32>load<u8>(record, RECORD_FLAGS) & ACCOUNT_DELETED) != 0
  store<u32>(change, <u32>record, CHANGE_VALUE)
  store<u32>(change, isDeleted ? REMOVES : CREATES, CHANGE_FLAGS)
}

/** A slot that is set, not deleted, needs its account. */
function checkAccounts(root: u32): u32 {
  for (let key = accountCount; key < keyCount; key++) {
    const index = load<u32>(changeOfKey + (<usize>key << 2))
    if (index == 0xffffffff) continue
    const change = accountChange(index)
    if (load<u32>(change, CHANGE_VALUE) != 0 || (load<u32>(change, CHANGE_FLAGS) & ADDS_SLOTS) == 0) continue
    if (findLeaf(root, load<u32>(change)) == 0) return 1 + firstSet(key)
  }
  return 0
}

/** The first slot of a run that is set. */
function firstSet(key: u32): u32 {
  let slot = load<u32>(runStarts + (<usize>(key - accountCount) << 2))
  const end = load<u32>(runStarts + (<usize>(key - accountCount + 1) << 2))
  while (slot < end - 1 && isZero(slotRecord(slot) + SLOT_VALUE)) slot++
  return slot
}

// ------------------------------------------------------------------------------------------------------------ slots

/** One change for each slot, in order of account and key; of several records of a slot the last counts. */
function gatherSlotChanges(): void {
  const entries = takeScratch(<usize>slotCount * ENTRY_BYTES)
  const spare = takeScratch(<usize>slotCount * ENTRY_BYTES)
  let count: u32 = 0
  for (let key = accountCount; key < keyCount; key++) {
    const account = load<u32>(changeOfKey + (<usize>key << 2))
    if (account == 0xffffffff) continue
    const end = load<u32>(runStarts + (<usize>(key - accountCount + 1) << 2))
    for (let slot = load<u32>(runStarts + (<usize>(key - accountCount) << 2)); slot < end; slot++) {
      const entry = entries + <usize>(count++) * ENTRY_BYTES
      const bits = bswap<u32>(load<u32>(slotKeys + (<usize>slot << 5)))
      store<u64>(entry, (<u64>account << 32) | bits)
      store<u32>(entry, slot, ENTRY_INDEX)
    }
  }
  const sorted = sortEntries(entries, spare, count, slotKeys)
  slotChanges = takeScratch(<usize>count * CHANGE_BYTES)
  slotChangeCount = 0
  for (let i: u32 = 0; i < count; i++) addSlot(sorted + <usize>i * ENTRY_BYTES)
}

function addSlot(entry: usize): void {
  const slot = load<u32>(entry, ENTRY_INDEX)
  const key = slotKeys + (<usize>slot << 5)
  const account = accountChange(<u32>(load<u64>(entry) >> 32))
  let last = slotChanges + <usize>slotChangeCount * CHANGE_BYTES - CHANGE_BYTES
  const isFirst = load<u32>(account, CHANGE_SLOTS + 4) == 0
  if (isFirst || !equalKeys(key, load<u32>(last))) {
    if (isFirst) store<u32>(account, slotChangeCount, CHANGE_SLOTS)
    store<u32>(account, ++slotChangeCount, CHANGE_SLOTS + 4)
    last += CHANGE_BYTES
    zeroBytes(last, CHANGE_BYTES)
    store<u32>(last, <u32>key, CHANGE_KEY)
  }
  const value = slotRecord(slot) + SLOT_VALUE
  if (isZero(value)) {
    store<u32>(last, REMOVES, CHANGE_FLAGS)
    return
  }
  // Even a value that a later record of the diff replaces shows that the account must be there.
  store<u32>(account, load<u32>(account, CHANGE_FLAGS) | ADDS_SLOTS, CHANGE_FLAGS)
  store<u32>(last, CREATES, CHANGE_FLAGS)
  setWord(last, value)
}

// @ts-ignore: decorator
@inline
function isZero(word: usize): bool {
  return !v128.any_true(v128.or(load<v128>(word), load<v128>(word, 16)))
}

/** RLP of a word without its leading zeros, made in the record: what stands in front of it is needed no longer. */
function setWord(change: usize, word: usize): void {
  let start = word
  const end = word + 32
  while (load<u8>(start) == 0) start++
  if (end - start > 1 || load<u8>(start) >= 0x80) {
    const length = end - start
    store<u8>(--start, <u8>(0x80 + length))
  }
  store<u32>(change, <u32>start, CHANGE_VALUE)
  store<u32>(change, <u32>(end - start), CHANGE_LENGTH)
}

// The stage before execution. A few transactions at once are decoded and hashed, two hashes at a time; then the cells and
// records of accounts and slots that they will need are read one behind the other, so that the processor waits for all
// of them at once and not, one transaction later, for each alone. Nothing here decides anything: what is not foretold,
// or foretold wrongly, execution finds by itself.

import { cells, TX, TX_AUTHORITIES_PTR, TX_MODE, TX_SENDER } from './layout'
import { ENTRY_AUTHORITIES, ENTRY_HASH, ENTRY_RAW_LENGTH, ENTRY_SENDER, rawOf } from './batchEntry'
import { ACCOUNT_CODE_ID, ACCOUNT_STORAGE_ID, account, fetchAccount, findAccount, touchAccount } from './accounts'
import { fetchSlot, touchSlot } from './slots'
import { completeLookup, endRecording, fetchLookup, keepLookup, LOOKUP_BYTES, mappingMisses, RECORDED_LIMIT, recordLookups } from './mappingHash'
import { countMiss, foretellLookup, isPatternOf, learnPattern, patternCount, patternPlace } from './mappingPattern'
import { flushHashes, hashSoon } from './hashQueue'
import { fetchBloomBits } from './logs'
import { modeOf } from './madeUpSignature'
import { endStep, STEP_DECODE, STEP_FORETELL, STEP_READ_ACCOUNTS } from './steps'
import { addressToWord } from './address'
import { decodeTransaction, TX_DATA, TX_FLAG_CREATION, TX_FLAGS, TX_SIZE, TX_TO } from './transaction'
import * as u256 from './u256'

/** Transactions that are looked at together: as many as the processor can have reads under way for, and some more. */
export const WINDOW: u32 = 32

// What is known of each transaction of the window.
const AHEAD_ENTRY: usize = 0 // u32: address
const AHEAD_REFUSAL: usize = 4 // i32: TransactionError, 0 for none
const AHEAD_CODE: usize = 8 // u32: code number of the receiver
const AHEAD_STORAGE_ID: usize = 12 // u32: the receiver's
const AHEAD_PATTERN: usize = 16 // u32: address of where its pattern is or will be; 0 for none
const AHEAD_LOOKUPS: usize = 20 // u32: lookups that are foretold
const AHEAD_FRESH: usize = 24 // u32: a bit for each whose hash was not known
const AHEAD_FORETOLD: usize = 28 // u32: 1 when its pattern was known
const AHEAD_SENDER: usize = 32 // word
const AHEAD_TO: usize = 64 // word
const AHEAD_TX: usize = 96 // decoded, see transaction.ts
const AHEAD_BYTES: usize = 480
const LOOKUPS_BYTES: usize = <usize>RECORDED_LIMIT * LOOKUP_BYTES

const window: usize = memory.data(480 * 32, 16)
const lookups: usize = memory.data(96 * 4 * 32, 16)
/** What the reading adds up to: so that it is not left out. */
const sum: usize = memory.data(8)

let count: u32 = 0

@inline
function ahead(i: u32): usize {
  return window + <usize>i * AHEAD_BYTES
}

@inline
function lookupsOf(i: u32): usize {
  return lookups + <usize>i * LOOKUPS_BYTES
}

/** Looks at up to `most` entries from `at` on, which is {@link WINDOW} or less. Returns how many. */
export function lookAhead(at: usize, end: usize, most: u32): u32 {
  count = 0
  for (; at < end && count < most; count++) at = decodeAhead(ahead(count), at)
  flushHashes()
  endStep(STEP_DECODE)
  readAccounts()
  endStep(STEP_READ_ACCOUNTS)
  for (let i: u32 = 0; i < count; i++) findPattern(i)
  let levels: u32 = 0
  for (let i: u32 = 0; i < count; i++) levels = max(levels, load<u32>(ahead(i), AHEAD_LOOKUPS))
  for (let level: u32 = 0; level < levels; level++) foretell(level)
  if (levels != 0) readSlots()
  endStep(STEP_FORETELL)
  return count
}

/** Decodes, and has the hash computed where the entry has none. Returns where the next entry begins. */
function decodeAhead(place: usize, entry: usize): usize {
  const raw = rawOf(entry)
  const rawLength = load<u32>(entry, ENTRY_RAW_LENGTH)
  store<u32>(place, <u32>entry, AHEAD_ENTRY)
  store<i32>(place, decodeTransaction(raw, rawLength, place + AHEAD_TX, 0), AHEAD_REFUSAL)
  hashAhead(entry, raw, rawLength)
  addressToWord(entry + ENTRY_SENDER, place + AHEAD_SENDER)
  addressToWord(place + AHEAD_TX + TX_TO, place + AHEAD_TO)
  return raw + rawLength
}

/** The first half tells: no known transaction's hash begins with 16 zeros, and to find one is out of reach. */
function hashAhead(entry: usize, raw: usize, rawLength: u32): void {
  if ((load<u64>(entry, ENTRY_HASH) | load<u64>(entry, ENTRY_HASH + 8)) != 0) return
  hashSoon(raw, rawLength, entry + ENTRY_HASH)
}

/** Gives an entry that is not looked at its hash. */
export function hashEntry(entry: usize): void {
  hashAhead(entry, rawOf(entry), load<u32>(entry, ENTRY_RAW_LENGTH))
  flushHashes()
}

/**
 * First all index cells, then all records. The loops do nothing else: only so many instructions as the processor holds
 * at once may stand between two reads that it is to wait for together.
 */
function readAccounts(): void {
  let read: u32 = 0
  for (let i: u32 = 0; i < count; i++) read ^= fetchAccount(ahead(i) + AHEAD_SENDER) ^ fetchAccount(ahead(i) + AHEAD_TO)
  for (let i: u32 = 0; i < count; i++) read ^= touchAccount(ahead(i) + AHEAD_SENDER) ^ touchAccount(ahead(i) + AHEAD_TO)
  store<u32>(sum, read)
}

/** Finds the receiver, mostly the same as before, and what calls of its code look up. */
function findPattern(i: u32): void {
  const place = ahead(i)
  const tx = place + AHEAD_TX
  store<u32>(place, 0, AHEAD_PATTERN)
  store<u32>(place, 0, AHEAD_LOOKUPS)
  store<u32>(place, 0, AHEAD_FRESH)
  store<u32>(place, 0, AHEAD_FORETOLD)
  if (load<i32>(place, AHEAD_REFUSAL) != 0) return
  if (load<u32>(tx, TX_DATA + 4) < 4 || (load<u32>(tx, TX_FLAGS) & TX_FLAG_CREATION) != 0) return
  if (i != 0 && u256.eq(place + AHEAD_TO, place - AHEAD_BYTES + AHEAD_TO)) {
    store<u64>(place, load<u64>(place - AHEAD_BYTES, AHEAD_CODE), AHEAD_CODE)
  } else {
    const record = account(findAccount(place + AHEAD_TO)) // number 0: nobody, without code
    store<u32>(place, load<u32>(record, ACCOUNT_CODE_ID), AHEAD_CODE)
    store<u32>(place, load<u32>(record, ACCOUNT_STORAGE_ID), AHEAD_STORAGE_ID)
  }
  const codeId = load<u32>(place, AHEAD_CODE)
  if (codeId == 0) return
  const selector = load<u32>(<usize>load<u32>(tx, TX_DATA))
  const pattern = patternPlace(codeId, selector)
  store<u32>(place, <u32>pattern, AHEAD_PATTERN)
  if (!isPatternOf(pattern, codeId, selector)) return
  store<u32>(place, 1, AHEAD_FORETOLD)
  store<u32>(place, patternCount(pattern), AHEAD_LOOKUPS)
}

/** The `level`-th lookup of all transactions. Hashes that are not known are computed, two at a time. */
function foretell(level: u32): void {
  let read: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const place = ahead(i)
    if (level >= load<u32>(place, AHEAD_LOOKUPS)) continue
    const lookup = lookupsOf(i) + <usize>level * LOOKUP_BYTES
    const data = <usize>load<u32>(place, AHEAD_TX + TX_DATA)
    const length = load<u32>(place, AHEAD_TX + TX_DATA + 4)
    const sender = <usize>load<u32>(place, AHEAD_ENTRY) + ENTRY_SENDER
    if (foretellLookup(load<u32>(place, AHEAD_PATTERN), level, lookup, sender, data, length))
      read ^= fetchLookup(lookup) ^ fetchBloomBits(lookup) // keys come again as topics
    else store<u32>(place, level, AHEAD_LOOKUPS)
  }
  store<u32>(sum, read)
  for (let i: u32 = 0; i < count; i++) {
    const place = ahead(i)
    const lookup = lookupsOf(i) + <usize>level * LOOKUP_BYTES
    if (level >= load<u32>(place, AHEAD_LOOKUPS) || completeLookup(lookup)) continue
    hashSoon(lookup, 64, lookup + 64)
    store<u32>(place, load<u32>(place, AHEAD_FRESH) | (1 << level), AHEAD_FRESH)
  }
  flushHashes()
}

/** Keys of the slots that are foretold, as words, with the storage they belong to. */
const SLOT_BYTES: usize = 64
const SLOT_STORAGE: usize = 32
const slots: usize = memory.data(64 * 4 * 32, 16)

/** Keeps the hashes and reads the slots, as {@link readAccounts} does. */
function readSlots(): void {
  let slotsEnd = slots
  let read: u32 = 0
  for (let i: u32 = 0; i < count; i++) slotsEnd = collectSlots(i, slotsEnd)
  for (let at = slots; at < slotsEnd; at += SLOT_BYTES) read ^= fetchSlot(load<u32>(at, SLOT_STORAGE), at)
  for (let at = slots; at < slotsEnd; at += SLOT_BYTES) read ^= touchSlot(load<u32>(at, SLOT_STORAGE), at)
  store<u32>(sum, read)
}

function collectSlots(i: u32, at: usize): usize {
  const place = ahead(i)
  const fresh = load<u32>(place, AHEAD_FRESH)
  for (let k: u32 = 0; k < load<u32>(place, AHEAD_LOOKUPS); k++) {
    const lookup = lookupsOf(i) + <usize>k * LOOKUP_BYTES
    if ((fresh & (1 << k)) != 0) keepLookup(lookup)
    u256.fromBytes32(lookup + 64, at)
    store<u32>(at, load<u32>(place, AHEAD_STORAGE_ID), SLOT_STORAGE)
    at += SLOT_BYTES
  }
  return at
}

// ------------------------------------------------------------------------------------------- one after the other

let misses: u32 = 0

/** Puts the `i`-th transaction of the window into the TX cells. Returns why it is refused, or 0. */
export function takeAhead(i: u32): i32 {
  const place = ahead(i)
  const refusal = load<i32>(place, AHEAD_REFUSAL)
  if (refusal != 0) return refusal
  copyTransaction(place + AHEAD_TX)
  u256.copy(place + AHEAD_SENDER, cells + TX_SENDER)
  const entry = <usize>load<u32>(place, AHEAD_ENTRY)
  store<u32>(cells, <u32>(entry + ENTRY_AUTHORITIES), TX_AUTHORITIES_PTR)
  store<u32>(cells, modeOf(rawOf(entry), load<u32>(entry, ENTRY_RAW_LENGTH), entry + ENTRY_SENDER), TX_MODE)
  misses = mappingMisses
  if (load<u32>(place, AHEAD_PATTERN) != 0 && !isKnown(place)) recordLookups()
  return 0
}

/** It has been executed. */
export function learnFrom(i: u32): void {
  const place = ahead(i)
  const pattern = <usize>load<u32>(place, AHEAD_PATTERN)
  if (pattern == 0) return
  endRecording()
  if (!isKnown(place)) learnPattern(pattern, load<u32>(place, AHEAD_CODE), selectorOf(place))
  else if (load<u32>(place, AHEAD_FORETOLD) != 0 && mappingMisses != misses) countMiss(pattern)
}

@inline
function isKnown(place: usize): bool {
  return isPatternOf(load<u32>(place, AHEAD_PATTERN), load<u32>(place, AHEAD_CODE), selectorOf(place))
}

@inline
function selectorOf(place: usize): u32 {
  return load<u32>(<usize>load<u32>(place, AHEAD_TX + TX_DATA))
}

function copyTransaction(from: usize): void {
  const to = cells + TX
  for (let offset: usize = 0; offset < TX_SIZE; offset += 16) v128.store(to + offset, v128.load(from + offset))
}

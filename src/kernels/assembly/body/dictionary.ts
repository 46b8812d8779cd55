// What bodies have told since the dictionary began, by number: addresses with what is remembered of each, and words.

import {
  ADDRESS_BYTES,
  ADDRESSES,
  DIFF_ADDRESSES,
  DIFF_SLOTS,
  EXCHANGE,
  MAX_ADDRESSES,
  MAX_DIFF_ADDRESSES,
  MAX_DIFF_SLOTS,
  MAX_WORDS,
  WORDS,
} from './layout'
import { ID_HIGHS, ID_LOWS, take, TOLD_ADDRESSES, TOLD_DIFF_ADDRESSES, TOLD_WORDS, u8At, varint } from './columns'
import { fail, NO_ADDRESS, NO_DIFF_ITEM, NO_WORD, TABLE_FULL } from './failure'
import { copyAddress, copyWord } from './words'

// An address: 20 bytes, then
const PLACE: usize = 20 // u32: where it stands in the prediction
const CHUNK: usize = 24 // u32: the chunk in whose prediction it does
const NONCE: usize = 32 // i64: that its next transaction is expected to have
const BLOOM_BITS: usize = 40 // 3 u16, as an address: see blooms.ts
const WORD_BLOOM_BITS: usize = 46 // likewise, as a topic

export let addressCount: u32 = 0
export let wordCount: u32 = 0
export let diffAddressCount: u32 = 0
export let diffSlotCount: u32 = 0

export function clearDictionary(): void {
  addressCount = 0
  wordCount = 0
  diffAddressCount = 0
  diffSlotCount = 0
}

// ------------------------------------------------------------------------------------------------------ addresses

// @ts-ignore: decorator
@inline
export function address(id: u32): usize {
  return ADDRESSES + <usize>id * ADDRESS_BYTES
}

export function exchangeAddress(): usize {
  return EXCHANGE
}

export function countAddresses(): u32 {
  return addressCount
}

/** Where an address stands. */
export function addressAddress(id: u32): usize {
  return address(id)
}

/** Adds the address at `from`; its number. */
export function addAddress(from: usize): u32 {
  const id = addressCount
  if (id >= MAX_ADDRESSES) fail(TABLE_FULL)
  const record = address(id)
  copyAddress(record, from)
  store<u32>(record, 0, PLACE)
  store<u64>(record, 0, CHUNK)
  store<u64>(record, 0, NONCE)
  store<u64>(record, 0, BLOOM_BITS)
  store<u32>(record, 0, BLOOM_BITS + 8)
  addressCount = id + 1
  return id
}

export function checkAddress(id: u64): u32 {
  if (id >= addressCount) fail(NO_ADDRESS)
  return <u32>id
}

/** Reads a reference to an address: its number. */
export function readAddress(): u32 {
  const number = readNumber()
  if (number > 0) return checkAddress(number - 1)
  return addAddress(take(TOLD_ADDRESSES, 20))
}

// @ts-ignore: decorator
@inline
function readNumber(): u64 {
  const low = u8At(ID_LOWS)
  return <u64>low + (varint(ID_HIGHS) << 8)
}

// @ts-ignore: decorator
@inline
export function expectedNonce(id: u32): i64 {
  return load<i64>(address(id), NONCE)
}

// @ts-ignore: decorator
@inline
export function expectNonce(id: u32, nonce: i64): void {
  store<i64>(address(id), nonce, NONCE)
}

/** Whether the address stands in this chunk's prediction: then {@link placeOf} is where. */
// @ts-ignore: decorator
@inline
export function isPlaced(id: u32, chunk: u32): bool {
  return load<u32>(address(id), CHUNK) == chunk
}

// @ts-ignore: decorator
@inline
export function placeOf(id: u32): u32 {
  return load<u32>(address(id), PLACE)
}

export function setPlace(id: u32, chunk: u32, place: u32): void {
  store<u32>(address(id), chunk, CHUNK)
  store<u32>(address(id), place, PLACE)
}

/** Where the positions of the address's bits in a bloom filter are kept, as it is or as a word. */
// @ts-ignore: decorator
@inline
export function bloomBitsOf(id: u32, isWord: bool): usize {
  return address(id) + (isWord ? WORD_BLOOM_BITS : BLOOM_BITS)
}

// ---------------------------------------------------------------------------------------------------------- words

// @ts-ignore: decorator
@inline
export function dictionaryWord(id: u32): usize {
  return WORDS + <usize>id * 32
}

export function addWordOfDictionary(from: usize): u32 {
  const id = wordCount
  if (id >= MAX_WORDS) fail(TABLE_FULL)
  copyWord(dictionaryWord(id), from)
  wordCount = id + 1
  return id
}

export function checkWord(id: u64): u32 {
  if (id >= wordCount) fail(NO_WORD)
  return <u32>id
}

/** Reads a reference to a word: its number. */
export function readWord(): u32 {
  const number = readNumber()
  if (number > 0) return checkWord(number - 1)
  return addWordOfDictionary(take(TOLD_WORDS, 32))
}

// ------------------------------------------------------------------------------------------- what only diffs name

export function addDiffAddress(from: usize): void {
  if (diffAddressCount >= MAX_DIFF_ADDRESSES) fail(TABLE_FULL)
  copyAddress(DIFF_ADDRESSES + <usize>diffAddressCount * 20, from)
  diffAddressCount++
}

/** Reads the number of an address among those of transactions (even) or of diffs (odd), which may be new; where it stands. */
export function readDiffReference(column: usize): usize {
  const number = varint(column)
  if (number == <u64>diffAddressCount * 2 + 1) addDiffAddress(take(TOLD_DIFF_ADDRESSES, 20))
  return diffReference(number)
}

export function diffReference(number: u64): usize {
  const id = number >> 1
  if ((number & 1) == 0) return address(checkAddress(id))
  if (id >= diffAddressCount) fail(NO_DIFF_ITEM)
  return DIFF_ADDRESSES + <usize>id * 20
}

/** Where the slot stands: contract 20 · key 32. */
export function diffSlot(id: u64): usize {
  if (id >= diffSlotCount) fail(NO_DIFF_ITEM)
  return DIFF_SLOTS + <usize>id * 52
}

export function addDiffSlot(name: usize): void {
  if (diffSlotCount >= MAX_DIFF_SLOTS) fail(TABLE_FULL)
  memory.copy(DIFF_SLOTS + <usize>diffSlotCount * 52, name, 52)
  diffSlotCount++
}

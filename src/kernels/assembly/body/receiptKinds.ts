// Kinds of receipts: status, number and shape of the logs, and where the logs' words come from, with the RLP of the list of
// logs in which zeros stand where words belong that are not constant.

import { addTermToBloomNow } from './blooms'
import { MAX_RECEIPTS, RECEIPT_KINDS, RECEIPTS } from './layout'
import { DEFINITIONS, RECEIPT_NUMBERS, take, u8At, varint } from './columns'
import { address, addWordOfDictionary, checkWord, dictionaryWord, readAddress, wordCount } from './dictionary'
import { BAD_RECEIPT, fail, NO_KIND, NO_LISTED_WORD, RECEIPT_TOO_LARGE } from './failure'
import { KNOWN_KIND, writeHead } from './kinds'
import { prefixLength } from '../rlp'
import { copyAddress, copyWord } from './words'

export const ITEM_TOLD: u32 = 0
export const ITEM_CONSTANT: u32 = 1
/** From here on: the index in the list, plus this. */
export const ITEM_LISTED: u32 = 2

const MAX_ITEMS: u32 = 128

// A kind: its logs, its items, then its skeleton.
export const RECEIPT_STATUS: usize = 0 // u32
export const RECEIPT_ITEM_COUNT: usize = 4 // u32
export const RECEIPT_LOG_COUNT: usize = 8 // u32
export const RECEIPT_SKELETON: usize = 12 // u32: where it stands
export const RECEIPT_SKELETON_LENGTH: usize = 16 // u32
export const RECEIPT_BLOOM: usize = 32 // 256: of the constants
export const RECEIPT_LOGS: usize = 288 // at most 128
export const LOG_BYTES: usize = 16
const RECEIPT_ITEMS: usize = RECEIPT_LOGS + <usize>MAX_ITEMS * LOG_BYTES

export const LOG_TOPIC_COUNT: usize = 0 // u32
export const LOG_ITEM_COUNT: usize = 4 // u32: address, topics, whole words of data
export const LOG_REST: usize = 8 // u32: where in the skeleton the bytes behind the last whole word stand
export const LOG_REST_LENGTH: usize = 12 // u32

export const ITEM_BYTES: usize = 16
export const ITEM_SOURCE: usize = 0 // u32
export const ITEM_ID: usize = 4 // i32: number of a constant
export const ITEM_PLACE: usize = 8 // u32: in the skeleton
export const ITEM_IS_ADDRESS: usize = 12 // u16
export const ITEM_IS_TERM: usize = 14 // u16: counts for the bloom filter

const MAX_LISTED_WORDS: u64 = 64
const MAX_TOPICS: u32 = 4

let receiptCount: u32 = 0
/** Where the next kind begins. */
let nextKind: usize = RECEIPT_KINDS
/** Of the kind that is described. */
let itemCount: u32 = 0
let items: usize = 0

export function clearReceiptKinds(): void {
  receiptCount = 0
  nextKind = RECEIPT_KINDS
}

// @ts-ignore: decorator
@inline
export function itemsOf(kind: usize): usize {
  return kind + RECEIPT_ITEMS
}

/** Where the kind of that number stands, which is not 0; a new one is read. */
export function readReceiptKind(number: u64): usize {
  if (number >= KNOWN_KIND) {
    if (number - KNOWN_KIND >= receiptCount) fail(NO_KIND)
    return load<u32>(RECEIPTS + (<usize>(number - KNOWN_KIND) << 2))
  }
  const kind = nextKind
  define(kind)
  lay(kind)
  if (receiptCount < MAX_RECEIPTS) {
    store<u32>(RECEIPTS + (<usize>receiptCount << 2), <u32>kind)
    receiptCount++
    nextKind = (<usize>load<u32>(kind, RECEIPT_SKELETON) + load<u32>(kind, RECEIPT_SKELETON_LENGTH) + 15) & ~15
  }
  return kind
}

/** Reads items and logs. */
function define(kind: usize): void {
  const status = u8At(DEFINITIONS)
  if (status > 1) fail(BAD_RECEIPT)
  const logCount = varint(DEFINITIONS)
  if (logCount > MAX_ITEMS) fail(RECEIPT_TOO_LARGE)
  itemCount = 0
  items = itemsOf(kind)
  for (let i: u32 = 0; i < <u32>logCount; i++) defineLog(kind + RECEIPT_LOGS + <usize>i * LOG_BYTES)
  store<u32>(kind, status, RECEIPT_STATUS)
  store<u32>(kind, itemCount, RECEIPT_ITEM_COUNT)
  store<u32>(kind, <u32>logCount, RECEIPT_LOG_COUNT)
}

function defineLog(log: usize): void {
  const first = itemCount
  defineItem(true, true)
  const topicCount = u8At(DEFINITIONS)
  if (topicCount > MAX_TOPICS) fail(BAD_RECEIPT)
  for (let i: u32 = 0; i < topicCount; i++) defineItem(false, true)
  const dataLength = varint(DEFINITIONS)
  // One byte of data may have another form.
  if (dataLength == 1) fail(BAD_RECEIPT)
  for (let word = dataLength >> 5; word > 0; word--) defineItem(false, false)
  store<u32>(log, topicCount, LOG_TOPIC_COUNT)
  store<u32>(log, itemCount - first, LOG_ITEM_COUNT)
  store<u32>(log, <u32>dataLength & 31, LOG_REST_LENGTH)
}

function defineItem(isAddress: bool, isTerm: bool): void {
  if (itemCount == MAX_ITEMS) fail(RECEIPT_TOO_LARGE)
  const item = items + <usize>itemCount * ITEM_BYTES
  itemCount++
  const source = varint(DEFINITIONS)
  if (source == ITEM_TOLD && isAddress) fail(BAD_RECEIPT)
  if (source >= ITEM_LISTED + MAX_LISTED_WORDS) fail(NO_LISTED_WORD)
  store<u32>(item, <u32>source, ITEM_SOURCE)
  store<i32>(item, source != ITEM_CONSTANT ? -1 : isAddress ? <i32>readAddress() : readConstantWord(), ITEM_ID)
  store<u16>(item, isAddress ? 1 : 0, ITEM_IS_ADDRESS)
  store<u16>(item, isTerm ? 1 : 0, ITEM_IS_TERM)
}

function readConstantWord(): i32 {
  const id = varint(DEFINITIONS)
  if (id == wordCount) addWordOfDictionary(take(DEFINITIONS, 32))
  return <i32>checkWord(id)
}

// ------------------------------------------------------------------------------------------------------- skeleton

/** Writes the skeleton behind the items: heads and constants; and the bloom filter of these. */
function lay(kind: usize): void {
  const skeleton = (items + <usize>itemCount * ITEM_BYTES + 15) & ~15
  const logCount = load<u32>(kind, RECEIPT_LOG_COUNT)
  memory.fill(kind + RECEIPT_BLOOM, 0, 256)
  let payload: u32 = 0
  for (let i: u32 = 0; i < logCount; i++) {
    const length = logLength(kind + RECEIPT_LOGS + <usize>i * LOG_BYTES)
    payload += prefixLength(length) + length
  }
  const total = prefixLength(payload) + payload
  memory.fill(skeleton, 0, total)
  store<u32>(kind, <u32>skeleton, RECEIPT_SKELETON)
  store<u32>(kind, total, RECEIPT_SKELETON_LENGTH)
  let at = writeHead(0xc0, payload, skeleton)
  let item = items
  for (let i: u32 = 0; i < logCount; i++) {
    const log = kind + RECEIPT_LOGS + <usize>i * LOG_BYTES
    at = layLog(kind, log, at, item)
    item += <usize>load<u32>(log, LOG_ITEM_COUNT) * ITEM_BYTES
  }
}

/** Writes a log at `at` of the skeleton; returns where it ends. */
function layLog(kind: usize, log: usize, at: u32, item: usize): u32 {
  const skeleton: usize = load<u32>(kind, RECEIPT_SKELETON)
  const topicCount = load<u32>(log, LOG_TOPIC_COUNT)
  const dataWords = load<u32>(log, LOG_ITEM_COUNT) - 1 - topicCount
  const rest = load<u32>(log, LOG_REST_LENGTH)
  at += writeHead(0xc0, logLength(log), skeleton + at)
  store<u8>(skeleton + at, 0x94)
  layItem(kind, item, at + 1)
  at += 21
  at += writeHead(0xc0, topicCount * 33, skeleton + at)
  for (let i: u32 = 0; i < topicCount; i++) {
    item += ITEM_BYTES
    store<u8>(skeleton + at, 0xa0)
    layItem(kind, item, at + 1)
    at += 33
  }
  at += writeHead(0x80, dataWords * 32 + rest, skeleton + at)
  for (let i: u32 = 0; i < dataWords; i++) {
    item += ITEM_BYTES
    layItem(kind, item, at)
    at += 32
  }
  store<u32>(log, at, LOG_REST)
  return at + rest
}

function layItem(kind: usize, item: usize, place: u32): void {
  store<u32>(item, place, ITEM_PLACE)
  if (load<u32>(item, ITEM_SOURCE) != ITEM_CONSTANT) return
  const isAddress = load<u16>(item, ITEM_IS_ADDRESS) != 0
  const to = <usize>load<u32>(kind, RECEIPT_SKELETON) + place
  const id = load<u32>(item, ITEM_ID)
  if (isAddress) copyAddress(to, address(id))
  else copyWord(to, dictionaryWord(id))
  if (load<u16>(item, ITEM_IS_TERM) != 0) addTermToBloomNow(to, isAddress ? 20 : 32, kind + RECEIPT_BLOOM)
}

/** Bytes of a log's RLP without its head. */
function logLength(log: usize): u32 {
  const topicCount = load<u32>(log, LOG_TOPIC_COUNT)
  const topics = topicCount * 33
  const data = (load<u32>(log, LOG_ITEM_COUNT) - 1 - topicCount) * 32 + load<u32>(log, LOG_REST_LENGTH)
  return 21 + prefixLength(topics) + topics + prefixLength(data) + data
}

/** Which kind a receipt is of; 0: it is told as it is. */
export function readReceiptNumber(): u64 {
  return varint(RECEIPT_NUMBERS)
}

// Receipts out of columns: type · rlp([status, cumulative gas, bloom, logs]).

import { copyBytes } from '../bytes'
import { lengthOfU64, prefixLength, writeU64 } from '../rlp'
import { DEFINITIONS, GAS, signed, take, TEXTS, varint } from './columns'
import { addAddressToBloom, addTermToBloom } from './blooms'
import { BAD_RECEIPT, fail, NO_LISTED_WORD } from './failure'
import { CALL_GAS, writeHead } from './kinds'
import { addressIdAt, listAddress, listCount, listedWord, listTold, listWord } from './list'
import { grow, write, writeU32 } from './output'
import {
  ITEM_BYTES,
  ITEM_CONSTANT,
  ITEM_ID,
  ITEM_IS_ADDRESS,
  ITEM_IS_TERM,
  ITEM_LISTED,
  ITEM_PLACE,
  ITEM_SOURCE,
  ITEM_TOLD,
  itemsOf,
  LOG_BYTES,
  LOG_REST,
  LOG_REST_LENGTH,
  readReceiptKind,
  readReceiptNumber,
  RECEIPT_BLOOM,
  RECEIPT_ITEM_COUNT,
  RECEIPT_LOG_COUNT,
  RECEIPT_LOGS,
  RECEIPT_SKELETON,
  RECEIPT_SKELETON_LENGTH,
  RECEIPT_STATUS,
} from './receiptKinds'
import { copyAddress, copyWord } from './words'

const BLOOM_BYTES: u32 = 256
/** Head of a bloom filter in RLP. */
const BLOOM_HEAD_BYTES: u32 = 3
const MAX_GAS: i64 = 1 << 48

/** Kind of the receipt that was read last, and the gas that its transaction used. */
export let receipt: usize = 0
export let gasUsed: i64 = 0
/** Of the block so far. */
export let cumulativeGas: i64 = 0

/** Per item of the receipt's kind: index in the list; -1: it has no room there. */
const indexes: usize = memory.data(128 * 4, 16)

export function getCumulativeGas(): f64 {
  return <f64>cumulativeGas
}

export function setCumulativeGas(gas: f64): void {
  cumulativeGas = <i64>gas
}

// @ts-ignore: decorator
@inline
export function indexOfItem(item: u32): i32 {
  return load<i32>(indexes + (<usize>item << 2))
}

/** Reads the receipt of a transaction of that type, and writes it with its length. Whether it is known by its parts. */
export function readReceipt(type: u32, call: usize, dataGas: u64): bool {
  const number = readReceiptNumber()
  if (number == 0) {
    const length = varint(DEFINITIONS)
    const from = take(TEXTS, length)
    writeU32(<u32>length)
    write(from, <u32>length)
    return false
  }
  receipt = readReceiptKind(number)
  const gas = signed(GAS) + load<i64>(call, CALL_GAS)
  store<i64>(call, gas, CALL_GAS)
  gasUsed = gas + <i64>dataGas
  const cumulative = cumulativeGas + gasUsed
  if (cumulative < 0 || cumulative > MAX_GAS || gas > MAX_GAS || gas < -MAX_GAS) fail(BAD_RECEIPT)
  cumulativeGas = cumulative
  writeReceipt(type)
  return true
}

function writeReceipt(type: u32): void {
  const skeletonLength = load<u32>(receipt, RECEIPT_SKELETON_LENGTH)
  const content = 1 + lengthOfU64(cumulativeGas) + BLOOM_HEAD_BYTES + BLOOM_BYTES + skeletonLength
  const length = (type == 0 ? 0 : 1) + prefixLength(content) + content
  let at = grow(4 + length)
  store<u32>(at, length)
  at += 4
  if (type != 0) store<u8>(at++, type)
  at += writeHead(0xc0, content, at)
  store<u8>(at, load<u32>(receipt, RECEIPT_STATUS) == 1 ? 1 : 0x80)
  at = writeU64(cumulativeGas, at + 1)
  const bloom = at + writeHead(0x80, BLOOM_BYTES, at)
  const skeleton = bloom + BLOOM_BYTES
  copyBytes(bloom, receipt + RECEIPT_BLOOM, BLOOM_BYTES)
  copyBytes(skeleton, load<u32>(receipt, RECEIPT_SKELETON), skeletonLength)
  writeItems(skeleton, bloom)
  writeRests(skeleton)
}

function writeItems(skeleton: usize, bloom: usize): void {
  let item = itemsOf(receipt)
  const count = load<u32>(receipt, RECEIPT_ITEM_COUNT)
  for (let i: u32 = 0; i < count; i++, item += ITEM_BYTES) {
    const source = load<u32>(item, ITEM_SOURCE)
    const isAddress = load<u16>(item, ITEM_IS_ADDRESS) != 0
    if (source == ITEM_CONSTANT) {
      const id = load<u32>(item, ITEM_ID)
      noteIndex(i, isAddress ? listAddress(id) : listWord(id))
      continue
    }
    const index: i32 = source == ITEM_TOLD ? listTold() : <i32>(source - ITEM_LISTED)
    if (index >= <i32>listCount) fail(NO_LISTED_WORD)
    noteIndex(i, index)
    const from = listedWord(index)
    const to = skeleton + load<u32>(item, ITEM_PLACE)
    if (isAddress) copyAddress(to, from + 12)
    else copyWord(to, from)
    if (load<u16>(item, ITEM_IS_TERM) == 0) continue
    const id = addressIdAt(index)
    if (id >= 0) addAddressToBloom(<u32>id, !isAddress, bloom)
    else addTermToBloom(to, isAddress ? 20 : 32, bloom)
  }
}

// @ts-ignore: decorator
@inline
function noteIndex(item: u32, index: i32): void {
  store<i32>(indexes + (<usize>item << 2), index)
}

/** Bytes of logs' data behind the last whole word. */
function writeRests(skeleton: usize): void {
  const count = load<u32>(receipt, RECEIPT_LOG_COUNT)
  for (let i: u32 = 0; i < count; i++) {
    const log = receipt + RECEIPT_LOGS + <usize>i * LOG_BYTES
    const length = load<u32>(log, LOG_REST_LENGTH)
    if (length == 0) continue
    copyBytes(skeleton + load<u32>(log, LOG_REST), take(TEXTS, length), length)
  }
}

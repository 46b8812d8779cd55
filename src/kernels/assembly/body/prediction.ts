// What a chunk's transactions and receipts say of its diff: nonces, values and fees by the rules of the protocol, slots by
// the patterns of the dictionary.

import { BASE_FEE } from './layout'
import { addEffect, keyOfMapping } from './effects'
import { FEES_BLOCK, FEES_EARNED, FEES_MOST, FEES_PAID, FEES_TIP, FEES_TYPE } from './kinds'
import { addressIdAt, listedWord, wordIdAt } from './list'
import { hashMapping, hashMappingSoon } from './mappings'
import { balanceAt, setNonce, touchAccount } from './overlays'
import {
  EFFECT_BASE,
  EFFECT_BASE_ID,
  EFFECT_BYTES,
  EFFECT_DEPTH,
  EFFECT_KEYS,
  EFFECT_OPERAND,
  EFFECT_OPERATION,
  findPattern,
  PATTERN_COUNT,
  PATTERN_EFFECTS,
  patternCount,
  SOURCE_DATA,
  SOURCE_ONE,
  SOURCE_RECIPIENT,
} from './patterns'
import {
  ITEM_BYTES,
  ITEM_CONSTANT,
  ITEM_ID,
  ITEM_SOURCE,
  itemsOf,
  LOG_BYTES,
  LOG_ITEM_COUNT,
  LOG_TOPIC_COUNT,
  RECEIPT_LOG_COUNT,
  RECEIPT_LOGS,
  RECEIPT_STATUS,
} from './receiptKinds'
import { gasUsed, indexOfItem, receipt } from './receipts'
import { fees, nonce, recipient, sender, VALUE_INDEX } from './transactions'
import { addWord, copyWord, isLess, isZeroWord, multiplyWord, subtractWord, zeroWord } from './words'

/** Above it the gas changes no balance. */
const MAX_GAS_USED: i64 = 1 << 44
const NOTHING_LISTED: i32 = -1

/** Of the open block; prices are computed once for each. */
let block: u32 = 0
/** Number of its coinbase, -1: none. */
let coinbase: i32 = -1

const amount: usize = memory.data(32, 16)
const innerBase: usize = memory.data(32, 16)
const one: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
])

/** Another block opens, whose base fee the host has written. */
export function openBlock(coinbaseId: i32): void {
  block++
  coinbase = coinbaseId
}

/** Takes the transaction that was read last. */
export function predict(): void {
  setPrices()
  const isExact = gasUsed >= 0 && gasUsed <= MAX_GAS_USED
  const from = touchAccount(sender)
  setNonce(from, nonce + 1)
  if (isExact) {
    multiplyWord(amount, fees + FEES_PAID, gasUsed)
    subtractWord(balanceAt(from), amount)
  }
  const value = listedWord(VALUE_INDEX)
  if (recipient >= 0 && !isZeroWord(value)) {
    const to = touchAccount(recipient)
    if (load<u32>(receipt, RECEIPT_STATUS) == 1) {
      subtractWord(balanceAt(from), value)
      addWord(balanceAt(to), value)
    }
  }
  if (patternCount > 0) addLogs()
  if (coinbase < 0 || !isExact) return
  multiplyWord(amount, fees + FEES_EARNED, gasUsed)
  addWord(balanceAt(touchAccount(coinbase)), amount)
}

/** Wei per gas that a sender pays with these fees, and that the coinbase gets. */
function setPrices(): void {
  if (load<u32>(fees, FEES_BLOCK) == block) return
  store<u32>(fees, block, FEES_BLOCK)
  const paid = fees + FEES_PAID
  const earned = fees + FEES_EARNED
  copyWord(paid, fees + FEES_MOST)
  if (load<u32>(fees, FEES_TYPE) >= 2) {
    copyWord(amount, BASE_FEE)
    addWord(amount, fees + FEES_TIP)
    // Where the sum doesn't fit a word it is more than any price.
    if (!isLess(amount, BASE_FEE) && isLess(amount, paid)) copyWord(paid, amount)
  }
  zeroWord(earned)
  if (!isLess(BASE_FEE, paid)) return
  copyWord(earned, paid)
  subtractWord(earned, BASE_FEE)
}

// ----------------------------------------------------------------------------------------------------------- logs

// The log that is looked at: its items, address first, and its contract.
let firstItem: u32 = 0
let endItem: u32 = 0
let topicCount: u32 = 0
let contract: i32 = 0

function addLogs(): void {
  const logCount = load<u32>(receipt, RECEIPT_LOG_COUNT)
  endItem = 0
  for (let i: u32 = 0; i < logCount; i++) {
    const log = receipt + RECEIPT_LOGS + <usize>i * LOG_BYTES
    firstItem = endItem
    endItem += load<u32>(log, LOG_ITEM_COUNT)
    topicCount = load<u32>(log, LOG_TOPIC_COUNT)
    if (topicCount == 0) continue
    const item = itemsOf(receipt) + <usize>firstItem * ITEM_BYTES
    contract = isConstant(item) ? load<i32>(item, ITEM_ID) : addressIdAt(indexOfItem(firstItem))
    const first = item + ITEM_BYTES
    const topic = isConstant(first) ? load<i32>(first, ITEM_ID) : wordIdAt(indexOfItem(firstItem + 1))
    if (contract < 0 || topic < 0) continue
    const pattern = findPattern(contract, topic, contract == recipient)
    if (pattern == 0) continue
    const count = load<u32>(pattern, PATTERN_COUNT)
    for (let e: u32 = 0; e < count; e++) note(pattern + PATTERN_EFFECTS + <usize>e * EFFECT_BYTES)
  }
}

// @ts-ignore: decorator
@inline
function isConstant(item: usize): bool {
  return load<u32>(item, ITEM_SOURCE) == ITEM_CONSTANT
}

/** Nothing where a source isn't there. */
function note(effect: usize): void {
  const source = load<u8>(effect, EFFECT_OPERAND)
  const index = indexOfSource(source)
  if (index < 0 && source != SOURCE_ONE) return
  const depth = load<u8>(effect, EFFECT_DEPTH)
  const outer = depth > 0 ? indexOfSource(load<u8>(effect, EFFECT_KEYS)) : 0
  const inner = depth > 1 ? indexOfSource(load<u8>(effect, EFFECT_KEYS + 1)) : 0
  if (outer < 0 || inner < 0) return
  const waiting = addEffect(contract, load<u8>(effect, EFFECT_OPERATION), index < 0 ? one : listedWord(index))
  const base = effect + EFFECT_BASE
  if (depth == 0) copyWord(waiting, base)
  else if (depth == 1) noteMapping(waiting, outer, base, load<u32>(effect, EFFECT_BASE_ID))
  else {
    hashMapping(listedWord(outer), base, innerBase)
    hashMappingSoon(listedWord(inner), innerBase, waiting)
  }
}

function noteMapping(waiting: usize, index: i32, base: usize, baseId: u32): void {
  const id = addressIdAt(index)
  if (id >= 0) keyOfMapping(waiting, id, base, baseId)
  else hashMappingSoon(listedWord(index), base, waiting)
}

/** Index in the list of the word that a source names; negative where there is none. */
function indexOfSource(source: u32): i32 {
  if (source < 4) return source < topicCount ? indexOfItem(firstItem + 1 + source) : NOTHING_LISTED
  if (source >= SOURCE_DATA) {
    const item = firstItem + 1 + topicCount + source - SOURCE_DATA
    return item < endItem ? indexOfItem(item) : NOTHING_LISTED
  }
  if (source == SOURCE_ONE) return NOTHING_LISTED
  if (source == SOURCE_RECIPIENT) return recipient < 0 ? NOTHING_LISTED : 1
  return 0
}

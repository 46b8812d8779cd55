// Transactions out of columns, as a chunk has them: sender 20 · hash 32 · u32 length · raw, then the receipt.

import { copyBytes } from '../bytes'
import { hashSoon } from '../hashQueue'
import { lengthOfBytes, lengthOfU64, prefixLength, writeBytes, writeU64 } from '../rlp'
import { CALL_NUMBERS, DEFINITIONS, NONCES, PARITIES, SIGNATURES, TAILS, take, TEXTS, signed, varint } from './columns'
import { address, expectedNonce, expectNonce, readAddress } from './dictionary'
import { BAD_TRANSACTION, fail } from './failure'
import {
  CALL_DATA_LENGTH,
  CALL_HEAD,
  CALL_HEAD_LENGTH,
  CALL_IN_WORDS,
  CALL_RLP,
  CALL_RLP_LENGTH,
  CALL_SELECTOR_GAS,
  CALL_TO,
  CALL_WORD_COUNT,
  dataGas,
  FEES_CHAIN_RLP,
  FEES_CHAIN_RLP_LENGTH,
  FEES_RLP,
  FEES_RLP_LENGTH,
  FEES_TYPE,
  FEES_V,
  readCall,
  readFees,
  writeHead,
} from './kinds'
import { clearList, listAddress, listedWord, listNothing, listTold, listToldNumber } from './list'
import { grow, write, writeU32 } from './output'
import { readReceipt } from './receipts'
import { copyAddress, copyWord, significantBytes } from './words'

/** Index in the list. */
export const VALUE_INDEX: i32 = 2
const DATA_INDEX: i32 = 3
const MAX_NONCE: i64 = 1 << 50
const EMPTY_LIST: u8 = 0xc0

// Of the transaction that was read last.
export let sender: u32 = 0
/** -1: there is none. */
export let recipient: i32 = 0
export let nonce: i64 = 0
export let fees: usize = 0

let call: usize = 0
let parityCount: u32 = 0
// Data and tail that are told as bytes.
let dataAt: usize = 0
let tailAt: usize = 0
let tailLength: u32 = 0

/** Another body begins. */
export function restartParities(): void {
  parityCount = 0
}

/** Reads the next transaction with its receipt, and writes them. Whether both are known by their parts. */
export function readTransaction(): bool {
  sender = readAddress()
  copyAddress(grow(20), address(sender))
  const number = varint(CALL_NUMBERS)
  if (number == 0) {
    writeAsItIs()
    return false
  }
  call = readCall(number)
  fees = readFees()
  recipient = load<i32>(call, CALL_TO)
  nonce = signed(NONCES) + expectedNonce(sender)
  if (nonce < 0 || nonce > MAX_NONCE) fail(BAD_TRANSACTION)
  expectNonce(sender, nonce + 1)
  list()
  readTexts()
  const start = grow(36)
  const length = writeRaw()
  store<u32>(start, length, 32)
  hashSoon(start + 36, length, start)
  return readReceipt(load<u32>(fees, FEES_TYPE), call, gasOfData())
}

function writeAsItIs(): void {
  const told = varint(DEFINITIONS)
  const receiptLength = varint(DEFINITIONS)
  const rawLength = told >> 1
  const raw = take(TEXTS, rawLength)
  const start = grow(36)
  if ((told & 1) != 0) copyWord(start, take(TEXTS, 32))
  else hashSoon(raw, <u32>rawLength, start)
  store<u32>(start, <u32>rawLength, 32)
  write(raw, <u32>rawLength)
  const receipt = take(TEXTS, receiptLength)
  writeU32(<u32>receiptLength)
  write(receipt, <u32>receiptLength)
}

/** Sender, recipient, value, words of the data. */
function list(): void {
  clearList()
  listAddress(sender)
  if (recipient < 0) listNothing()
  else listAddress(<u32>recipient)
  listToldNumber()
  for (let left = load<u32>(call, CALL_WORD_COUNT); left > 0; left--) listTold()
}

function readTexts(): void {
  if (load<u32>(call, CALL_IN_WORDS) == 0) dataAt = take(TEXTS, load<u64>(call, CALL_DATA_LENGTH))
  const length = varint(TAILS)
  if (length > 0) tailAt = take(TEXTS, length)
  tailLength = <u32>length
  if (length > 0 && load<u32>(fees, FEES_TYPE) == 0) fail(BAD_TRANSACTION)
}

function gasOfData(): u64 {
  if (load<u32>(call, CALL_IN_WORDS) == 0) {
    const length = <u32>load<u64>(call, CALL_DATA_LENGTH)
    return dataGas(dataAt, length)
  }
  return load<u32>(call, CALL_SELECTOR_GAS) + dataGas(listedWord(DATA_INDEX), load<u32>(call, CALL_WORD_COUNT) * 32)
}

/** Writes the envelope; its length. */
function writeRaw(): u32 {
  const type = load<u32>(fees, FEES_TYPE)
  const v = (type == 0 ? load<u64>(fees, FEES_V) : 0) + readParity()
  const signature = take(SIGNATURES, 64)
  const rLength = significantBytes(signature)
  const sLength = significantBytes(signature + 32)
  const r = signature + 32 - rLength
  const s = signature + 64 - sLength
  const valueLength = significantBytes(listedWord(VALUE_INDEX))
  const value = listedWord(VALUE_INDEX) + 32 - valueLength
  const chainLength = load<u32>(fees, FEES_CHAIN_RLP_LENGTH)
  const feesLength = load<u32>(fees, FEES_RLP_LENGTH)
  const callLength = load<u32>(call, CALL_RLP_LENGTH)
  const content: u64 =
    <u64>chainLength + lengthOfU64(nonce) + feesLength + callLength + lengthOfBytes(value, valueLength) + dataLength() +
    (tailLength > 0 ? tailLength : type == 0 ? 0 : 1) + lengthOfU64(v) + lengthOfBytes(r, rLength) + lengthOfBytes(s, sLength)
  const head = prefixLength(<u32>content)
  const length = <u64>(type == 0 ? 0 : 1) + head + content
  let at = grow(length)
  if (type != 0) store<u8>(at++, type)
  at += writeHead(0xc0, <u32>content, at)
  copyBytes(at, fees + FEES_CHAIN_RLP, chainLength)
  at = writeU64(nonce, at + chainLength)
  copyBytes(at, fees + FEES_RLP, feesLength)
  at += feesLength
  copyBytes(at, call + CALL_RLP, callLength)
  at = writeBytes(value, valueLength, at + callLength)
  at = writeData(at)
  if (tailLength > 0) {
    copyBytes(at, tailAt, tailLength)
    at += tailLength
  } else if (type != 0) store<u8>(at++, EMPTY_LIST)
  at = writeU64(v, at)
  at = writeBytes(r, rLength, at)
  writeBytes(s, sLength, at)
  return <u32>length
}

function readParity(): u64 {
  const bit = parityCount++ & 7
  if (bit == 0) take(PARITIES, 1)
  return (load<u8>(load<u32>(PARITIES) - 1) >> <u8>bit) & 1
}

function dataLength(): u64 {
  if (load<u32>(call, CALL_IN_WORDS) != 0)
    return <u64>load<u32>(call, CALL_HEAD_LENGTH) + load<u32>(call, CALL_WORD_COUNT) * 32
  return lengthOfBytes(dataAt, <u32>load<u64>(call, CALL_DATA_LENGTH))
}

function writeData(at: usize): usize {
  if (load<u32>(call, CALL_IN_WORDS) == 0) return writeBytes(dataAt, <u32>load<u64>(call, CALL_DATA_LENGTH), at)
  const headLength = load<u32>(call, CALL_HEAD_LENGTH)
  copyBytes(at, call + CALL_HEAD, headLength)
  at += headLength
  const end = DATA_INDEX + load<i32>(call, CALL_WORD_COUNT)
  for (let i = DATA_INDEX; i < end; i++, at += 32) copyWord(at, listedWord(i))
  return at
}

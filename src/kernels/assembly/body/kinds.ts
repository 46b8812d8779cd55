// Kinds of fees and of calls: what transactions have in common, with the parts of the envelope that say so.

import { copyBytes, countZeroBytes } from '../bytes'
import { prefixLength, writeBytes } from '../rlp'
import { CALL_BYTES, CALLS, FEES, FEES_BYTES, MAX_CALLS, MAX_FEES } from './layout'
import { CALL_NUMBERS, DEFINITIONS, FEE_NUMBERS, take, u8At, varint } from './columns'
import { address, readAddress } from './dictionary'
import { BAD_INTEGER, BAD_KIND, fail, NO_KIND } from './failure'
import { copyPadded } from './words'

/** Where a number stands for a kind that is described, and from which on for one that is known. */
export const NEW_KIND: u64 = 1
export const KNOWN_KIND: u64 = 2

// Of a kind of fees.
export const FEES_TYPE: usize = 0 // u32, 0 to 4
export const FEES_V: usize = 8 // u64: what the parity is added to in a legacy signature's v
export const FEES_TIP: usize = 16 // 32, big-endian
export const FEES_MOST: usize = 48
export const FEES_PAID: usize = 80 // per gas, in the block of FEES_BLOCK
export const FEES_EARNED: usize = 112
export const FEES_BLOCK: usize = 144 // u32
export const FEES_CHAIN_RLP_LENGTH: usize = 148 // u32
export const FEES_RLP_LENGTH: usize = 152 // u32
export const FEES_CHAIN_RLP: usize = 156 // at most 7
export const FEES_RLP: usize = 164 // at most 66

const PROTECTED_LEGACY: u32 = 5
const MAX_CHAIN_ID_BYTES: u32 = 6
const MAX_FEE_BYTES: u32 = 32
const MAX_GAS_BYTES: u32 = 8

// Of a kind of calls.
export const CALL_TO: usize = 0 // i32: number of the recipient, -1: creates a contract
export const CALL_IN_WORDS: usize = 4 // u32
export const CALL_DATA_LENGTH: usize = 8 // u64
export const CALL_WORD_COUNT: usize = 16 // u32
export const CALL_SELECTOR_GAS: usize = 20 // u32
export const CALL_GAS: usize = 24 // i64: what the last one used, beside its data's
export const CALL_RLP_LENGTH: usize = 32 // u32
export const CALL_HEAD_LENGTH: usize = 36 // u32
export const CALL_RLP: usize = 40 // gas limit and recipient, at most 30
export const CALL_HEAD: usize = 72 // the data's head and selector, at most 9

const SELECTOR_BYTES: u32 = 4
const MAX_CALL_WORDS: u64 = 60
const SHORTEST_IN_WORDS: u64 = 4

let feeCount: u32 = 0
let callCount: u32 = 0

export function clearKinds(): void {
  feeCount = 0
  callCount = 0
}

/** Reads which fees a transaction has, and where that kind stands. */
export function readFees(): usize {
  const number = varint(FEE_NUMBERS)
  if (number >= KNOWN_KIND) {
    if (number - KNOWN_KIND >= feeCount) fail(NO_KIND)
    return FEES + <usize>(number - KNOWN_KIND) * FEES_BYTES
  }
  if (number != NEW_KIND) fail(BAD_KIND)
  const kind = FEES + <usize>feeCount * FEES_BYTES
  defineFees(kind)
  if (feeCount < MAX_FEES) feeCount++
  return kind
}

function defineFees(kind: usize): void {
  const told = u8At(DEFINITIONS)
  if (told > PROTECTED_LEGACY) fail(BAD_KIND)
  const type = told == PROTECTED_LEGACY ? 0 : told
  store<u32>(kind, type, FEES_TYPE)
  store<u32>(kind, 0, FEES_BLOCK)
  const chainIdLength = readInteger(MAX_CHAIN_ID_BYTES)
  let chainId: u64 = 0
  for (let i: u32 = 0; i < chainIdLength; i++) chainId = (chainId << 8) | load<u8>(integer + i)
  store<u64>(kind, told == PROTECTED_LEGACY ? 35 + 2 * chainId : 27, FEES_V)
  const chainRlp = kind + FEES_CHAIN_RLP
  store<u32>(kind, type == 0 ? 0 : <u32>(writeBytes(integer, chainIdLength, chainRlp) - chainRlp), FEES_CHAIN_RLP_LENGTH)
  let end = kind + FEES_RLP
  const tipLength = readInteger(MAX_FEE_BYTES)
  copyPadded(kind + FEES_TIP, integer, tipLength)
  if (type >= 2) end = writeBytes(integer, tipLength, end)
  const mostLength = readInteger(MAX_FEE_BYTES)
  copyPadded(kind + FEES_MOST, integer, mostLength)
  end = writeBytes(integer, mostLength, end)
  store<u32>(kind, <u32>(end - (kind + FEES_RLP)), FEES_RLP_LENGTH)
}

/** Reads what a transaction of a known or new kind calls, `number` not 0; where that kind stands. */
export function readCall(number: u64): usize {
  if (number >= KNOWN_KIND) {
    if (number - KNOWN_KIND >= callCount) fail(NO_KIND)
    return CALLS + <usize>(number - KNOWN_KIND) * CALL_BYTES
  }
  const kind = CALLS + <usize>callCount * CALL_BYTES
  defineCall(kind)
  if (callCount < MAX_CALLS) callCount++
  return kind
}

function defineCall(kind: usize): void {
  const hasTo = u8At(DEFINITIONS)
  if (hasTo > 1) fail(BAD_KIND)
  const to: i32 = hasTo == 1 ? <i32>readAddress() : -1
  store<i32>(kind, to, CALL_TO)
  const gasLimitLength = readInteger(MAX_GAS_BYTES)
  let end = writeBytes(integer, gasLimitLength, kind + CALL_RLP)
  end = to < 0 ? writeBytes(0, 0, end) : writeBytes(address(to), 20, end)
  store<u32>(kind, <u32>(end - (kind + CALL_RLP)), CALL_RLP_LENGTH)
  const dataLength = varint(DEFINITIONS)
  store<u64>(kind, dataLength, CALL_DATA_LENGTH)
  store<u64>(kind, 0, CALL_GAS)
  const inWords = to >= 0 && isInWords(dataLength)
  store<u32>(kind, inWords ? 1 : 0, CALL_IN_WORDS)
  store<u32>(kind, inWords ? <u32>((dataLength - SHORTEST_IN_WORDS) >> 5) : 0, CALL_WORD_COUNT)
  if (!inWords) return
  const selector = take(DEFINITIONS, SELECTOR_BYTES)
  const head = kind + CALL_HEAD
  const headLength = writeHead(0x80, <u32>dataLength, head)
  copyBytes(head + headLength, selector, SELECTOR_BYTES)
  store<u32>(kind, headLength + SELECTOR_BYTES, CALL_HEAD_LENGTH)
  store<u32>(kind, dataGas(selector, SELECTOR_BYTES), CALL_SELECTOR_GAS)
}

function isInWords(dataLength: u64): bool {
  const length = dataLength - SHORTEST_IN_WORDS
  return dataLength >= SHORTEST_IN_WORDS && (length & 31) == 0 && length >> 5 <= MAX_CALL_WORDS
}

/** Gas of call data (EIP-2028): what a transaction's gas is told without. */
export function dataGas(at: usize, length: u32): u32 {
  return 16 * length - 12 * countZeroBytes(at, length)
}

/** Where the integer stands that was read last. */
let integer: usize = 0

/** Reads an integer of at most so many bytes; its length. */
function readInteger(most: u32): u32 {
  const length = u8At(DEFINITIONS)
  if (length > most) fail(BAD_INTEGER)
  integer = take(DEFINITIONS, length)
  if (length > 0 && load<u8>(integer) == 0) fail(BAD_INTEGER)
  return length
}

/** Writes the head of a string (0x80) or list (0xc0) of so many bytes; its length. */
export function writeHead(base: u32, length: u32, to: usize): u32 {
  const count = prefixLength(length)
  if (count == 1) store<u8>(to, base + length)
  else {
    store<u8>(to, base + 54 + count)
    for (let i = count - 1; i > 0; i--) {
      store<u8>(to + i, length)
      length >>= 8
    }
  }
  return count
}

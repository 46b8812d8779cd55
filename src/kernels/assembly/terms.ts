// Salted hashes of what the history's indexes find transactions by: their hashes, and the addresses and topics of their
// logs. The readable twin, and the oracle, are history/SaltedHash.ts and protocol/receiptTerms.ts.
import { BLOOM_BYTES, bloomOf, EXECUTED_HASH, receiptEnd, receiptOf } from './executedTransaction'
import * as rlp from './rlp'

/** By place and byte, the word of a salted hash: place 0 is the kind's. */
const WORDS: usize = 65536
const PLACE_BYTES: usize = 256 * 8
/** Where the host writes executed transactions, one behind the other. */
const INPUT: usize = WORDS + 2 * 65536
const INPUT_BYTES: u32 = 112 * 65536
/** Most bytes that are hashed at once. */
const RUN_LIMIT: u32 = 16 * 65536
/** u64 each; the shortest log takes 24 bytes for one. */
const OUTPUT: usize = INPUT + INPUT_BYTES

const ADDRESS_TERM: u32 = 4
const HASH_TERM: u32 = 7

let out: usize = 0
let logs: u32 = 0

export function wordsOffset(): usize {
  return WORDS
}

export function inputOffset(): usize {
  return INPUT
}

export function inputBytes(): u32 {
  return INPUT_BYTES
}

export function runLimit(): u32 {
  return RUN_LIMIT
}

export function outputOffset(): usize {
  return OUTPUT
}

/**
 * Hashes the hash of each transaction in the `length` bytes at `at`, then the address and the topics of each of their logs.
 * Returns how many terms there are.
 */
export function hashTerms(at: usize, length: u32): u32 {
  out = OUTPUT
  logs = 0
  const end = at + length
  for (let next = at; next < end; next = receiptEnd(receiptOf(next))) hashTerm(HASH_TERM, next + EXECUTED_HASH, 32)
  for (let next = at; next < end; ) {
    const receipt = receiptOf(next)
    next = receiptEnd(receipt)
    hashReceipt(receipt, next)
  }
  return <u32>(out - OUTPUT) >> 3
}

/** Logs of the transactions that {@link hashTerms} was given last. */
export function logCount(): u32 {
  return logs
}

function hashReceipt(receipt: usize, end: usize): void {
  // Damaged bytes of the database must not keep the thread here.
  if (rlp.readItem(bloomOf(receipt) + BLOOM_BYTES, end) != 0) return
  const logsEnd = rlp.itemEnd
  for (let log = rlp.itemStart; log < logsEnd; ) {
    if (rlp.readItem(log, logsEnd) != 0) return
    log = rlp.itemEnd
    logs++
    hashLog(rlp.itemStart, end)
  }
}

/** [address, topics, data]. */
function hashLog(address: usize, end: usize): void {
  rlp.readItem(address, end)
  hashTerm(ADDRESS_TERM, rlp.itemStart, 20)
  rlp.readItem(rlp.itemEnd, end)
  const topicsEnd = rlp.itemEnd
  let kind: u32 = 0
  for (let topic = rlp.itemStart; topic < topicsEnd; topic += 33) hashTerm(kind++, topic + 1, 32)
}

function hashTerm(kind: u32, at: usize, length: u32): void {
  let hash = load<u64>(WORDS + (<usize>kind << 3))
  let words = WORDS
  for (const end = at + length; at < end; at++) {
    words += PLACE_BYTES
    hash ^= load<u64>(words + (<usize>load<u8>(at) << 3))
  }
  store<u64>(out, hash)
  out += 8
}

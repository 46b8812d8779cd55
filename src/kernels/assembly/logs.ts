// Logs of the running transaction, each as its RLP [address, [topic …], data], one behind the other, as the receipt
// takes them. A revert cuts them off again.

import { copyBytes, zeroBytes } from './bytes'
import { BLOOM_BITS_BYTES, bloomBits, logs, logsEnd } from './layout'
import { fail, LOGS_FULL } from './failure'
import { lengthOfBytes, prefixLength, writeBytes, writeListPrefix } from './rlp'
import { wordToAddress } from './address'
import * as u256 from './u256'
import { keccak256 } from './keccak'

export let logsTop: usize = 0

export function beginLogs(): void {
  logsTop = logs
}

export function cutLogs(mark: usize): void {
  logsTop = mark
}

/** Topics are words on the stack, the first one at `firstTopic`, the others below it. No data may lie anywhere. */
export function appendLog(address: usize, firstTopic: usize, topicCount: u32, dataAt: usize, dataLength: u32): void {
  const data = dataLength == 0 ? logs : dataAt // copying nothing from outside of all memory would be a trap
  const topicsLength = topicCount * 33
  const payload = 21 + prefixLength(topicsLength) + topicsLength + lengthOfBytes(data, dataLength)
  if (logsTop + payload + 8 > logsEnd) fail(LOGS_FULL)
  let at = writeListPrefix(payload, logsTop)
  store<u8>(at, 0x94)
  wordToAddress(address, at + 1)
  at = writeListPrefix(topicsLength, at + 21)
  for (let i: u32 = 0; i < topicCount; i++) {
    store<u8>(at, 0xa0)
    u256.fromBytes32(firstTopic - (<usize>i << 5), at + 1)
    at += 33
  }
  logsTop = writeBytes(data, dataLength, at)
}

/** Adds all logs to a 256-byte bloom filter (Yellow Paper 4.3.1, M). */
export function addLogsToBloom(bloom: usize): void {
  let at = logs
  while (at < logsTop) {
    const payload = skipHeader(at)
    const end = payload + payloadLength(at)
    addToBloom(bloom, payload + 1, 20)
    const topics = payload + 21
    let topic = skipHeader(topics)
    const topicsEnd = topic + payloadLength(topics)
    while (topic < topicsEnd) {
      addToBloom(bloom, topic + 1, 32)
      topic += 33
    }
    at = end
  }
}

function skipHeader(at: usize): usize {
  const first = <u32>load<u8>(at)
  return first < 0xf8 ? at + 1 : at + 1 + (first - 0xf7)
}

function payloadLength(at: usize): usize {
  const first = <u32>load<u8>(at)
  if (first < 0xf8) return first - 0xc0
  let length: usize = 0
  for (let i: u32 = 0; i < first - 0xf7; i++) length = (length << 8) | load<u8>(at + 1 + i)
  return length
}

// Addresses and event signatures come again and again: their three bit positions are kept by value.
const CACHE_ENTRY_BYTES: usize = 48 // value 32 (an address is padded with zeros), u32 length, three u16 bit positions
const CACHE_ENTRIES: u32 = <u32>(BLOOM_BITS_BYTES / CACHE_ENTRY_BYTES)
const padded: usize = memory.data(32, 16)
const digest: usize = memory.data(32, 16)

function addToBloom(bloom: usize, value: usize, length: u32): void {
  zeroBytes(padded, 32)
  copyBytes(padded, value, length)
  const a = load<u64>(padded)
  const b = load<u64>(padded, 8)
  const c = load<u64>(padded, 16)
  const d = load<u64>(padded, 24)
  const mixed = (a ^ (b * 3) ^ (c * 5) ^ (d * 7)) * 0x9fb21c651e98df25
  const entry = bloomBits + <usize>(<u32>(mixed >> 40) & (CACHE_ENTRIES - 1)) * CACHE_ENTRY_BYTES
  const known =
    load<u64>(entry) == a &&
    load<u64>(entry, 8) == b &&
    load<u64>(entry, 16) == c &&
    load<u64>(entry, 24) == d &&
    load<u32>(entry, 32) == length
  if (!known) {
    keccak256(value, length, digest)
    copyBytes(entry, padded, 32)
    store<u32>(entry, length, 32)
    for (let i: usize = 0; i < 3; i++) {
      const pair = ((<u32>load<u8>(digest + i * 2) << 8) | load<u8>(digest + i * 2 + 1)) & 2047
      store<u16>(entry + 36 + i * 2, <u16>pair)
    }
  }
  for (let i: usize = 0; i < 3; i++) {
    const bit = <u32>load<u16>(entry + 36 + i * 2)
    const cell = bloom + 255 - (bit >> 3)
    store<u8>(cell, <u8>(<u32>load<u8>(cell) | ((<u32>1) << (bit & 7))))
  }
}

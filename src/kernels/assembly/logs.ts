// Logs of the running transaction, each as its RLP [address, [topic …], data], one behind the other, as the receipt
// takes them. A revert cuts them off again.

import { copyBytes, zeroBytes } from './bytes'
import { BLOOM_BITS_BYTES, bloomBits, hashCacheShift, logs, logsEnd } from './layout'
import { fail, LOGS_FULL } from './failure'
import { lengthOfBytes, prefixLength, writeBytes, writeListPrefix } from './rlp'
import { wordToAddress } from './address'
import * as u256 from './u256'
import { flushHashes, message, queueHash } from './hashQueue'
import { traceLog } from './tracing'

export let logsTop: usize = 0

/** The bloom filter of the logs where somebody has computed it already; 0: nobody has. */
let knownBloom: usize = 0

export function beginLogs(): void {
  logsTop = logs
  knownBloom = 0
}

/** Takes over the logs of a speculation, in front of which their bloom filter stands; 0 bytes: there are none. */
export function takeLogs(bloomAt: usize, length: u32): void {
  copyBytes(logs, bloomAt + 256, length)
  logsTop = logs + length
  knownBloom = bloomAt
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
  const end = writeBytes(data, dataLength, at)
  traceLog(logsTop, <u32>(end - logsTop))
  logsTop = end
}

/** Adds all logs to a 256-byte bloom filter (Yellow Paper 4.3.1, M). */
export function addLogsToBloom(bloom: usize): void {
  if (knownBloom != 0) {
    copyBytes(bloom, knownBloom, 256)
    return
  }
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
  addPending(bloom)
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
const CACHE_LENGTH: usize = 32 // u32: bytes of the value, which stands before it, an address padded with zeros
const CACHE_BITS: usize = 36 // three u16: bit positions

/** Values that are not known wait, to be hashed two at a time. Each as in the cache, then where it goes and its hash. */
const PENDING_LIMIT: u32 = 8
const PENDING_ENTRY: usize = 48 // u32
const PENDING_HASH: usize = 64
const PENDING_BYTES: usize = 96
const pending: usize = memory.data(96 * 8, 16)
let pendingCount: u32 = 0

function addToBloom(bloom: usize, value: usize, length: u32): void {
  const place = pending + <usize>pendingCount * PENDING_BYTES
  zeroBytes(place, 32)
  copyBytes(place, value, length)
  const entry = cacheEntry(place)
  if (isKnown(entry, place, length)) {
    setBits(bloom, entry + CACHE_BITS)
    return
  }
  store<u32>(place, length, CACHE_LENGTH)
  store<u32>(place, <u32>entry, PENDING_ENTRY)
  copyBytes(message, value, length)
  queueHash(length, place + PENDING_HASH)
  if (++pendingCount == PENDING_LIMIT) addPending(bloom)
}

/** Reads where the bits of a topic may be known, so that they are near; what it returns means nothing. */
@inline
export function fetchBloomBits(topic: usize): u32 {
  return load<u32>(cacheEntry(topic))
}

/** Adds what waits, and keeps it. */
function addPending(bloom: usize): void {
  if (pendingCount == 0) return
  flushHashes()
  for (let i: u32 = 0; i < pendingCount; i++) {
    const place = pending + <usize>i * PENDING_BYTES
    for (let k: usize = 0; k < 6; k += 2) {
      const digest = place + PENDING_HASH + k
      const pair = ((<u32>load<u8>(digest) << 8) | load<u8>(digest, 1)) & 2047
      store<u16>(place + k, <u16>pair, CACHE_BITS)
    }
    setBits(bloom, place + CACHE_BITS)
    copyBytes(load<u32>(place, PENDING_ENTRY), place, 48)
  }
  pendingCount = 0
}

@inline
function cacheEntry(value: usize): usize {
  const mixed =
    (load<u64>(value) ^ (load<u64>(value, 8) * 3) ^ (load<u64>(value, 16) * 5) ^ (load<u64>(value, 24) * 7)) *
    0x9fb21c651e98df25
  return bloomBits + (<usize>(mixed >> 32) >> hashCacheShift) * BLOOM_BITS_BYTES // as in mappingHash.ts
}

@inline
function isKnown(entry: usize, value: usize, length: u32): bool {
  const difference = v128.or(
    v128.xor(v128.load(entry), v128.load(value)),
    v128.xor(v128.load(entry, 16), v128.load(value, 16)),
  )
  return !v128.any_true(difference) && load<u32>(entry, CACHE_LENGTH) == length
}

@inline
function setBits(bloom: usize, bits: usize): void {
  for (let k: usize = 0; k < 6; k += 2) {
    const bit = <u32>load<u16>(bits + k)
    const cell = bloom + 255 - (bit >> 3)
    store<u8>(cell, <u8>(<u32>load<u8>(cell) | ((<u32>1) << (bit & 7))))
  }
}

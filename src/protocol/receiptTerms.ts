/** Kind of a term: the topic's position, 0 to 3, or this. */
export const ADDRESS_TERM = 4

const BLOOM_BYTES = 256
/** rlp's header of a byte string of 256 bytes. */
const BLOOM_HEADER_BYTES = 3
const ADDRESS_BYTES = 20
const TOPIC_BYTES = 32
/** From one topic to the next in an encoded log. */
export const TOPIC_STRIDE: number = 1 + TOPIC_BYTES

/**
 * Calls `visit` for the address (20 bytes) and every topic (32 bytes) of an encoded receipt's logs, in order, and gives
 * the number of logs. Makes no objects: every transaction of the chain goes through here. For receipts that the engine
 * wrote: their layout is not checked.
 *
 * @param start - where the receipt begins in `receipt`.
 *
 * Oracle: decodeReceipt (protocol/Receipt.ts).
 */
export function visitReceiptTerms(
  receipt: Uint8Array,
  visit: (kind: number, bytes: Uint8Array, at: number) => void,
  start = 0,
): number {
  let at = logsOffset(receipt, start)
  const end = at + itemBytes(receipt, at)
  at += headerBytes(receipt[at]!)
  let count = 0
  while (at < end) {
    const next = at + itemBytes(receipt, at)
    // [address, topics, data]: short strings have headers of one byte.
    at += headerBytes(receipt[at]!) + 1
    visit(ADDRESS_TERM, receipt, at)
    at += ADDRESS_BYTES
    const topicsEnd = at + itemBytes(receipt, at)
    at += headerBytes(receipt[at]!)
    for (let kind = 0; at < topicsEnd; kind++) {
      visit(kind, receipt, at + 1)
      at += 1 + TOPIC_BYTES
    }
    at = next
    count++
  }
  return count
}

/** Where a log's parts are in the bytes of its receipt; a topic has a byte of rlp before it. */
export type LogPlace = {
  addressAt: number
  firstTopicAt: number
  topicCount: number
  dataAt: number
  dataEnd: number
}

/** The logs of an encoded receipt in order, in place; receipts and oracle as for {@link visitReceiptTerms}. */
export function logPlaces(receipt: Uint8Array): LogPlace[] {
  const places: LogPlace[] = []
  let at = logsOffset(receipt, 0)
  const end = at + itemBytes(receipt, at)
  at += headerBytes(receipt[at]!)
  while (at < end) {
    const dataEnd = at + itemBytes(receipt, at)
    const addressAt = at + headerBytes(receipt[at]!) + 1
    const topicsAt = addressAt + ADDRESS_BYTES
    const firstTopicAt = topicsAt + headerBytes(receipt[topicsAt]!) + 1
    const dataHeaderAt = topicsAt + itemBytes(receipt, topicsAt)
    const topicCount = (dataHeaderAt - firstTopicAt + 1) / TOPIC_STRIDE
    const dataAt = dataHeaderAt + headerBytes(receipt[dataHeaderAt]!)
    places.push({ addressAt, firstTopicAt, topicCount, dataAt, dataEnd })
    at = dataEnd
  }
  return places
}

/** Number of logs of the encoded receipt at `start`. */
export function countLogs(receipt: Uint8Array, start = 0): number {
  let at = logsOffset(receipt, start)
  const end = at + itemBytes(receipt, at)
  at += headerBytes(receipt[at]!)
  let count = 0
  for (; at < end; at += itemBytes(receipt, at)) count++
  return count
}

/** Where the list of logs begins: type byte ‖ rlp([status, cumulativeGasUsed, bloom, logs]). */
function logsOffset(receipt: Uint8Array, start: number): number {
  let at = receipt[start]! < 0xc0 ? start + 1 : start
  at += headerBytes(receipt[at]!)
  at += itemBytes(receipt, at)
  at += itemBytes(receipt, at)
  return at + BLOOM_HEADER_BYTES + BLOOM_BYTES
}

/** Bytes of an rlp item's header, by its first byte. */
function headerBytes(first: number): number {
  if (first < 0x80) return 0
  if (first < 0xb8) return 1
  if (first < 0xc0) return 1 + first - 0xb7
  return first < 0xf8 ? 1 : 1 + first - 0xf7
}

/** Bytes of an rlp item with its header (Yellow Paper appendix B). */
function itemBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  if (first < 0xb8) return 1 + first - 0x80
  if (first >= 0xc0 && first < 0xf8) return 1 + first - 0xc0
  const lengthBytes = headerBytes(first) - 1
  let length = 0
  for (let i = 1; i <= lengthBytes; i++) length = length * 256 + bytes[at + i]!
  return 1 + lengthBytes + length
}

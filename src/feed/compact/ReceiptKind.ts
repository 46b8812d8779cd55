import { keccak256 } from '../../kernels/index.ts'
import { BodyError } from './BodyError.ts'
import { addBloomBits, setBloomBits } from './bloomBits.ts'
import type { ColumnReader } from './columns.ts'
import { MAX_LISTED_WORDS, MAX_RECEIPT_WORDS } from './limits.ts'
import { headBytes, writeHead } from './rlpBytes.ts'

const MAX_TOPICS = 4
const MAX_LOGS = MAX_RECEIPT_WORDS
/** Bytes of an RLP of an address, and of a topic. */
const ADDRESS_RLP_BYTES = 21
const TOPIC_RLP_BYTES = 33

/** Where a log's address, topic or word of data comes from. */
export const ITEM_TOLD = 0
export const ITEM_CONSTANT = 1
/** From here on: the index in the list of words, plus this. */
export const ITEM_LISTED = 2

export type LogItem = {
  source: number
  /** Of a constant: its number among the addresses or words. */
  id: number
  /** Of a constant: 20 or 32 bytes. */
  content: Uint8Array | undefined
}

export type LogShape = {
  /** Address, topics, whole words of the data. */
  items: LogItem[]
  topicCount: number
  dataLength: number
}

/**
 * What receipts of one kind have in common: status, number and shape of the logs, and where the logs' words come from.
 *
 *     u8 status · varint logCount · per log (item address · u8 topicCount · items · varint dataLength
 *                                            · items of the whole words of data)
 *     item: varint 0: told with each receipt; 1: a constant, which follows; 2 + i: word i of the list
 *     constant: of an address a reference, of a word a varint number; the next new number: 32 bytes follow
 */
export class ReceiptKind {
  readonly status: number
  readonly logs: readonly LogShape[]
  /** RLP of the list of logs, with zeros where words belong that are not constant. */
  readonly skeleton: Uint8Array
  /** Items of all logs, in order: where each comes from, and its constant's number. */
  readonly sources: Int32Array
  readonly ids: Int32Array
  /** Where each begins in the skeleton. */
  readonly places: Int32Array
  /** 20 for a log's address, else 32. */
  readonly lengths: Uint8Array
  /** Whether it counts for the bloom filter. */
  readonly isTerm: Uint8Array
  /** Per log: where its data's bytes behind the last whole word begin, and how many they are. */
  readonly rests: Int32Array
  /** Bloom filter of the constants. */
  readonly bloom: Uint8Array = new Uint8Array(256)

  constructor(status: number, logs: readonly LogShape[]) {
    this.status = status
    this.logs = logs
    const items = logs.flatMap((log) => log.items)
    this.sources = Int32Array.from(items, ({ source }) => source)
    this.ids = Int32Array.from(items, ({ id }) => id)
    this.places = new Int32Array(items.length)
    this.lengths = new Uint8Array(items.length)
    this.isTerm = new Uint8Array(items.length)
    this.rests = new Int32Array(logs.length * 2)
    this.skeleton = this.#lay(logs)
    for (const [i, { content }] of items.entries()) {
      if (content === undefined) continue
      this.skeleton.set(content, this.places[i])
      if (this.isTerm[i] === 1) addToBloom(this.bloom, content)
    }
  }

  /** Writes heads, and notes where items belong. */
  #lay(logs: readonly LogShape[]): Uint8Array {
    const payload = logs.reduce((sum, log) => sum + headBytes(logBytes(log)) + logBytes(log), 0)
    const skeleton = new Uint8Array(headBytes(payload) + payload)
    let at = writeHead(skeleton, 0, 0xc0, payload)
    let item = 0
    const place = (where: number, length: number, isTerm: boolean) => {
      this.places[item] = where
      this.lengths[item] = length
      this.isTerm[item++] = isTerm ? 1 : 0
      return where + length
    }
    for (const [i, log] of logs.entries()) {
      at = writeHead(skeleton, at, 0xc0, logBytes(log))
      skeleton[at] = 0x94
      at = place(at + 1, 20, true)
      at = writeHead(skeleton, at, 0xc0, log.topicCount * TOPIC_RLP_BYTES)
      for (let topic = 0; topic < log.topicCount; topic++) {
        skeleton[at] = 0xa0
        at = place(at + 1, 32, true)
      }
      at = writeHead(skeleton, at, 0x80, log.dataLength)
      for (let word = 32; word <= log.dataLength; word += 32) at = place(at, 32, false)
      this.rests.set([at, log.dataLength % 32], i * 2)
      at += log.dataLength % 32
    }
    return skeleton
  }
}

/** Bytes of a log's RLP without its head. */
function logBytes({ topicCount, dataLength }: LogShape): number {
  const topics = topicCount * TOPIC_RLP_BYTES
  return ADDRESS_RLP_BYTES + headBytes(topics) + topics + headBytes(dataLength) + dataLength
}

function addToBloom(bloom: Uint8Array, content: Uint8Array): void {
  const bits = new Uint16Array(3)
  setBloomBits(keccak256(content), bits, 0)
  addBloomBits(bits, 0, bloom, 0)
}

type Constant = { id: number; content: Uint8Array }

/** Reads a kind's description. */
export function readReceiptKind(
  column: ColumnReader,
  readAddress: () => Constant,
  readWord: () => Constant,
): ReceiptKind {
  const status = column.u8()
  if (status > 1) throw new BodyError('VALUE', 'a status is neither 0 nor 1')
  const logCount = column.varint()
  let wordCount = 0
  const readItem = (readConstant: () => Constant): LogItem => {
    if (++wordCount > MAX_RECEIPT_WORDS) throw new BodyError('LIMIT', 'a kind of receipts has too many words')
    const source = column.varint()
    if (source === ITEM_TOLD && readConstant === readAddress)
      throw new BodyError('VALUE', "a log's address is neither constant nor listed")
    if (source >= ITEM_LISTED + MAX_LISTED_WORDS) throw new BodyError('REFERENCE', 'a word beyond the list')
    return { source, ...(source === ITEM_CONSTANT ? readConstant() : { id: -1, content: undefined }) }
  }
  if (logCount > MAX_LOGS) throw new BodyError('LIMIT', 'a kind of receipts has too many logs')
  const logs = Array.from({ length: logCount }, (): LogShape => {
    const items = [readItem(readAddress)]
    const topicCount = column.u8()
    if (topicCount > MAX_TOPICS) throw new BodyError('VALUE', `a log has ${topicCount} topics`)
    for (let i = 0; i < topicCount; i++) items.push(readItem(readWord))
    const dataLength = column.varint()
    // One byte of data may have another form.
    if (dataLength === 1) throw new BodyError('VALUE', 'a log of one byte is not told in parts')
    for (let i = 32; i <= dataLength; i += 32) items.push(readItem(readWord))
    return { items, topicCount, dataLength }
  })
  return new ReceiptKind(status, logs)
}

import { equalBytes } from '../../lib/index.ts'
import { ColumnWriter, type ColumnWriters } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { type DictionaryIndex, textOf } from './DictionaryIndex.ts'
import { MAX_RECEIPT_WORDS, MAX_RECEIPTS, MAX_WORDS } from './limits.ts'
import {
  ITEM_CONSTANT,
  ITEM_LISTED,
  ITEM_TOLD,
  type LogItem,
  type LogShape,
  ReceiptKind,
} from './ReceiptKind.ts'
import { RlpCursor } from './RlpCursor.ts'
import { writeAddress } from './references.ts'
import { TermBits } from './TermBits.ts'
import type { ToldWordWriter } from './ToldWordWriter.ts'
import type { TransactionFacts } from './TransactionFacts.ts'
import { AS_IT_IS, type CallKind, KNOWN_KIND, NEW_KIND } from './templates.ts'

const BLOOM_BYTES = 256
const MAX_GAS = 2 ** 48

type Around = {
  type: number
  call: CallKind
  dataGas: number
  facts: TransactionFacts
}

/** Writes receipts whose transactions are written in parts. */
export class ReceiptEncoder {
  readonly #dictionary: Dictionary
  readonly #index: DictionaryIndex
  readonly #columns: ColumnWriters
  readonly #words: ToldWordWriter
  readonly #cursor = new RlpCursor()
  readonly #description = new ColumnWriter()
  readonly #bloom = new Uint8Array(BLOOM_BYTES)
  readonly #terms = new TermBits()
  // Of the receipt that was parsed last.
  #status = 0
  #cumulativeGas = 0
  #bloomAt = 0
  /** Per item: where its content is in the receipt, and where it comes from. */
  readonly #at = new Int32Array(MAX_RECEIPT_WORDS)
  readonly #sources = new Int32Array(MAX_RECEIPT_WORDS)
  #itemCount = 0
  /** Per log: topics, start and length of the data. */
  #logs: { topicCount: number; dataAt: number; dataLength: number }[] = []

  constructor(dictionary: Dictionary, index: DictionaryIndex, columns: ColumnWriters, words: ToldWordWriter) {
    this.#dictionary = dictionary
    this.#index = index
    this.#columns = columns
    this.#words = words
  }

  /** Whether `facts` know the receipt then. */
  add(receipt: Uint8Array, around: Around): boolean {
    const { facts } = around
    const listed = facts.list.count
    if (!this.#parse(receipt, around.type) || !this.#isInRange()) return this.#addAsItIs(receipt)
    this.#findSources(receipt, facts)
    facts.list.count = listed
    const known = this.#index.receipts.get(this.#describe(receipt))
    // The bloom filter is computed from what the kind and the words say; here from the logs, in another way.
    this.#computeBloom(receipt)
    if (!equalBytes(this.#bloom, receipt.subarray(this.#bloomAt, this.#bloomAt + BLOOM_BYTES)))
      return this.#addAsItIs(receipt)
    facts.receipt = known === undefined ? this.#writeNew(receipt) : this.#dictionary.receipts[known]!
    if (known !== undefined) this.#columns.receipts.varint(KNOWN_KIND + known)
    this.#writeGas(around)
    this.#writeWords(receipt, facts)
    for (const { dataAt, dataLength } of this.#logs)
      this.#columns.texts.copy(receipt, dataAt + dataLength - (dataLength % 32), dataAt + dataLength)
    return true
  }

  #addAsItIs(receipt: Uint8Array): false {
    this.#columns.receipts.varint(AS_IT_IS)
    this.#columns.definitions.varint(receipt.length)
    this.#columns.texts.copy(receipt, 0, receipt.length)
    return false
  }

  /** Gas that can be told, and room for the constants that a new kind may bring. */
  #isInRange(): boolean {
    const { words } = this.#dictionary
    return (
      this.#cumulativeGas >= 0 &&
      this.#cumulativeGas <= MAX_GAS &&
      words.count + this.#logs.length < MAX_WORDS
    )
  }

  #writeGas({ call, dataGas, facts }: Around): void {
    const dictionary = this.#dictionary
    facts.gasUsed = this.#cumulativeGas - dictionary.cumulativeGas
    dictionary.cumulativeGas = this.#cumulativeGas
    const gas = facts.gasUsed - dataGas
    this.#columns.gas.signed(gas - call.gas)
    call.gas = gas
  }

  #writeWords(receipt: Uint8Array, facts: TransactionFacts): void {
    const { list, indexes } = facts
    const { lengths, ids } = facts.receipt!
    for (let item = 0; item < this.#itemCount; item++) {
      const source = this.#sources[item]!
      if (source >= ITEM_LISTED) indexes[item] = source - ITEM_LISTED
      else if (source === ITEM_CONSTANT) {
        const index = list.push(receipt, this.#at[item]!, lengths[item]!)
        indexes[item] = index
        if (index >= 0) (lengths[item] === 20 ? list.addressIds : list.wordIds)[index] = ids[item]!
      } else indexes[item] = this.#words.add(receipt, this.#at[item]!, list)
    }
  }

  /** Addresses are never told, only listed or constant. */
  #findSources(receipt: Uint8Array, { list }: TransactionFacts): void {
    let item = 0
    for (const { topicCount, dataLength } of this.#logs) {
      const end = item + 1 + topicCount + Math.floor(dataLength / 32)
      for (const first = item; item < end; item++) {
        const at = this.#at[item]!
        const length = item === first ? 20 : 32
        const listed = list.find(receipt, at, length)
        if (listed >= 0) this.#sources[item] = ITEM_LISTED + listed
        else {
          const isConstant = item === first || (item === first + 1 && topicCount > 0)
          this.#sources[item] = isConstant ? ITEM_CONSTANT : ITEM_TOLD
          list.push(receipt, at, length)
        }
      }
    }
  }

  /** What tells one kind from another, by content. */
  #describe(receipt: Uint8Array): string {
    const description = this.#description
    description.clear()
    description.u8(this.#status)
    let item = 0
    for (const { topicCount, dataLength } of this.#logs) {
      description.u8(topicCount)
      description.varint(dataLength)
      const end = item + 1 + topicCount + Math.floor(dataLength / 32)
      for (const first = item; item < end; item++) {
        const at = this.#at[item]!
        description.u8(this.#sources[item]!)
        if (this.#sources[item] === ITEM_CONSTANT)
          description.copy(receipt, at, at + (item === first ? 20 : 32))
      }
    }
    return textOf(description.written())
  }

  #writeNew(receipt: Uint8Array): ReceiptKind {
    const { receipts } = this.#dictionary
    const { definitions } = this.#columns
    this.#columns.receipts.varint(NEW_KIND)
    definitions.u8(this.#status)
    definitions.varint(this.#logs.length)
    let item = 0
    const next = (isAddress: boolean): LogItem => {
      const source = this.#sources[item]!
      const at = this.#at[item++]!
      definitions.varint(source)
      if (source !== ITEM_CONSTANT) return { source, id: -1, content: undefined }
      const content = receipt.slice(at, at + (isAddress ? 20 : 32))
      return {
        source,
        content,
        id: isAddress ? this.#writeAddress(content) : this.#writeConstantWord(content),
      }
    }
    const logs = this.#logs.map(({ topicCount, dataLength }): LogShape => {
      const items = [next(true)]
      definitions.u8(topicCount)
      for (let i = 0; i < topicCount; i++) items.push(next(false))
      definitions.varint(dataLength)
      for (let i = 32; i <= dataLength; i += 32) items.push(next(false))
      return { items, topicCount, dataLength }
    })
    const kind = new ReceiptKind(this.#status, logs)
    if (receipts.length < MAX_RECEIPTS) {
      this.#index.receipts.set(textOf(this.#description.written()), receipts.length)
      receipts.push(kind)
    }
    return kind
  }

  #writeAddress(address: Uint8Array): number {
    const { addresses: table } = this.#dictionary
    return writeAddress(this.#columns, { table, index: this.#index.addresses }, address, 0)
  }

  #writeConstantWord(word: Uint8Array): number {
    const { definitions } = this.#columns
    const { words } = this.#dictionary
    const known = this.#index.words.find(word, 0)
    definitions.varint(known >= 0 ? known : words.count)
    if (known >= 0) return known
    definitions.copy(word, 0, 32)
    const id = words.add(word, 0)
    this.#index.words.add(id)
    return id
  }

  // ----------------------------------------------------------------------------------------------------- parsing

  #parse(receipt: Uint8Array, type: number): boolean {
    const cursor = this.#cursor
    if (type !== 0 && receipt[0] !== type) return false
    cursor.open(receipt, type === 0 ? 0 : 1, receipt.length)
    if (!cursor.enterLast() || !cursor.integer(1)) return false
    this.#status = cursor.number()
    if (this.#status > 1 || !cursor.integer(8)) return false
    this.#cumulativeGas = cursor.number()
    if (!cursor.string() || cursor.length !== BLOOM_BYTES) return false
    this.#bloomAt = cursor.start
    if (!cursor.enterLast()) return false
    this.#itemCount = 0
    this.#logs = []
    while (cursor.at < receipt.length) if (!this.#parseLog()) return false
    return true
  }

  #parseLog(): boolean {
    const cursor = this.#cursor
    if (!cursor.enter()) return false
    const end = cursor.start + cursor.length
    if (!this.#parseItem(20) || !cursor.enter()) return false
    const topicsEnd = cursor.start + cursor.length
    let topicCount = 0
    for (; cursor.at < topicsEnd; topicCount++) if (!this.#parseItem(32)) return false
    if (topicCount > 4 || cursor.at !== topicsEnd || !cursor.string() || cursor.at !== end) return false
    const { start: dataAt, length: dataLength } = cursor
    // One byte of data has two forms.
    if (dataLength === 1) return false
    for (let word = 0; word + 32 <= dataLength; word += 32) if (!this.#takeItem(dataAt + word)) return false
    this.#logs.push({ topicCount, dataAt, dataLength })
    return true
  }

  #parseItem(length: number): boolean {
    return this.#cursor.string() && this.#cursor.length === length && this.#takeItem(this.#cursor.start)
  }

  #takeItem(at: number): boolean {
    if (this.#itemCount === MAX_RECEIPT_WORDS) return false
    this.#at[this.#itemCount++] = at
    return true
  }

  #computeBloom(receipt: Uint8Array): void {
    const bloom = this.#bloom
    bloom.fill(0)
    let item = 0
    for (const { topicCount, dataLength } of this.#logs) {
      this.#terms.add(receipt, this.#at[item++]!, 20, bloom)
      for (let i = 0; i < topicCount; i++) this.#terms.add(receipt, this.#at[item++]!, 32, bloom)
      item += Math.floor(dataLength / 32)
    }
  }
}

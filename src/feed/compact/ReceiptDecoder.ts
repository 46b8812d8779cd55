import { keccak256Into } from '../../kernels/index.ts'
import { BodyError } from './BodyError.ts'
import { addBloomBits, setBloomBits } from './bloomBits.ts'
import type { ColumnReaders } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { MAX_RECEIPTS } from './limits.ts'
import type { Output } from './Output.ts'
import { ITEM_CONSTANT, ITEM_LISTED, ITEM_TOLD, type ReceiptKind, readReceiptKind } from './ReceiptKind.ts'
import { readAddress } from './references.ts'
import { headBytes, numberBytes, writeHead, writeNumber } from './rlpBytes.ts'
import type { ToldWordReader } from './ToldWordReader.ts'
import type { TransactionFacts } from './TransactionFacts.ts'
import { AS_IT_IS, type CallKind, KNOWN_KIND } from './templates.ts'
import { copyAddress, copyWord } from './words256.ts'

const BLOOM_BYTES = 256
/** RLP of a bloom filter: head of three bytes. */
const BLOOM_RLP_BYTES = 3 + BLOOM_BYTES
const MAX_GAS = 2 ** 48

type Around = { type: number; call: CallKind; dataGas: number; facts: TransactionFacts }

/** Reads what a ReceiptEncoder wrote. */
export class ReceiptDecoder {
  readonly #dictionary: Dictionary
  readonly #columns: ColumnReaders
  readonly #output: Output
  readonly #words: ToldWordReader
  readonly #digest = new Uint8Array(32)
  readonly #bits = new Uint16Array(3)

  constructor(
    dictionary: Dictionary,
    columns: ColumnReaders,
    { output, words }: { output: Output; words: ToldWordReader },
  ) {
    this.#dictionary = dictionary
    this.#columns = columns
    this.#output = output
    this.#words = words
  }

  /** Writes length and receipt. Whether `facts` know it then. */
  next({ type, call, dataGas, facts }: Around): boolean {
    const number = this.#columns.receipts.varint()
    if (number === AS_IT_IS) {
      const { definitions, texts } = this.#columns
      const length = definitions.varint()
      const at = texts.take(length)
      this.#output.u32(length)
      this.#output.copy(texts.bytes, at, at + length)
      return false
    }
    const kind = this.#readKind(number)
    facts.receipt = kind
    const gas = this.#columns.gas.signed() + call.gas
    call.gas = gas
    facts.gasUsed = gas + dataGas
    const cumulativeGas = this.#dictionary.cumulativeGas + facts.gasUsed
    if (!(cumulativeGas >= 0 && cumulativeGas <= MAX_GAS) || Math.abs(gas) > MAX_GAS)
      throw new BodyError('VALUE', `cumulative gas of ${cumulativeGas}`)
    this.#dictionary.cumulativeGas = cumulativeGas
    this.#write(type, kind, { cumulativeGas, facts })
    return true
  }

  #readKind(number: number): ReceiptKind {
    const { receipts, addresses, words } = this.#dictionary
    if (number >= KNOWN_KIND) {
      const kind = receipts[number - KNOWN_KIND]
      if (kind === undefined) throw new BodyError('REFERENCE', `kind of receipts ${number - KNOWN_KIND}`)
      return kind
    }
    const { definitions } = this.#columns
    const kind = readReceiptKind(
      definitions,
      () => {
        const id = readAddress(this.#columns, addresses)
        return { id, content: addresses.address(id).slice() }
      },
      () => {
        const id = definitions.varint()
        if (id === words.count) words.add(definitions.bytes, definitions.take(32))
        return { id: words.check(id), content: words.item(id).slice() }
      },
    )
    if (receipts.length < MAX_RECEIPTS) receipts.push(kind)
    return kind
  }

  #write(
    type: number,
    kind: ReceiptKind,
    { cumulativeGas, facts }: { cumulativeGas: number; facts: TransactionFacts },
  ): void {
    const output = this.#output
    const length = 1 + numberBytes(cumulativeGas) + BLOOM_RLP_BYTES + kind.skeleton.length
    const receiptLength = (type === 0 ? 0 : 1) + headBytes(length) + length
    let at = output.grow(4 + receiptLength)
    const { bytes } = output
    output.u32At(at, receiptLength)
    at += 4
    if (type !== 0) bytes[at++] = type
    at = writeHead(bytes, at, 0xc0, length)
    bytes[at++] = kind.status === 1 ? 1 : 0x80
    at = writeNumber(bytes, at, cumulativeGas)
    at = writeHead(bytes, at, 0x80, BLOOM_BYTES)
    bytes.set(kind.bloom, at)
    bytes.set(kind.skeleton, at + BLOOM_BYTES)
    this.#writeItems(kind, { bloomAt: at, skeletonAt: at + BLOOM_BYTES, facts })
    this.#writeRests(kind, at + BLOOM_BYTES)
  }

  #writeItems(
    kind: ReceiptKind,
    { bloomAt, skeletonAt, facts }: { bloomAt: number; skeletonAt: number; facts: TransactionFacts },
  ): void {
    const { list, indexes } = facts
    const { view } = this.#output
    const { sources, ids, places, lengths, isTerm } = kind
    for (let item = 0; item < sources.length; item++) {
      const source = sources[item]!
      const length = lengths[item]!
      const at = skeletonAt + places[item]!
      if (source === ITEM_CONSTANT) {
        const isAddress = length === 20
        const index = isAddress ? list.pushAddress(view, at) : list.pushWord(view, at)
        indexes[item] = index
        if (index >= 0) (isAddress ? list.addressIds : list.wordIds)[index] = ids[item]!
        continue
      }
      const index = source === ITEM_TOLD ? this.#words.next(list) : source - ITEM_LISTED
      if (index >= list.count) throw new BodyError('REFERENCE', `word ${index} of ${list.count}`)
      indexes[item] = index
      const from = index >= 0 ? list.view : this.#words.unlisted
      const fromAt = index >= 0 ? index * 32 : 0
      if (length === 20) copyAddress(view, at, from, fromAt + 12)
      else copyWord(view, at, from, fromAt)
      if (isTerm[item] === 1)
        this.#addTerm(index >= 0 ? list.addressIds[index]! : -1, { at, length, bloomAt })
    }
  }

  #addTerm(id: number, { at, length, bloomAt }: { at: number; length: number; bloomAt: number }): void {
    const { bytes } = this.#output
    if (id >= 0) {
      this.#dictionary.addresses.addToBloom(id, length === 32, bytes, bloomAt)
      return
    }
    keccak256Into(bytes.subarray(at, at + length), this.#digest, 0)
    setBloomBits(this.#digest, this.#bits, 0)
    addBloomBits(this.#bits, 0, bytes, bloomAt)
  }

  #writeRests(kind: ReceiptKind, skeletonAt: number): void {
    const { rests } = kind
    const { texts } = this.#columns
    for (let log = 0; log < rests.length; log += 2) {
      const length = rests[log + 1]!
      const from = texts.take(length)
      const at = skeletonAt + rests[log]!
      for (let i = 0; i < length; i++) this.#output.bytes[at + i] = texts.bytes[from + i]!
    }
  }
}

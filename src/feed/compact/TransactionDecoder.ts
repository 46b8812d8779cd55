import { keccak256Into } from '../../kernels/index.ts'
import { BodyError } from './BodyError.ts'
import type { ColumnReaders } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { MAX_CALLS, MAX_FEES } from './limits.ts'
import type { Output } from './Output.ts'
import { ReceiptDecoder } from './ReceiptDecoder.ts'
import { readAddress } from './references.ts'
import { headBytes, integerBytes, numberBytes, writeHead, writeInteger, writeNumber } from './rlpBytes.ts'
import { ToldWordReader } from './ToldWordReader.ts'
import { TransactionFacts, VALUE_INDEX } from './TransactionFacts.ts'
import {
  AS_IT_IS,
  type CallKind,
  type FeeKind,
  KNOWN_KIND,
  NEW_KIND,
  readCallKind,
  readFeeKind,
} from './templates.ts'
import { dataGas } from './toldWords.ts'
import { copyAddress, copyWord } from './words256.ts'

const NO_ADDRESS: Uint8Array = new Uint8Array(20)
/** Of an executed transaction, before `raw`: sender 20 · hash 32 · u32 length. */
const HEAD_BYTES = 56
const MAX_NONCE = 2 ** 50
const EMPTY_LIST = 0xc0

/** Reads transactions with their receipts out of columns, and writes them as a chunk has them. */
export class TransactionDecoder {
  readonly #dictionary: Dictionary
  readonly #columns: ColumnReaders
  readonly #output: Output
  readonly #words: ToldWordReader
  readonly #receipts: ReceiptDecoder
  readonly facts: TransactionFacts = new TransactionFacts()
  #parityCount = 0
  // Of the transaction that is being written: where data and tail that are told as bytes are in the texts, and their length.
  #dataAt = 0
  #tailAt = 0
  #tailLength = 0

  /** @param output - undefined: only the dictionary is followed. */
  constructor(dictionary: Dictionary, columns: ColumnReaders, output: Output) {
    this.#dictionary = dictionary
    this.#columns = columns
    this.#output = output
    this.#words = new ToldWordReader(dictionary, columns)
    this.#receipts = new ReceiptDecoder(dictionary, columns, { output, words: this.#words })
  }

  /** Whether {@link facts} know it then. */
  next(): boolean {
    const { facts } = this
    const columns = this.#columns
    const output = this.#output
    const { addresses } = this.#dictionary
    facts.sender = readAddress(columns, addresses)
    const senderAt = output.grow(20)
    copyAddress(output.view, senderAt, addresses.view, facts.sender * 20)
    const number = columns.calls.varint()
    if (number === AS_IT_IS) {
      this.#writeAsItIs()
      return false
    }
    const call = this.#readCall(number)
    const fees = this.#readFees()
    facts.to = call.to
    facts.fees = fees
    const nonce = columns.nonces.signed() + addresses.nonces[facts.sender]!
    if (nonce < 0 || nonce > MAX_NONCE) throw new BodyError('VALUE', `a nonce of ${nonce}`)
    facts.nonce = nonce
    addresses.nonces[facts.sender] = nonce + 1
    this.#list(call)
    this.#readTexts(call, fees)
    const start = output.grow(HEAD_BYTES - 20)
    const rawAt = output.length
    this.#writeRaw(call, fees)
    output.u32At(start + 32, output.length - rawAt)
    keccak256Into(output.bytes.subarray(rawAt, output.length), output.bytes, start)
    const gas = this.#dataGas(call)
    return this.#receipts.next({ type: fees.type, call, dataGas: gas, facts })
  }

  #writeAsItIs(): void {
    const { definitions, texts } = this.#columns
    const output = this.#output
    const length = definitions.varint()
    const receiptLength = definitions.varint()
    const raw = texts.part(Math.floor(length / 2))
    const at = output.grow(36)
    if (length % 2 === 1) output.bytes.set(texts.part(32), at)
    else keccak256Into(raw, output.bytes, at)
    output.u32At(at + 32, raw.length)
    output.copy(raw, 0, raw.length)
    output.u32(receiptLength)
    const receiptAt = texts.take(receiptLength)
    output.copy(texts.bytes, receiptAt, receiptAt + receiptLength)
  }

  #readCall(number: number): CallKind {
    const { calls, addresses } = this.#dictionary
    if (number >= KNOWN_KIND) return kindAt(calls, number)
    const call = readCallKind(
      this.#columns.definitions,
      () => readAddress(this.#columns, addresses),
      (id) => addresses.address(id),
    )
    if (calls.length < MAX_CALLS) calls.push(call)
    return call
  }

  #readFees(): FeeKind {
    const { fees } = this.#dictionary
    const number = this.#columns.fees.varint()
    if (number >= KNOWN_KIND) return kindAt(fees, number)
    if (number !== NEW_KIND) throw new BodyError('VALUE', 'fees are always of a kind')
    const kind = readFeeKind(this.#columns.definitions)
    if (fees.length < MAX_FEES) fees.push(kind)
    return kind
  }

  /** Sender, recipient, value, words of the data. */
  #list(call: CallKind): void {
    const { list, sender, to } = this.facts
    const { addresses } = this.#dictionary
    list.clear()
    list.pushAddress(addresses.view, sender * 20)
    list.addressIds[0] = sender
    if (to < 0) list.push(NO_ADDRESS, 0, 20)
    else list.pushAddress(addresses.view, to * 20)
    list.addressIds[1] = to
    this.#words.number(list)
    for (let i = 0; i < call.wordCount; i++) this.#words.next(list)
  }

  #readTexts(call: CallKind, fees: FeeKind): void {
    const { texts, tails } = this.#columns
    if (!call.isInWords) this.#dataAt = texts.take(call.dataLength)
    this.#tailLength = tails.varint()
    if (this.#tailLength > 0) this.#tailAt = texts.take(this.#tailLength)
    if (this.#tailLength > 0 && fees.type === 0)
      throw new BodyError('VALUE', 'a legacy transaction has nothing behind its data')
  }

  #dataGas(call: CallKind): number {
    if (!call.isInWords)
      return dataGas(this.#columns.texts.bytes, this.#dataAt, this.#dataAt + call.dataLength)
    const { dataHead } = call
    const { bytes } = this.facts.list
    const from = (VALUE_INDEX + 1) * 32
    return (
      dataGas(dataHead, dataHead.length - 4, dataHead.length) +
      dataGas(bytes, from, from + call.wordCount * 32)
    )
  }

  #writeRaw(call: CallKind, fees: FeeKind): void {
    const { facts } = this
    const output = this.#output
    const { signatures } = this.#columns
    const parity = this.#parity()
    const signatureAt = signatures.take(64)
    const r = trimmed(signatures.bytes, signatureAt)
    const s = trimmed(signatures.bytes, signatureAt + 32)
    const v =
      fees.type !== 0 ? parity : fees.isProtected ? 35 + 2 * numberOf(fees.chainId) + parity : 27 + parity
    const valueEnd = (VALUE_INDEX + 1) * 32
    const valueAt = trimmedIn(facts.list.bytes, VALUE_INDEX * 32)
    const tailBytes = this.#tailLength > 0 ? this.#tailLength : fees.type === 0 ? 0 : 1
    const length =
      fees.chainIdRlp.length +
      numberBytes(facts.nonce) +
      fees.feesRlp.length +
      call.callRlp.length +
      integerBytes(facts.list.bytes, valueAt, valueEnd - valueAt) +
      this.#dataBytes(call) +
      tailBytes +
      numberBytes(v) +
      integerBytes(signatures.bytes, r, signatureAt + 32 - r) +
      integerBytes(signatures.bytes, s, signatureAt + 64 - s)
    let at = output.grow((fees.type === 0 ? 0 : 1) + headBytes(length) + length)
    const target = output.bytes
    if (fees.type !== 0) target[at++] = fees.type
    at = writeHead(target, at, 0xc0, length)
    at = put(target, at, fees.chainIdRlp)
    at = writeNumber(target, at, facts.nonce)
    at = put(target, at, fees.feesRlp)
    at = put(target, at, call.callRlp)
    at = writeInteger(target, at, facts.list.bytes, valueAt, valueEnd - valueAt)
    at = this.#writeData(target, at, call)
    if (this.#tailLength > 0) at = this.#writeTail(target, at)
    else if (fees.type !== 0) target[at++] = EMPTY_LIST
    at = writeNumber(target, at, v)
    at = this.#writeHalf(at, r, signatureAt)
    this.#writeHalf(at, s, signatureAt + 32)
  }

  /** Writes r or s, whose 32 bytes stand at `start`, and the first that isn't zero at `from`. */
  #writeHalf(at: number, from: number, start: number): number {
    const { signatures } = this.#columns
    const { bytes, view } = this.#output
    if (from > start) return writeInteger(bytes, at, signatures.bytes, from, start + 32 - from)
    bytes[at] = 0xa0
    copyWord(view, at + 1, signatures.view, start)
    return at + 33
  }

  #parity(): number {
    const bit = this.#parityCount++ % 8
    const { parities } = this.#columns
    if (bit === 0) parities.take(1)
    return (parities.bytes[parities.at - 1]! >> bit) & 1
  }

  #dataBytes(call: CallKind): number {
    if (call.isInWords) return call.dataHead.length + call.wordCount * 32
    if (call.dataLength === 1 && this.#columns.texts.bytes[this.#dataAt]! < 0x80) return 1
    return headBytes(call.dataLength) + call.dataLength
  }

  #writeData(target: Uint8Array, start: number, call: CallKind): number {
    let at = start
    if (call.isInWords) {
      at = put(target, at, call.dataHead)
      const { list } = this.facts
      const from = (VALUE_INDEX + 1) * 32
      const end = from + call.wordCount * 32
      for (let i = from; i < end; i += 32, at += 32) copyWord(this.#output.view, at, list.view, i)
      return at
    }
    const { bytes } = this.#columns.texts
    if (call.dataLength !== 1 || bytes[this.#dataAt]! >= 0x80)
      at = writeHead(target, at, 0x80, call.dataLength)
    target.set(bytes.subarray(this.#dataAt, this.#dataAt + call.dataLength), at)
    return at + call.dataLength
  }

  #writeTail(target: Uint8Array, at: number): number {
    target.set(this.#columns.texts.bytes.subarray(this.#tailAt, this.#tailAt + this.#tailLength), at)
    return at + this.#tailLength
  }
}

function kindAt<T>(kinds: readonly T[], number: number): T {
  const kind = kinds[number - KNOWN_KIND]
  if (kind === undefined) throw new BodyError('REFERENCE', `kind ${number - KNOWN_KIND} of ${kinds.length}`)
  return kind
}

function put(target: Uint8Array, start: number, source: Uint8Array): number {
  for (let i = 0; i < source.length; i++) target[start + i] = source[i]!
  return start + source.length
}

/** Where the word's bytes begin that aren't zeros in front. */
function trimmed(bytes: Uint8Array, start: number): number {
  return trimmedIn(bytes, start)
}

function trimmedIn(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < start + 32 && bytes[at] === 0) at++
  return at
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

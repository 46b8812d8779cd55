import { keccak256Into } from '../../kernels/index.ts'
import { EMPTY_BYTES, equalBytes, fromBigIntMinimal } from '../../lib/index.ts'
import type { ExecutedTransaction } from '../../protocol/index.ts'
import { ColumnWriter, type ColumnWriters } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { type DictionaryIndex, textOf } from './DictionaryIndex.ts'
import { MAX_CALLS, MAX_FEES } from './limits.ts'
import { ParsedTransaction, parseTransaction } from './parseTransaction.ts'
import { ReceiptEncoder } from './ReceiptEncoder.ts'
import { writeAddress } from './references.ts'
import { ToldWordWriter } from './ToldWordWriter.ts'
import { TransactionFacts } from './TransactionFacts.ts'
import {
  AS_IT_IS,
  type CallFields,
  type CallKind,
  callKind,
  type FeeFields,
  type FeeKind,
  feeKind,
  isInWords,
  KNOWN_KIND,
  NEW_KIND,
  PROTECTED_LEGACY,
  SELECTOR_BYTES,
  writeCallKind,
  writeFeeKind,
} from './templates.ts'
import { dataGas } from './toldWords.ts'

const NO_ADDRESS: Uint8Array = new Uint8Array(20)
const digest: Uint8Array = new Uint8Array(32)

/** Writes transactions with their receipts into columns. */
export class TransactionEncoder {
  readonly #dictionary: Dictionary
  readonly #index: DictionaryIndex
  readonly #columns: ColumnWriters
  readonly #receipts: ReceiptEncoder
  readonly #words: ToldWordWriter
  readonly #parsed = new ParsedTransaction()
  readonly #description = new ColumnWriter()
  readonly facts: TransactionFacts = new TransactionFacts()
  #parityCount = 0

  constructor(dictionary: Dictionary, index: DictionaryIndex, columns: ColumnWriters) {
    this.#dictionary = dictionary
    this.#index = index
    this.#columns = columns
    this.#words = new ToldWordWriter(dictionary, index, columns)
    this.#receipts = new ReceiptEncoder(dictionary, index, columns, this.#words)
  }

  /** The columns begin anew. */
  begin(): void {
    this.#parityCount = 0
  }

  /** Whether {@link facts} know it then. */
  add(transaction: ExecutedTransaction): boolean {
    const { sender, hash, raw, receipt } = transaction
    const { facts } = this
    facts.sender = this.#writeAddress(sender, 0)
    keccak256Into(raw, digest, 0)
    const isHash = equalBytes(hash, digest)
    if (!isHash || !parseTransaction(raw, this.#parsed)) {
      this.#addAsItIs(transaction, isHash)
      return false
    }
    this.#addParts(raw)
    const { type, data } = this.#parsed
    const gas = dataGas(raw, data[0], data[0] + data[1])
    return this.#receipts.add(receipt, { type, call: this.#call!, dataGas: gas, facts })
  }

  #call: CallKind | undefined

  #addAsItIs({ hash, raw, receipt }: ExecutedTransaction, isHash: boolean): void {
    const { calls, definitions, texts } = this.#columns
    calls.varint(AS_IT_IS)
    definitions.varint(raw.length * 2 + (isHash ? 0 : 1))
    definitions.varint(receipt.length)
    texts.copy(raw, 0, raw.length)
    if (!isHash) texts.copy(hash, 0, 32)
    texts.copy(receipt, 0, receipt.length)
  }

  #addParts(raw: Uint8Array): void {
    const { facts } = this
    const columns = this.#columns
    const parsed = this.#parsed
    const { nonces } = this.#dictionary.addresses
    const call = this.#writeCall(raw)
    this.#call = call
    facts.to = call.to
    facts.fees = this.#writeFees(raw)
    facts.nonce = parsed.nonce
    columns.nonces.signed(parsed.nonce - nonces[facts.sender]!)
    this.#dictionary.addresses.nonces[facts.sender] = parsed.nonce + 1
    this.#listAccounts(raw)
    this.#words.number(raw, parsed.value[0], parsed.value[1])
    this.#writeData(raw, call)
    this.#writeTail(raw)
    this.#writeSignature(raw)
  }

  /** Sender, recipient and value. */
  #listAccounts(raw: Uint8Array): void {
    const { facts } = this
    const parsed = this.#parsed
    const { list } = facts
    const { addresses } = this.#dictionary
    list.clear()
    list.push(addresses.bytes, facts.sender * 20, 20)
    list.addressIds[0] = facts.sender
    if (facts.to < 0) list.push(NO_ADDRESS, 0, 20)
    else list.push(addresses.bytes, facts.to * 20, 20)
    list.addressIds[1] = facts.to
    list.push(raw, parsed.value[0], parsed.value[1])
  }

  #writeData(raw: Uint8Array, call: CallKind): void {
    const [start, length] = this.#parsed.data
    if (!call.isInWords) {
      this.#columns.texts.copy(raw, start, start + length)
      return
    }
    for (let at = start + SELECTOR_BYTES; at < start + length; at += 32)
      this.#words.add(raw, at, this.facts.list)
  }

  #writeTail(raw: Uint8Array): void {
    const { type, tail } = this.#parsed
    const [start, length] = tail
    if (isUsualTail(raw, start, length, type)) {
      this.#columns.tails.varint(0)
      return
    }
    this.#columns.tails.varint(length)
    this.#columns.texts.copy(raw, start, start + length)
  }

  #writeSignature(raw: Uint8Array): void {
    const { parities, signatures } = this.#columns
    const { parity, r, s } = this.#parsed
    const bit = this.#parityCount++ % 8
    if (bit === 0) parities.u8(0)
    if (parity === 1) parities.bytes[parities.length - 1]! |= 1 << bit
    for (const [start, length] of [r, s]) {
      const at = signatures.grow(32)
      signatures.bytes.fill(0, at, at + 32 - length)
      for (let i = 0; i < length; i++) signatures.bytes[at + 32 - length + i] = raw[start + i]!
    }
  }

  #writeFees(raw: Uint8Array): FeeKind {
    const { fees } = this.#dictionary
    const fields = this.#feeFields(raw)
    this.#description.clear()
    writeFeeKind(this.#description, fields)
    const key = textOf(this.#description.written())
    const known = this.#index.fees.get(key)
    this.#columns.fees.varint(known === undefined ? NEW_KIND : KNOWN_KIND + known)
    if (known !== undefined) return fees[known]!
    const kind = feeKind(fields)
    writeFeeKind(this.#columns.definitions, fields)
    if (fees.length < MAX_FEES) {
      this.#index.fees.set(key, fees.length)
      fees.push(kind)
    }
    return kind
  }

  #feeFields(raw: Uint8Array): FeeFields {
    const { type, isProtected, chainId, chainIdOfV, tip, most } = this.#parsed
    const ofV = isProtected ? fromBigIntMinimal(BigInt(chainIdOfV)) : EMPTY_BYTES
    return {
      type: type === 0 && isProtected ? PROTECTED_LEGACY : type,
      chainId: type === 0 ? ofV : content(raw, chainId),
      tip: content(raw, tip),
      most: content(raw, most),
    }
  }

  #writeCall(raw: Uint8Array): CallKind {
    const { calls } = this.#dictionary
    const { to, gasLimit, data } = this.#parsed
    // By content: the recipient's number is known only once it is told.
    const description = this.#description
    description.clear()
    const hasTo = to[1] === 20
    const inWords = isInWords(hasTo ? 0 : -1, data[1])
    const selector = inWords ? raw.slice(data[0], data[0] + SELECTOR_BYTES) : undefined
    const fields = { gasLimit: content(raw, gasLimit), dataLength: data[1], selector }
    writeCallKind(description, { ...fields, to: hasTo ? 0 : -1, address: EMPTY_BYTES }, () =>
      description.copy(raw, to[0], to[0] + 20),
    )
    const key = textOf(description.written())
    const known = this.#index.calls.get(key)
    this.#columns.calls.varint(known === undefined ? NEW_KIND : KNOWN_KIND + known)
    if (known !== undefined) return calls[known]!
    const { definitions } = this.#columns
    const address = raw.slice(to[0], to[0] + to[1])
    const id = hasTo ? this.#writeAddress(address, 0) : -1
    const call: CallFields = { ...fields, to: id, address }
    writeCallKind(definitions, call, () => {})
    const kind = callKind(call)
    if (calls.length < MAX_CALLS) {
      this.#index.calls.set(key, calls.length)
      calls.push(kind)
    }
    return kind
  }

  #writeAddress(source: Uint8Array, at: number): number {
    const { addresses: table } = this.#dictionary
    return writeAddress(this.#columns, { table, index: this.#index.addresses }, source, at)
  }
}

/** What a transaction of a type has between data and signature mostly: an empty access list; a legacy one nothing. */
function isUsualTail(raw: Uint8Array, start: number, length: number, type: number): boolean {
  return type === 0 ? length === 0 : length === 1 && raw[start] === 0xc0
}

function content(raw: Uint8Array, [start, length]: readonly [number, number]): Uint8Array {
  return raw.slice(start, start + length)
}

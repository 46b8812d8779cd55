import type { Chunk, LogRecord } from '../records.ts'
import { columnWriters, joinColumns } from './columns.ts'
import { Dictionary } from './Dictionary.ts'
import { DictionaryIndex } from './DictionaryIndex.ts'
import { DiffEncoder } from './DiffEncoder.ts'
import {
  DICTIONARY_BODY_BYTES,
  MAX_ADDRESSES,
  MAX_DIFF_ADDRESSES,
  MAX_DIFF_SLOTS,
  MAX_WORDS,
} from './limits.ts'
import type { OldState } from './OldState.ts'
import { PatternLearner } from './PatternLearner.ts'
import { Prediction } from './Prediction.ts'
import {
  CLOSE_BLOCK_BYTES,
  expectedCloseBlock,
  expectedMiniBlock,
  expectedOpenBlock,
  expectedSeal,
  followOpenBlock,
  followSeal,
  OPEN_BLOCK_BYTES,
  SEAL_BYTES,
  writePatch,
} from './plainRecords.ts'
import {
  AS_IT_IS_FORM,
  CHUNK_FORM,
  CLOSE_FORM,
  CONTEXT_FORM,
  KIND_NUMBERS,
  OPEN_FORM,
  SEAL_FORM,
} from './recordForms.ts'
import { TransactionEncoder } from './TransactionEncoder.ts'

/** A part of a dictionary's room that is left for one more entry. */
const FULL = 0.75
/** Differences of numbers that a column can tell. */
const MAX_DIFFERENCE = 2n ** 50n
const MAX_U32 = 0xffffffff
const ADDRESS_BYTES = 20

/**
 * Writes the bodies of entries in the compact form (docs/spec/mini-block.md). Of one chain, in order: each body builds on
 * those since the dictionary began.
 */
export class BodyEncoder {
  readonly #oldState: OldState
  readonly #dictionaryBytes: number
  readonly #columns = columnWriters()
  #life: Life
  /** The entry that is being written begins the dictionary anew. */
  #beginsAnew = true
  /** Bytes of bodies since the dictionary began. */
  #bodyBytes = 0

  /**
   * @param oldState - the state before the record that is added next.
   * @param options.dictionaryBytes - after so many bytes of bodies a dictionary begins anew.
   */
  constructor(
    oldState: OldState,
    { dictionaryBytes = DICTIONARY_BODY_BYTES }: { dictionaryBytes?: number } = {},
  ) {
    this.#oldState = oldState
    this.#dictionaryBytes = dictionaryBytes
    this.#life = this.#beginLife()
  }

  /** Takes the next record, before the caller applies its diff; `payload` is the record's as it stands in the log. */
  add(record: LogRecord, payload: Uint8Array): void {
    const { dictionary, index } = this.#life
    const { records, patches } = this.#columns
    if (record.kind === 'chunk' && this.#isTellable(record, payload)) this.#addChunk(record)
    else if (record.kind === 'openBlock' && payload.length === OPEN_BLOCK_BYTES) {
      records.u8(OPEN_FORM)
      writePatch(patches, payload, expectedOpenBlock(dictionary))
      followOpenBlock(dictionary, payload)
      index.addressAdded(dictionary.coinbase)
    } else if (record.kind === 'sealMiniBlock' && payload.length === SEAL_BYTES) {
      records.u8(SEAL_FORM)
      writePatch(patches, payload, expectedSeal(dictionary))
      followSeal(dictionary, payload)
    } else if (record.kind === 'closeBlock' && payload.length === CLOSE_BLOCK_BYTES) {
      records.u8(CLOSE_FORM)
      writePatch(patches, payload, expectedCloseBlock(dictionary))
    } else {
      records.u8(AS_IT_IS_FORM + KIND_NUMBERS[record.kind])
      records.varint(payload.length)
      this.#columns.texts.copy(payload, 0, payload.length)
    }
  }

  /** The body of the records since the last one. */
  finish(): { body: Uint8Array; beginsAnew: boolean } {
    const beginsAnew = this.#beginsAnew
    const body = joinColumns(this.#columns)
    this.#bodyBytes += body.length
    this.#beginsAnew = this.#bodyBytes >= this.#dictionaryBytes || isFull(this.#life.dictionary)
    if (this.#beginsAnew) {
      this.#bodyBytes = 0
      this.#life = this.#beginLife(this.#life.dictionary)
    } else this.#life.transactions.begin()
    return { body, beginsAnew }
  }

  #addChunk(chunk: Chunk): void {
    const { dictionary, transactions, prediction, diffs, learner } = this.#life
    const { records } = this.#columns
    records.u8(CHUNK_FORM)
    records.signed(Number(chunk.miniBlockNumber - expectedMiniBlock(dictionary)))
    records.signed(chunk.firstTransactionIndex - dictionary.transactionIndex)
    records.varint(chunk.transactions.length)
    prediction.begin()
    learner.begin()
    for (const transaction of chunk.transactions) {
      if (!transactions.add(transaction)) continue
      prediction.add(transactions.facts)
      learner.add(transactions.facts)
    }
    dictionary.transactionIndex = chunk.firstTransactionIndex + chunk.transactions.length
    dictionary.miniBlockTransactions += chunk.transactions.length
    diffs.add(chunk.diff, prediction)
    learner.learn(chunk.diff, diffs.toldSlots)
  }

  /** Whether its numbers are near the expected ones, and there is room for all addresses that it could bring. */
  #isTellable(
    { miniBlockNumber, firstTransactionIndex, diff, transactions }: Chunk,
    payload: Uint8Array,
  ): boolean {
    const { addresses } = this.#life.dictionary
    const difference = miniBlockNumber - expectedMiniBlock(this.#life.dictionary)
    const mostAddresses = (payload.length - diff.length) / ADDRESS_BYTES
    return (
      difference <= MAX_DIFFERENCE &&
      difference >= -MAX_DIFFERENCE &&
      firstTransactionIndex + transactions.length <= MAX_U32 &&
      addresses.count + mostAddresses <= MAX_ADDRESSES
    )
  }

  #beginLife(before?: Dictionary): Life {
    const dictionary = new Dictionary()
    const index = new DictionaryIndex(dictionary)
    const options = { columns: this.#columns, oldState: this.#oldState }
    if (before !== undefined) this.#writeContext(before, dictionary)
    index.addressAdded(dictionary.coinbase)
    return {
      dictionary,
      index,
      transactions: new TransactionEncoder(dictionary, index, this.#columns),
      prediction: new Prediction(dictionary, this.#oldState),
      diffs: new DiffEncoder(dictionary, index, options),
      learner: new PatternLearner(dictionary, index, options),
    }
  }

  /** Tells a new dictionary of the block in whose middle it begins. */
  #writeContext(before: Dictionary, dictionary: Dictionary): void {
    const { records, texts } = this.#columns
    const { openBlock, seal } = before
    records.u8(CONTEXT_FORM)
    records.u8((openBlock === undefined ? 0 : 1) + (seal === undefined ? 0 : 2))
    if (openBlock !== undefined) {
      texts.copy(openBlock, 0, openBlock.length)
      followOpenBlock(dictionary, openBlock)
    }
    if (seal !== undefined) {
      texts.copy(seal, 0, seal.length)
      followSeal(dictionary, seal)
    }
    for (const name of ['transactionIndex', 'cumulativeGas', 'gasAtSeal', 'miniBlockTransactions'] as const) {
      records.varint(before[name])
      dictionary[name] = before[name]
    }
  }
}

/** What lives as long as a dictionary. */
type Life = {
  dictionary: Dictionary
  index: DictionaryIndex
  transactions: TransactionEncoder
  prediction: Prediction
  diffs: DiffEncoder
  learner: PatternLearner
}

function isFull({ addresses, words, diffAddresses, diffSlots }: Dictionary): boolean {
  return (
    addresses.count > MAX_ADDRESSES * FULL ||
    words.count > MAX_WORDS * FULL ||
    diffAddresses.count > MAX_DIFF_ADDRESSES * FULL ||
    diffSlots.count > MAX_DIFF_SLOTS * FULL
  )
}

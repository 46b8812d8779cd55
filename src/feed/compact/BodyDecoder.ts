import { ByteReader } from '../../lib/index.ts'
import { ExecutedTransactions } from '../../protocol/index.ts'
import { FeedError, frameOf, KINDS, MAX_PAYLOAD_BYTES, readFrames } from '../recordCodec.ts'
import type { Chunk, LogRecord } from '../records.ts'
import { BodyError } from './BodyError.ts'
import { type ColumnReaders, checkAllRead, splitColumns } from './columns.ts'
import { Dictionary } from './Dictionary.ts'
import { addressAt, DiffDecoder, readSlotName } from './DiffDecoder.ts'
import { MAX_FRAMES_BYTES } from './limits.ts'
import type { OldState } from './OldState.ts'
import { Output } from './Output.ts'
import { Prediction } from './Prediction.ts'
import { readPattern } from './patterns.ts'
import {
  expectedCloseBlock,
  expectedMiniBlock,
  expectedOpenBlock,
  expectedSeal,
  followOpenBlock,
  followSeal,
  OPEN_BLOCK_BYTES,
  readPatch,
  SEAL_BYTES,
} from './plainRecords.ts'
import { AS_IT_IS_FORM, CHUNK_FORM, CLOSE_FORM, CONTEXT_FORM, OPEN_FORM, SEAL_FORM } from './recordForms.ts'
import { TransactionDecoder } from './TransactionDecoder.ts'

/** Of a chunk's payload: u64 miniBlockNumber · u32 firstTransactionIndex · u32 transactionCount. */
const CHUNK_HEAD_BYTES = 16

/** What is looked at of an entry. */
export type EncodedBody = { body: Uint8Array; beginsAnew: boolean; recordCount: number }

/** What can be read of a record without the state. */
export type RecordOutline = Exclude<LogRecord, Chunk> | Omit<Chunk, 'diff'>

/**
 * Reads what a BodyEncoder wrote, entry by entry; the first begins a dictionary. Safe on any bytes: every count and length
 * is held against what is there before memory is taken for it.
 */
export class BodyDecoder {
  readonly #oldState: OldState
  readonly #output = new Output()
  #dictionary: Dictionary | undefined
  #prediction: Prediction | undefined

  /** @param oldState - the state before the record that is asked for next. */
  constructor(oldState: OldState) {
    this.#oldState = oldState
  }

  /**
   * The records of an entry, with their frames as they stand in the log. The caller applies each record's diff before it
   * asks for the next, and asks for all.
   *
   * @throws BodyError; the decoder is of no use then.
   */
  *records(entry: EncodedBody): Generator<{ frame: Uint8Array; record: LogRecord }, void> {
    const dictionary = this.#open(entry)
    const columns = splitColumns(entry.body)
    const output = this.#output
    const { records } = columns
    const transactions = new TransactionDecoder(dictionary, columns, output)
    const diffs = new DiffDecoder(dictionary, columns, { oldState: this.#oldState, output })
    let frameBytes = 0
    if (entry.beginsAnew) readContext(columns, dictionary)
    for (let left = entry.recordCount; left > 0; left--) {
      output.clear()
      const form = records.u8()
      if (form === CHUNK_FORM) this.#readChunk(columns, transactions, diffs)
      else readPlain(form, { columns, dictionary, output })
      const kind = kindOf(form)
      frameBytes += output.length
      checkTotal(frameBytes)
      if (output.length > MAX_PAYLOAD_BYTES)
        throw new BodyError('LIMIT', `a ${kind} of ${output.length} bytes`)
      const frame = frameOf(kind, output.written())
      yield { frame, record: recordOf(frame) }
    }
    checkAllRead(columns)
  }

  /**
   * The records of an entry as far as they can be read without the state before: of chunks all but the diff. The caller
   * asks for all of them.
   *
   * @throws BodyError; the decoder is of no use then.
   */
  *outlines(entry: EncodedBody): Generator<RecordOutline, void> {
    const dictionary = this.#open(entry)
    const columns = splitColumns(entry.body)
    const output = this.#output
    const transactions = new TransactionDecoder(dictionary, columns, output)
    if (entry.beginsAnew) readContext(columns, dictionary)
    let readBytes = 0
    for (let left = entry.recordCount; left > 0; left--) {
      output.clear()
      const form = columns.records.u8()
      if (form !== CHUNK_FORM) readPlain(form, { columns, dictionary, output })
      else
        for (let count = readChunkHead(columns, dictionary, output); count > 0; count--) transactions.next()
      readBytes += output.length
      checkTotal(readBytes)
      const payload = output.written()
      yield form === CHUNK_FORM ? chunkOutline(payload) : recordOf(frameOf(kindOf(form), payload))
    }
    skipDiffs(columns, dictionary)
  }

  /**
   * Takes of an entry only what the next ones need: its diffs aren't made, for which the state before would be needed.
   *
   * @throws BodyError; the decoder is of no use then.
   */
  skip(entry: EncodedBody): void {
    for (const _ of this.outlines(entry));
  }

  #open({ beginsAnew }: EncodedBody): Dictionary {
    if (beginsAnew) {
      this.#dictionary = new Dictionary()
      this.#prediction = new Prediction(this.#dictionary, this.#oldState)
    }
    if (this.#dictionary === undefined)
      throw new BodyError('REFERENCE', 'its dictionary begins in an entry before')
    return this.#dictionary
  }

  #readChunk(columns: ColumnReaders, transactions: TransactionDecoder, diffs: DiffDecoder): void {
    const prediction = this.#prediction!
    const dictionary = this.#dictionary!
    prediction.begin()
    for (let left = readChunkHead(columns, dictionary, this.#output); left > 0; left--) {
      if (transactions.next()) prediction.add(transactions.facts)
    }
    diffs.next(prediction)
    for (let left = columns.diffs.varint(); left > 0; left--) readPattern(columns.patterns, dictionary)
  }
}

function checkTotal(bytes: number): void {
  if (bytes > MAX_FRAMES_BYTES) throw new BodyError('LIMIT', 'the records of the entry are too large')
}

function kindOf(form: number): LogRecord['kind'] {
  const kind = KINDS[(form % AS_IT_IS_FORM) - 1]
  if (kind === undefined) throw new BodyError('VALUE', `a record of form ${form}`)
  return kind
}

/** Of a chunk's payload up to its diff. */
function chunkOutline(payload: Uint8Array): RecordOutline {
  const reader = new ByteReader(payload)
  const miniBlockNumber = reader.u64()
  const firstTransactionIndex = reader.u32()
  const transactions = ExecutedTransactions.read(payload.slice(CHUNK_HEAD_BYTES), reader.u32())
  if (transactions === undefined) throw new BodyError('RECORD', 'a chunk has fewer transactions')
  return { kind: 'chunk', miniBlockNumber, firstTransactionIndex, transactions }
}

/** Writes a chunk's payload up to its transactions; their number. */
function readChunkHead({ records }: ColumnReaders, dictionary: Dictionary, output: Output): number {
  const miniBlock = expectedMiniBlock(dictionary) + BigInt(records.signed())
  const first = dictionary.transactionIndex + records.signed()
  const count = records.varint()
  if (miniBlock < 0n || miniBlock >= 2n ** 64n || first < 0 || first + count > 0xffffffff)
    throw new BodyError('VALUE', 'a chunk has an impossible place')
  output.u32(Number(miniBlock & 0xffffffffn))
  output.u32(Number(miniBlock >> 32n))
  output.u32(first)
  output.u32(count)
  dictionary.transactionIndex = first + count
  dictionary.miniBlockTransactions += count
  return count
}

type Place = { columns: ColumnReaders; dictionary: Dictionary; output: Output }

/** Writes the payload of a record that is no chunk, or is told as it is. */
function readPlain(form: number, { columns, dictionary, output }: Place): void {
  const { records, patches, texts } = columns
  if (form >= AS_IT_IS_FORM && form < 2 * AS_IT_IS_FORM) {
    const length = records.varint()
    const at = texts.take(length)
    output.copy(texts.bytes, at, at + length)
    return
  }
  const expected =
    form === OPEN_FORM
      ? expectedOpenBlock(dictionary)
      : form === SEAL_FORM
        ? expectedSeal(dictionary)
        : form === CLOSE_FORM
          ? expectedCloseBlock(dictionary)
          : undefined
  if (expected === undefined) throw new BodyError('VALUE', `a record of form ${form}`)
  const payload = readPatch(patches, expected)
  if (form === OPEN_FORM) followOpenBlock(dictionary, payload)
  if (form === SEAL_FORM) followSeal(dictionary, payload)
  output.copy(payload, 0, payload.length)
}

/** What a dictionary that begins in the middle of a block must know. */
function readContext({ records, texts }: ColumnReaders, dictionary: Dictionary): void {
  if (records.left === 0 || records.bytes[records.at] !== CONTEXT_FORM) return
  records.take(1)
  const told = records.u8()
  if (told > 3) throw new BodyError('VALUE', `a context of form ${told}`)
  if ((told & 1) !== 0) followOpenBlock(dictionary, texts.part(OPEN_BLOCK_BYTES))
  if ((told & 2) !== 0) followSeal(dictionary, texts.part(SEAL_BYTES))
  dictionary.transactionIndex = records.varint()
  dictionary.cumulativeGas = records.varint()
  dictionary.gasAtSeal = records.varint()
  dictionary.miniBlockTransactions = records.varint()
}

/** Takes of the diffs what the dictionary gets from them. */
function skipDiffs({ diffAddresses, diffSlots, patterns }: ColumnReaders, dictionary: Dictionary): void {
  while (diffAddresses.left > 0) dictionary.diffAddresses.add(diffAddresses.bytes, diffAddresses.take(20))
  const name = new Uint8Array(52)
  while (diffSlots.left > 0) {
    readSlotName(diffSlots, (column) => addressAt(dictionary, column.varint()), name)
    dictionary.diffSlots.add(name, 0)
  }
  while (patterns.left > 0) readPattern(patterns, dictionary)
}

function recordOf(frame: Uint8Array): LogRecord {
  try {
    const [read] = readFrames(frame)
    return read!.record
  } catch (error) {
    if (!(error instanceof FeedError)) throw error
    throw new BodyError('RECORD', error.code)
  }
}

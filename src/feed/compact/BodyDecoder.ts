import { ByteReader } from '../../lib/index.ts'
import { ExecutedTransactions } from '../../protocol/index.ts'
import { frameOf } from '../recordCodec.ts'
import type { Chunk, LogRecord } from '../records.ts'
import { BodyError } from './BodyError.ts'
import { type ColumnReaders, checkAllRead, splitColumns } from './columns.ts'
import { Dictionary } from './Dictionary.ts'
import { addressAt, DiffDecoder, readSlotName } from './DiffDecoder.ts'
import type { OldState } from './OldState.ts'
import { Output } from './Output.ts'
import { Prediction } from './Prediction.ts'
import { readPattern } from './patterns.ts'
import { CHUNK_FORM } from './recordForms.ts'
import {
  checkSizes,
  type EncodedBody,
  kindOf,
  readChunkPlace,
  readContext,
  readPlain,
  recordOf,
} from './recordReading.ts'
import { TransactionDecoder } from './TransactionDecoder.ts'

/** Of a chunk's payload: u64 miniBlockNumber · u32 firstTransactionIndex · u32 transactionCount. */
const CHUNK_HEAD_BYTES = 16

/** What can be read of a record without the state. */
export type RecordOutline = Exclude<LogRecord, Chunk> | Omit<Chunk, 'diff'>

/**
 * Reads what a BodyEncoder wrote, entry by entry; the first begins a dictionary. Safe on any bytes: every count and length
 * is held against what is there before memory is taken for it. The readable twin of KernelBodyDecoder, and what browsers use.
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
      const kind = kindOf(form)
      if (form === CHUNK_FORM) this.#readChunk(columns, transactions, diffs)
      else output.append(readPlain(form, columns, dictionary))
      frameBytes += output.length
      checkSizes(kind, output.length, frameBytes)
      const frame = frameOf(kind, output.written())
      yield { frame, record: recordOf(frame) }
    }
    checkAllRead((name) => columns[name].left)
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
      const kind = kindOf(form)
      if (form !== CHUNK_FORM) output.append(readPlain(form, columns, dictionary))
      else
        for (let count = readChunkHead(columns, dictionary, output); count > 0; count--) transactions.next()
      readBytes += output.length
      checkSizes(kind, output.length, readBytes)
      const payload = output.written()
      yield form === CHUNK_FORM ? chunkOutline(payload) : recordOf(frameOf(kind, payload))
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

/** Writes a chunk's payload up to its transactions; their number. */
function readChunkHead(columns: ColumnReaders, dictionary: Dictionary, output: Output): number {
  const { miniBlockNumber, firstTransactionIndex, count } = readChunkPlace(columns, dictionary)
  output.u32(Number(miniBlockNumber & 0xffffffffn))
  output.u32(Number(miniBlockNumber >> 32n))
  output.u32(firstTransactionIndex)
  output.u32(count)
  return count
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

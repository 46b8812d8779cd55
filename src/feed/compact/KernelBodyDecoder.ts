import { type BodyHost, BodyKernel } from '../../kernels/index.ts'
import { ByteWriter } from '../../lib/index.ts'
import { ExecutedTransactions } from '../../protocol/index.ts'
import { chunkIn, frameOf, writeFrameOf } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'
import type { RecordOutline } from './BodyDecoder.ts'
import { BodyError, type BodyErrorCode } from './BodyError.ts'
import {
  ColumnReader,
  checkAllRead,
  inOrder,
  PATCHES_COLUMN,
  RECORDS_COLUMN,
  splitColumns,
  TEXTS_COLUMN,
} from './columns.ts'
import { KernelPlace } from './KernelPlace.ts'
import type { OldState } from './OldState.ts'
import { readOldAccounts, readOldSlots } from './oldStates.ts'
import { CHUNK_FORM } from './recordForms.ts'
import {
  checkSizes,
  type EncodedBody,
  kindOf,
  type PlainColumns,
  readChunkPlace,
  readContext,
  readPlain,
  recordOf,
} from './recordReading.ts'

/** Why the kernel refuses a body, by the numbers of kernels/assembly/body/failure.ts. */
const REFUSALS: readonly (readonly [BodyErrorCode, string])[] = [
  ['TRUNCATED', 'a column ends early'],
  ['VALUE', 'a number is too large'],
  ['REFERENCE', 'an address that the dictionary has not'],
  ['REFERENCE', 'a word that the dictionary has not'],
  ['REFERENCE', 'a kind that the dictionary has not'],
  ['REFERENCE', 'an address or slot of diffs that the dictionary has not'],
  ['REFERENCE', 'a word beyond the list'],
  ['REFERENCE', 'a code that the diff has not'],
  ['REFERENCE', 'more entries are kept than are expected'],
  ['LIMIT', 'the dictionary has too much of something'],
  ['LIMIT', 'a record is too large'],
  ['LIMIT', 'a kind of receipts is too large'],
  ['LIMIT', 'a pattern is too large'],
  ['LIMIT', 'a prediction has too many slots'],
  ['VALUE', 'a kind of fees or calls that can not be'],
  ['VALUE', 'an integer is too long or begins with zeros'],
  ['VALUE', 'a transaction that can not be'],
  ['VALUE', 'a word of no kind, or no number where one must be'],
  ['VALUE', 'a receipt that can not be'],
  ['VALUE', 'a pattern that can not be'],
  ['VALUE', 'a diff that can not be'],
]

/**
 * Reads bodies as BodyDecoder does, many times faster: chunks by a kernel, in whose memory the dictionary is. Safe on any
 * bytes likewise, and refuses the same with the same codes.
 */
export class KernelBodyDecoder {
  readonly #kernel: BodyKernel
  readonly #frames: ByteWriter
  readonly #host: BodyHost
  #place: KernelPlace | undefined

  /**
   * @param oldState - the state before the record that is asked for next.
   * @param kernel - it is taken over from a decoder that had it before, which is of no use then.
   * @param frames - where those of an entry are written, one behind the other; what it holds before is left behind.
   */
  constructor(
    oldState: OldState,
    kernel: BodyKernel = new BodyKernel(),
    frames: ByteWriter = new ByteWriter(),
  ) {
    this.#kernel = kernel
    this.#frames = frames
    this.#host = {
      fail: (reason) => {
        throw new BodyError(...REFUSALS[reason]!)
      },
      readAccounts: (addresses, target) => readOldAccounts(oldState, addresses, target),
      readSlots: (names, target) => readOldSlots(oldState, names, target),
    }
  }

  /**
   * As BodyDecoder's.
   *
   * @throws BodyError; the decoder is of no use then.
   */
  *records(entry: EncodedBody): Generator<{ frame: Uint8Array; record: LogRecord }, void> {
    const { columns, place } = this.#open(entry)
    // Of an entry that was given up, somebody may still hold them.
    this.#frames.take()
    for (let left = entry.recordCount; left > 0; left--) {
      const form = columns.records.u8()
      if (form === CHUNK_FORM) {
        const { payload, starts } = this.#readChunk(columns, place)
        const frame = this.#write('chunk', payload)
        yield { frame, record: chunkIn(frame, starts) }
      } else {
        const frame = this.#write(kindOf(form), this.#readPlain(form, columns, place))
        yield { frame, record: recordOf(frame) }
      }
    }
    this.#kernel.moveCursor(RECORDS_COLUMN, columns.records.at)
    this.#kernel.moveCursor(PATCHES_COLUMN, columns.patches.at)
    checkAllRead((_, i) => this.#kernel.cursor(i).end - this.#kernel.cursor(i).at)
  }

  #write(kind: LogRecord['kind'], payload: Uint8Array): Uint8Array {
    checkSizes(kind, payload.length, this.#frames.length + payload.length)
    return writeFrameOf(this.#frames, kind, payload)
  }

  /**
   * As BodyDecoder's; transactions are views that hold until the next record is asked for.
   *
   * @throws BodyError; the decoder is of no use then.
   */
  *outlines(entry: EncodedBody): Generator<RecordOutline, void> {
    const { columns, place } = this.#open(entry)
    for (let left = entry.recordCount; left > 0; left--) {
      const form = columns.records.u8()
      if (form === CHUNK_FORM) yield this.#readOutline(columns, place)
      else yield recordOf(frameOf(kindOf(form), this.#readPlain(form, columns, place)))
    }
    this.#kernel.skipDiffs()
  }

  /**
   * As BodyDecoder's.
   *
   * @throws BodyError; the decoder is of no use then.
   */
  skip(entry: EncodedBody): void {
    for (const _ of this.outlines(entry));
  }

  /** `columns` are what other records are read from. */
  #open({ body, beginsAnew }: EncodedBody): { columns: PlainColumns; place: KernelPlace } {
    if (beginsAnew) this.#place = new KernelPlace(this.#kernel)
    const place = this.#place
    if (place === undefined) throw new BodyError('REFERENCE', 'its dictionary begins in an entry before')
    this.#kernel.beginBody(inOrder(splitColumns(body)), this.#host)
    const columns = {
      records: this.#column(RECORDS_COLUMN),
      patches: this.#column(PATCHES_COLUMN),
      texts: this.#column(TEXTS_COLUMN),
    }
    if (beginsAnew) readContext(columns, place)
    this.#moveTexts(columns)
    return { columns, place }
  }

  /** One of those in the kernel's memory. */
  #column(i: number): ColumnReader {
    const { at, end } = this.#kernel.cursor(i)
    return new ColumnReader(this.#kernel.bytes, at, end)
  }

  #readChunk(columns: PlainColumns, place: KernelPlace): ReturnType<BodyKernel['readChunk']> {
    const { miniBlockNumber, firstTransactionIndex, count } = readChunkPlace(columns, place)
    place.tellBlock()
    return this.#kernel.readChunk(miniBlockNumber, firstTransactionIndex, count)
  }

  #readOutline(columns: PlainColumns, place: KernelPlace): RecordOutline {
    const { count, ...at } = readChunkPlace(columns, place)
    const { bytes, starts } = this.#kernel.readTransactions(count)
    return { kind: 'chunk', ...at, transactions: ExecutedTransactions.placed(bytes, starts) }
  }

  #readPlain(form: number, columns: PlainColumns, place: KernelPlace): Uint8Array {
    columns.texts.at = this.#kernel.cursor(TEXTS_COLUMN).at
    const payload = readPlain(form, columns, place)
    this.#moveTexts(columns)
    return payload
  }

  /** Texts are read on both sides. */
  #moveTexts({ texts }: PlainColumns): void {
    this.#kernel.moveCursor(TEXTS_COLUMN, texts.at)
  }
}

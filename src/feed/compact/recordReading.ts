// What both decoders read in the same way: records that are no chunks, and where a chunk stands.

import { FeedError, KINDS, MAX_PAYLOAD_BYTES, recordIn } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'
import { BodyError } from './BodyError.ts'
import type { ColumnReaders } from './columns.ts'
import { MAX_FRAMES_BYTES } from './limits.ts'
import {
  type BlockPlace,
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
import { AS_IT_IS_FORM, CLOSE_FORM, CONTEXT_FORM, OPEN_FORM, SEAL_FORM } from './recordForms.ts'

/** What is looked at of an entry. */
export type EncodedBody = { body: Uint8Array; beginsAnew: boolean; recordCount: number }

/** The head of a chunk's payload. */
export type ChunkPlace = { miniBlockNumber: bigint; firstTransactionIndex: number; count: number }

/** Columns of records that are no chunks. */
export type PlainColumns = Pick<ColumnReaders, 'records' | 'patches' | 'texts'>

export function kindOf(form: number): LogRecord['kind'] {
  const kind = KINDS[(form % AS_IT_IS_FORM) - 1]
  if (kind === undefined) throw new BodyError('VALUE', `a record of form ${form}`)
  return kind
}

/** @param total - bytes of the entry's records so far. */
export function checkSizes(kind: LogRecord['kind'], payloadBytes: number, total: number): void {
  if (total > MAX_FRAMES_BYTES) throw new BodyError('LIMIT', 'the records of the entry are too large')
  if (payloadBytes > MAX_PAYLOAD_BYTES) throw new BodyError('LIMIT', `a ${kind} of ${payloadBytes} bytes`)
}

/** Reads where a chunk stands. */
export function readChunkPlace({ records }: PlainColumns, place: BlockPlace): ChunkPlace {
  const miniBlockNumber = expectedMiniBlock(place) + BigInt(records.signed())
  const firstTransactionIndex = place.transactionIndex + records.signed()
  const count = records.varint()
  const end = firstTransactionIndex + count
  if (miniBlockNumber < 0n || miniBlockNumber >= 2n ** 64n || firstTransactionIndex < 0 || end > 0xffffffff)
    throw new BodyError('VALUE', 'a chunk has an impossible place')
  place.transactionIndex = end
  place.miniBlockTransactions += count
  return { miniBlockNumber, firstTransactionIndex, count }
}

/** Payload of a record that is no chunk, or is told as it is; may be a view. */
export function readPlain(
  form: number,
  { records, patches, texts }: PlainColumns,
  place: BlockPlace,
): Uint8Array {
  if (form >= AS_IT_IS_FORM && form < 2 * AS_IT_IS_FORM) return texts.part(records.varint())
  const expected =
    form === OPEN_FORM
      ? expectedOpenBlock(place)
      : form === SEAL_FORM
        ? expectedSeal(place)
        : form === CLOSE_FORM
          ? expectedCloseBlock(place)
          : undefined
  if (expected === undefined) throw new BodyError('VALUE', `a record of form ${form}`)
  const payload = readPatch(patches, expected)
  if (form === OPEN_FORM) followOpenBlock(place, payload)
  if (form === SEAL_FORM) followSeal(place, payload)
  return payload
}

/** What a dictionary that begins in the middle of a block must know. */
export function readContext({ records, texts }: PlainColumns, place: BlockPlace): void {
  if (records.left === 0 || records.bytes[records.at] !== CONTEXT_FORM) return
  records.take(1)
  const told = records.u8()
  if (told > 3) throw new BodyError('VALUE', `a context of form ${told}`)
  if ((told & 1) !== 0) followOpenBlock(place, texts.part(OPEN_BLOCK_BYTES))
  if ((told & 2) !== 0) followSeal(place, texts.part(SEAL_BYTES))
  place.transactionIndex = records.varint()
  place.cumulativeGas = records.varint()
  place.gasAtSeal = records.varint()
  place.miniBlockTransactions = records.varint()
}

/** The record in a frame that was made of what a body told. */
export function recordOf(frame: Uint8Array): LogRecord {
  try {
    return recordIn(frame)
  } catch (error) {
    if (!(error instanceof FeedError)) throw error
    throw new BodyError('RECORD', error.code)
  }
}

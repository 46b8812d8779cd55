// Many transactions by one call. What comes in is what signature recovery writes (protocol/preparedTransaction.ts), what
// comes out stands as in a chunk's record (feed/recordCodec.ts): JavaScript moves whole batches and looks at none of it.

import { copyBytes } from './bytes'
import {
  BATCH_EXECUTED,
  BATCH_TAKEN,
  cells,
  chunk,
  CHUNK_COUNT,
  CHUNK_LENGTH,
  chunkEnd,
  ENV_CUMULATIVE_GAS,
  logs,
  logsEnd,
  RESULT_KIND,
  speculation,
} from './layout'
import { ENTRY_RAW_LENGTH, ENTRY_SENDER, rawOf } from './batchEntry'
import { commitSpeculation } from './commit'
import { EXECUTED_RAW, EXECUTED_RAW_LENGTH, EXECUTED_SENDER } from './executedTransaction'
import { executePrepared, writeReceipt } from './execute'
import { endStep, STEP_BETWEEN, STEP_RECEIPT } from './steps'
import { hashEntry, learnFrom, lookAhead, takeAhead, WINDOW } from './lookAhead'
import { GROUP, openNumber, takeSpeculation } from './speculation'

/** Of a transaction in a chunk, beside its raw bytes and its receipt: what stands before them, and the receipt's length. */
const CHUNK_HEAD_BYTES: usize = EXECUTED_RAW + 4
/** Of a receipt, beside its logs. */
const RECEIPT_BYTES: usize = 320

/** What was appended since the chunk was last emptied is forgotten. */
export function emptyChunk(): void {
  store<u32>(cells, 0, CHUNK_COUNT)
  store<u32>(cells, 0, CHUNK_LENGTH)
}

export function chunkAddress(): u32 {
  return <u32>chunk
}

/**
 * Executes the entries in `length` bytes at `at` in order and appends them to the chunk region: until all are, or the
 * chunk has `mostTransactions` or `mostGas`, or has no room for another, or one is not executed. BATCH_EXECUTED says how
 * many were, BATCH_TAKEN where the next one stands, RESULT_KIND why that was not executed, or 0.
 */
export function executeBatch(at: usize, length: u32, mostTransactions: u32, mostGas: u64): void {
  const end = at + length
  const gasLimit = load<u64>(cells, ENV_CUMULATIVE_GAS) + mostGas
  const start = at
  endStep(STEP_BETWEEN)
  let executed: u32 = 0
  let seen: u32 = 0
  store<i32>(cells, 0, RESULT_KIND)
  let i: u32 = 0
  const number = speculation == 0 ? 0 : openNumber(speculation)
  // With speculators few transactions in a row are executed here.
  const farthest = number == 0 ? WINDOW : GROUP
  while (at < end && executed < mostTransactions && load<u64>(cells, ENV_CUMULATIVE_GAS) < gasLimit && hasRoom(at)) {
    const isCommitted = number != 0 && commitEntry(at, number + executed)
    if (!isCommitted) {
      if (i == seen) {
        seen = lookAhead(at, end, farthest)
        i = 0
      }
      executeEntry(at, i)
    }
    if (i != seen) i++
    if (load<i32>(cells, RESULT_KIND) != 0) break
    executed++
    at = rawOf(at) + load<u32>(at, ENTRY_RAW_LENGTH)
  }
  store<u32>(cells, executed, BATCH_EXECUTED)
  store<u32>(cells, <u32>(at - start), BATCH_TAKEN)
}

/** An empty chunk has room for any transaction: an input and as many logs as there may be. */
function hasRoom(entry: usize): bool {
  const length = <usize>load<u32>(cells, CHUNK_LENGTH)
  if (length == 0) return true
  const most = CHUNK_HEAD_BYTES + load<u32>(entry, ENTRY_RAW_LENGTH) + RECEIPT_BYTES + (logsEnd - logs)
  return chunk + length + most <= chunkEnd
}

/** Commits what a speculator has made of the transaction; false: it is to be executed. */
function commitEntry(entry: usize, number: u32): bool {
  const found = takeSpeculation(speculation, number)
  if (found == 0 || !commitSpeculation(found)) return false
  hashEntry(entry)
  append(entry)
  return true
}

/** The entry is the `i`-th of those that have been looked at. */
function executeEntry(entry: usize, i: u32): void {
  const refused = takeAhead(i)
  if (refused != 0) {
    store<i32>(cells, refused, RESULT_KIND)
    return
  }
  executePrepared()
  learnFrom(i)
  if (load<i32>(cells, RESULT_KIND) == 0) append(entry)
  endStep(STEP_RECEIPT)
}

function append(entry: usize): void {
  const rawLength = load<u32>(entry, ENTRY_RAW_LENGTH)
  const start = chunk + load<u32>(cells, CHUNK_LENGTH)
  copyBytes(start + EXECUTED_SENDER, entry + ENTRY_SENDER, 20 + 32)
  store<u32>(start, rawLength, EXECUTED_RAW_LENGTH)
  copyBytes(start + EXECUTED_RAW, rawOf(entry), rawLength)
  const receipt = start + EXECUTED_RAW + rawLength
  const receiptLength = writeReceipt(receipt + 4, chunkEnd)
  store<u32>(receipt, receiptLength)
  store<u32>(cells, <u32>(receipt + 4 + receiptLength - chunk), CHUNK_LENGTH)
  store<u32>(cells, load<u32>(cells, CHUNK_COUNT) + 1, CHUNK_COUNT)
}

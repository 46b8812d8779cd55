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
  TX,
  TX_AUTHORITIES_PTR,
  TX_MODE,
  TX_SENDER,
} from './layout'
import { executePrepared, writeReceipt } from './execute'
import { addressToWord } from './address'
import { keccak256 } from './keccak'
import { decodeTransaction } from './transaction'

// An entry of a batch.
const ENTRY_RAW_LENGTH: usize = 0 // u32
const ENTRY_AUTHORITY_COUNT: usize = 4 // u16
const ENTRY_SENDER: usize = 8 // 20 bytes
const ENTRY_HASH: usize = 28 // 32 bytes: keccak256 of the raw transaction; zero where it is still to be computed
const ENTRY_AUTHORITIES: usize = 60 // 21 bytes each, see TX_AUTHORITIES_PTR; then the raw transaction
const AUTHORITY_BYTES: usize = 21

/** Of a transaction in a chunk, beside its raw bytes and its receipt: sender, hash, two lengths. */
const CHUNK_HEAD_BYTES: usize = 20 + 32 + 4 + 4
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
  let executed: u32 = 0
  store<i32>(cells, 0, RESULT_KIND)
  while (at < end && executed < mostTransactions && load<u64>(cells, ENV_CUMULATIVE_GAS) < gasLimit && hasRoom(at)) {
    executeEntry(at)
    if (load<i32>(cells, RESULT_KIND) != 0) break
    executed++
    at = rawOf(at) + load<u32>(at, ENTRY_RAW_LENGTH)
  }
  store<u32>(cells, executed, BATCH_EXECUTED)
  store<u32>(cells, <u32>(at - start), BATCH_TAKEN)
}

@inline
function rawOf(entry: usize): usize {
  return entry + ENTRY_AUTHORITIES + AUTHORITY_BYTES * <usize>load<u16>(entry, ENTRY_AUTHORITY_COUNT)
}

/** An empty chunk has room for any transaction: an input and as many logs as there may be. */
function hasRoom(entry: usize): bool {
  const length = <usize>load<u32>(cells, CHUNK_LENGTH)
  if (length == 0) return true
  const most = CHUNK_HEAD_BYTES + load<u32>(entry, ENTRY_RAW_LENGTH) + RECEIPT_BYTES + (logsEnd - logs)
  return chunk + length + most <= chunkEnd
}

function executeEntry(entry: usize): void {
  const raw = rawOf(entry)
  const rawLength = load<u32>(entry, ENTRY_RAW_LENGTH)
  const refused = decodeTransaction(raw, rawLength, cells + TX, 0)
  if (refused != 0) {
    store<i32>(cells, refused, RESULT_KIND)
    return
  }
  addressToWord(entry + ENTRY_SENDER, cells + TX_SENDER)
  store<u32>(cells, <u32>(entry + ENTRY_AUTHORITIES), TX_AUTHORITIES_PTR)
  store<u32>(cells, 0, TX_MODE)
  executePrepared()
  if (load<i32>(cells, RESULT_KIND) == 0) append(entry, raw, rawLength)
}

function append(entry: usize, raw: usize, rawLength: u32): void {
  const start = chunk + load<u32>(cells, CHUNK_LENGTH)
  copyBytes(start, entry + ENTRY_SENDER, 20 + 32)
  if (isZeroHash(start + 20)) keccak256(raw, rawLength, start + 20)
  store<u32>(start, rawLength, 52)
  copyBytes(start + 56, raw, rawLength)
  const receipt = start + 56 + rawLength
  const receiptLength = writeReceipt(receipt + 4, chunkEnd)
  store<u32>(receipt, receiptLength)
  store<u32>(cells, <u32>(receipt + 4 + receiptLength - chunk), CHUNK_LENGTH)
  store<u32>(cells, load<u32>(cells, CHUNK_COUNT) + 1, CHUNK_COUNT)
}

/** The first half tells: no known transaction's hash begins with 16 zeros, and to find one is out of reach. */
@inline
function isZeroHash(hash: usize): bool {
  return (load<u64>(hash) | load<u64>(hash, 8)) == 0
}

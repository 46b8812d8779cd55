// Where everything lies in the engine's linear memory. One memory holds stacks, EVM memory, journal and tables, so that
// nothing crosses to JavaScript while a transaction runs. Regions are reserved up front at sizes that follow from the
// memory's size; pages are only committed by the system once they are written.
//
// Words are 256-bit integers of four u64 limbs, least significant first. Addresses are the low 20 bytes of a word.

import { speculationBytes } from './speculation'

export const WORD: u32 = 32

/** Fixed block of named cells: block environment, transaction, results. JavaScript writes and reads it by these offsets. */
export let cells: usize = 0

// ENV: block environment, written by JavaScript.
export const ENV_FORK: usize = 0 // u32: 0 Shanghai, 1 Cancun, 2 Prague, 3 Osaka
export const ENV_FLAGS: usize = 4 // u32: ENV_FLAG_*
export const ENV_NUMBER: usize = 8 // u64
export const ENV_TIMESTAMP: usize = 16 // u64
export const ENV_GAS_LIMIT: usize = 24 // u64
export const ENV_CHAIN_ID: usize = 32 // word
export const ENV_COINBASE: usize = 64 // word
export const ENV_BASE_FEE: usize = 96 // word
export const ENV_PREV_RANDAO: usize = 128 // word
export const ENV_BLOB_BASE_FEE: usize = 160 // word
export const ENV_MAX_BLOB_GAS: usize = 192 // u64
export const ENV_CUMULATIVE_GAS: usize = 200 // u64, kept by the engine from transaction to transaction
export const ENV_BLOB_GAS_USED: usize = 208 // u64, likewise
export const ENV_MAX_BLOBS_PER_TRANSACTION: usize = 216 // u32

/** The parent's hash is not known yet: who reads it must wait (BLOCKHASH of the parent, EIP-2935 slots). */
export const ENV_FLAG_PARENT_HASH_PENDING: u32 = 1

/** The decoded transaction, see transaction.ts for its fields. */
export const TX: usize = 256

// Derived of the transaction while it runs.
export const TX_SENDER: usize = 640 // word
export const TX_GAS_PRICE: usize = 672 // word: effective gas price
export const TX_SENDER_ID: usize = 704 // u32 account id
export const TX_AUTHORITIES_PTR: usize = 708 // u32: per authorization 21 bytes: 1 if recovered, address big-endian
export const TX_MODE: usize = 712 // u32: MODE_*
export const TX_BLOB_GAS: usize = 720 // u64

/** Bits of TX_MODE: what a call or a message that is only simulated leaves out. */
export const MODE_SIMULATE: u32 = 1 // no nonce, sender code, block gas or gas cap check; nothing is kept
export const MODE_SKIP_FEES: u32 = 2 // no balance check for gas, no fee paid
export const MODE_MESSAGE: u32 = 8 // unsigned: no gas cap, and the sender may have code
export const MODE_ANY_NONCE: u32 = 16 // the nonce is not compared with the sender's
export const MODE_SYSTEM: u32 = 4 // EIP-4788 style system call: no intrinsic gas, no fees, no nonce

// RESULT of the last execution.
export const RESULT: usize = 768
export const RESULT_KIND: usize = 768 // i32: 0 executed, > 0 refused with that code, < 0 see RESULT_NEEDS_PARENT_HASH
export const RESULT_STATUS: usize = 772 // u32: 1 success, 0 reverted or halted
export const RESULT_GAS_USED: usize = 776 // u64
export const RESULT_HALT: usize = 784 // u32 HALT_*
export const RESULT_RECEIPT_PTR: usize = 788
export const RESULT_RECEIPT_LEN: usize = 792
export const RESULT_OUTPUT_PTR: usize = 796
export const RESULT_OUTPUT_LEN: usize = 800
export const RESULT_DETAIL_A: usize = 808 // word: numbers for a refusal's message
export const RESULT_DETAIL_B: usize = 840 // word
export const RESULT_CREATED: usize = 872 // word: address of a created contract
export const RESULT_GAS_REFUNDED: usize = 904 // u64
export const RESULT_GAS_PEAK: usize = 912 // u64: gas used before refunds, and at least the calldata floor
export const RESULT_NEEDS_PARENT_HASH: i32 = -1

export const HOST_OUTPUT_LEN: usize = 936 // u32, written by the host's precompile
export const HOST_NATIVE: usize = 940 // u32, written by the host's compileInitCode
export const HOT_COUNT: usize = 944 // u32: codes that became hot since the host last looked (tiers.ts)
export const SERIAL: usize = 948 // u32: number of the running transaction (journal.ts), for compiled code
// Of the last batch, see batch.ts.
export const BATCH_EXECUTED: usize = 952 // u32: transactions
export const BATCH_TAKEN: usize = 956 // u32: bytes of the entries that were executed
export const CHUNK_COUNT: usize = 960 // u32: transactions in the chunk region
export const CHUNK_LENGTH: usize = 964 // u32: bytes there
export const BLOCK_BLOOM: usize = 1024 // 256 bytes: bloom of the block so far
export const HOT_CODES: usize = 1280 // u32 each
export const HOT_LIMIT: u32 = 64
// Of kernels that trace (tracing.ts): where the latest instruction stands, as it was before it.
export const TRACE_FRAME: usize = 1536 // u32
export const TRACE_PC: usize = 1540 // u32
export const TRACE_SP: usize = 1544 // u32
export const TRACE_MEMORY_SIZE: usize = 1548 // u32
export const TRACE_GAS: usize = 1552 // i64
export const TRACE_REFUND: usize = 1560 // i64
export const TRACE_RETURN_LENGTH: usize = 1568 // u32
export const TRACE_WATCHED: usize = 1792 // 256 bytes, by opcode: 1 where the host wants to hear of it
const CELLS_BYTES: usize = 4096

// Frames and stacks: one per call depth 0..1024.
export const MAX_DEPTH: i32 = 1024
export const FRAME_BYTES: usize = 256
export const STACK_BYTES: usize = 65536 // 1024 words, and as much room again, so that a full stack's height shows
export let frames: usize = 0
export let stacks: usize = 0

export let input: usize = 0 // what JavaScript hands over
export let inputEnd: usize = 0
export let output: usize = 0 // receipts and diffs, for JavaScript
export let outputEnd: usize = 0
export let chunk: usize = 0 // executed transactions of batches, for JavaScript
export let chunkEnd: usize = 0
export let returnBuffer: usize = 0 // return data of the last finished call
export let returnBufferEnd: usize = 0
export let logs: usize = 0 // RLP-encoded logs of the running transaction
export let logsEnd: usize = 0
export let journalStart: usize = 0
export let journalEnd: usize = 0
export let dirtyAccountsStart: usize = 0
export let dirtyAccountsEnd: usize = 0
export let dirtySlotsStart: usize = 0
export let dirtySlotsEnd: usize = 0
export let arena: usize = 0 // EVM memory of all frames, one behind the other
export let arenaEnd: usize = 0
/** See speculation.ts; 0 in an engine without speculators. */
export let speculation: usize = 0

/** Accounts and slots, see records.ts; numbers from 1 to below the limit, which is below 2^25. */
export let records: usize = 0
export let recordLimit: u32 = 0
export let recordHashes: usize = 0 // u32 by record number, see hashIndex.ts
/** Cells of hashIndex.ts, and how many there may be: powers of two. */
export let accountIndex: usize = 0
export let accountIndexMax: u32 = 0
export let slotIndex: usize = 0
export let slotIndexMax: u32 = 0
export let lastCells: usize = 0 // room that hashIndex.ts moves the last cells through

/** Caches of hashes, see mappingHash.ts and logs.ts: bytes of an entry; and what foretells them, see mappingPattern.ts. */
export const MAPPING_HASH_BYTES: usize = 96
export const BLOOM_BITS_BYTES: usize = 64
export const MAPPING_PATTERNS_BYTES: usize = 256 * 256
/** Where an entry is in either cache: its input, mixed to 32 bits, shifted right by this. */
export let hashCacheShift: u32 = 0
export let mappingHashes: usize = 0
export let mappingPatterns: usize = 0
export let bloomBits: usize = 0

export let codeRecords: usize = 0
export let codeLimit: u32 = 0
export let codeIndex: usize = 0
export let codeIndexCells: u32 = 0
export let codeBytes: usize = 0
export let codeBytesEnd: usize = 0

let cursor: usize = 0

function take(bytes: usize): usize {
  const at = cursor
  cursor = (cursor + bytes + 4095) & ~4095
  return at
}

/** Largest power of two that is at most n. */
function powerOfTwo(n: u32): u32 {
  return 1 << (31 - clz(n))
}

/**
 * In each of the two caches, a power of two: a hundredth of the memory for both, as a large state has many holders. No more,
 * since where there are few each has a page of its own in either.
 */
function hashCacheEntries(total: usize): u32 {
  return max(16384, powerOfTwo(<u32>((total - 1) >> 14)) << 1)
}

/**
 * Cells behind an index's last home, for the run that begins there. No run of taken cells is as long: at 3/4 full one of
 * 100 is rare and one of 1,000 not to be met, as the hashes are seeded.
 */
export const RUN_LIMIT: u32 = 1024
/** As many cells, and the run that they end in. */
export const LAST_CELLS_BYTES: usize = 2 * (<usize>RUN_LIMIT << 2)

/** The share of a buffer for one transaction or diff stops growing here: gas bounds what it must hold. */
const BUFFER_UNIT_MAX: usize = 32 << 20

/**
 * Lays the regions out in `total` bytes of memory (at most 4 GiB - 64 KiB), `arenaBytes` of them for EVM memory and what so
 * many speculators need. Of the rest, buffers have 14/55 at most, codes about 6/55, accounts and slots what is left.
 */
export function layOut(total: usize, arenaBytes: usize, speculators: u32): void {
  cursor = (__heap_base + 4095) & ~4095
  cells = take(CELLS_BYTES)
  frames = take(<usize>(MAX_DEPTH + 2) * FRAME_BYTES)
  cursor = (cursor + STACK_BYTES - 1) & ~(STACK_BYTES - 1)
  stacks = take(<usize>(MAX_DEPTH + 2) * STACK_BYTES)
  const cached = hashCacheEntries(total)
  hashCacheShift = clz(cached) + 1
  mappingHashes = take(<usize>cached * MAPPING_HASH_BYTES)
  mappingPatterns = take(MAPPING_PATTERNS_BYTES)
  bloomBits = take(<usize>cached * BLOOM_BITS_BYTES)
  lastCells = take(LAST_CELLS_BYTES)
  if (speculators != 0) speculation = take(speculationBytes(speculators))
  const share = (total - cursor - arenaBytes) / 55 - 4096
  const unit = min(share, BUFFER_UNIT_MAX)
  input = take(unit)
  inputEnd = cursor
  output = take(2 * unit)
  outputEnd = cursor
  chunk = take(3 * unit)
  chunkEnd = cursor
  returnBuffer = take(unit)
  returnBufferEnd = cursor
  logs = take(unit)
  logsEnd = cursor
  journalStart = take(4 * unit)
  journalEnd = cursor
  dirtyAccountsStart = take(unit)
  dirtyAccountsEnd = cursor
  dirtySlotsStart = take(unit)
  dirtySlotsEnd = cursor
  arena = take(arenaBytes)
  arenaEnd = cursor

  codeRecords = take(share / 2)
  codeLimit = <u32>share / 128
  codeIndexCells = powerOfTwo(codeLimit) << 1
  codeIndex = take(<usize>codeIndexCells * 4)
  codeBytes = take(5 * share)
  codeBytesEnd = cursor
  layOutTables(total)
}

/** What is left is for accounts and slots: an index for as many slots as there are records, one of half as many accounts. */
function layOutTables(total: usize): void {
  slotIndexMax = powerOfTwo(<u32>((total - cursor) / (128 + 4))) << 1
  accountIndexMax = slotIndexMax >> 1
  slotIndex = take(indexBytes(slotIndexMax))
  accountIndex = take(indexBytes(accountIndexMax))
  recordLimit = <u32>((total - cursor - 8192) / (128 + 4))
  recordHashes = take(<usize>recordLimit << 2)
  records = take(<usize>recordLimit << 7)
  assert(cursor <= total)
}

function indexBytes(cells: u32): usize {
  return <usize>(cells + RUN_LIMIT) << 2
}

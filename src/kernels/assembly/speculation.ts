// What an engine and its speculators share, in the engine's memory: the batch that is open, who has claimed which of its
// transactions, and where the speculations are. Engine and speculators run on different threads; a speculator reaches this
// memory through a kernel of its own (baseReader.ts). The reasons: docs/decisions/0015-parallel-execution.md.
//
// Every transaction of every batch has a number. Its state word says who has it: the number in the upper half, below it a
// phase or, of a finished speculation, its address as well. A word with an earlier number means that nobody has claimed it.
// Words are changed by compare-and-exchange only, so that each transaction has one owner at a time.

/** Offsets in the speculation region. */
export const GENERATION: usize = 0 // u32, odd while a batch is open; speculators sleep on it
export const SLEEPERS: usize = 4 // i32: speculators that sleep
export const FIRST: usize = 8 // u32: number of the batch's first transaction
export const LIMIT: usize = 12 // u32: number of the first that is not to be speculated on
export const ENTRIES: usize = 16 // u32: address of the batch's entries (batch.ts)
export const ENTRIES_END: usize = 20 // u32
export const POSITION: usize = 24 // u32: number of the transaction that the engine is at
export const NEXT: usize = 28 // u32: number of the first that no speculator has claimed
export const LEAD: usize = 32 // u32: so many from its position on are left to the engine
export const PATIENCE: usize = 36 // u32: looks at a running speculation before the engine gives up waiting
// What became of the transactions, counted by the engine; u32 each.
export const COMMITTED: usize = 40
export const CONFLICTED: usize = 44
export const UNCLAIMED: usize = 48
export const OVERTAKEN: usize = 52
export const NOT_SPECULATED: usize = 56
// The tables (baseReader.ts).
export const TABLES: usize = 64 // 128 bytes
export const STATES: usize = 256 // u64 each

// Fields of TABLES: what a speculator's reader (baseReader.ts) must know to search the engine's tables.
export const TABLE_ACCOUNT_INDEX: usize = 0 // u32: address of the index (hashIndex.ts)
export const TABLE_SLOT_INDEX: usize = 4 // u32
export const TABLE_RECORDS: usize = 8 // u32
export const TABLE_RECORD_LIMIT: usize = 12 // u32
export const TABLE_CODE_RECORDS: usize = 16 // u32
export const TABLE_CODE_LIMIT: usize = 20 // u32
export const TABLE_CODE_BYTES: usize = 24 // u32
export const TABLE_CODE_BYTES_END: usize = 28 // u32
export const TABLE_ACCOUNT_SEEDS: usize = 32 // u64 each: 3
export const TABLE_SLOT_SEEDS: usize = 56 // u64 each: 4

/** Transactions that may be between the engine's position and the one farthest ahead: a power of two. */
export const WINDOW: u32 = 1024
/** Transactions that a speculator claims at once. */
export const GROUP: u32 = 8
/** Room for one speculation, and how many a speculator may have unread. No power of two: they would meet in the caches. */
export const ROOM_BYTES: usize = 16448
export const ROOMS: usize = 64

export const PHASE_RUNNING: u32 = 1
export const PHASE_DONE: u32 = 2 // the rest of the lower half is the speculation's address
export const PHASE_CLOSED: u32 = 3 // the engine executes it itself
export const PHASE_MASK: u32 = 7

/** Bytes of the region for so many speculators. */
export function speculationBytes(speculators: u32): usize {
  if (speculators == 0) return 0
  return STATES + (<usize>WINDOW << 3) + <usize>speculators * ROOMS * ROOM_BYTES
}

/** Where a speculator's rooms begin. */
export function roomsOf(region: usize, speculator: u32): usize {
  return region + STATES + (<usize>WINDOW << 3) + <usize>speculator * ROOMS * ROOM_BYTES
}

@inline
export function stateCell(region: usize, number: u32): usize {
  return region + STATES + (<usize>(number & (WINDOW - 1)) << 3)
}

@inline
export function stateWord(number: u32, low: u32): u64 {
  return (<u64>number << 32) | low
}

/** Number of the open batch's first transaction; 0: no batch is open to speculators. */
export function openNumber(region: usize): u32 {
  return (load<u32>(region, GENERATION) & 1) == 0 ? 0 : load<u32>(region, FIRST)
}

/**
 * The engine's claim of a transaction whose turn it is: the address of its speculation, or 0: the engine executes it, and
 * nobody else may hand in a result any more.
 */
export function takeSpeculation(region: usize, number: u32): usize {
  atomic.store<u32>(region + POSITION, number)
  const cell = stateCell(region, number)
  const closed = stateWord(number, PHASE_CLOSED)
  let patience = load<u32>(region, PATIENCE)
  let word = atomic.load<u64>(cell)
  while (true) {
    const isClaimed = <u32>(word >> 32) == number
    const phase = <u32>word & PHASE_MASK
    if (isClaimed && phase == PHASE_DONE) return <usize>(<u32>word & ~PHASE_MASK)
    if (isClaimed && phase == PHASE_CLOSED) return count(region + NOT_SPECULATED)
    if (isClaimed && patience != 0) {
      patience--
      word = atomic.load<u64>(cell)
      continue
    }
    const found = atomic.cmpxchg<u64>(cell, word, closed)
    if (found == word) return count(region + (isClaimed ? OVERTAKEN : UNCLAIMED))
    word = found
  }
}

/** One more; returns 0. */
export function count(cell: usize): usize {
  store<u32>(cell, load<u32>(cell) + 1)
  return 0
}

// A speculator's way into the memory of the engine that it works for: a kernel on that memory, called by the speculator's
// own engine and loop. It finds records in tables that are being changed meanwhile: what it reads may be torn, out of date
// or nonsense, which the engine notices when it validates. Therefore every loop and every address here has a bound.
//
// It must have no static memory: that would lie on the engine's.

import { cellRecord, homeCell, matchingCellBefore, nextCell } from './hashIndex'
import { hashOfAddress, hashOfSlot } from './hashing'
import { RUN_LIMIT } from './layout'
import { CODE_LENGTH, CODE_PTR, isAccountRecord, isSlotRecord } from './readerFields'
import {
  ENTRIES,
  ENTRIES_END,
  FIRST,
  GENERATION,
  GROUP,
  LEAD,
  LIMIT,
  NEXT,
  PHASE_CLOSED,
  PHASE_DONE,
  PHASE_RUNNING,
  POSITION,
  ROOM_BYTES,
  roomsOf,
  stateCell,
  stateWord,
  TABLE_ACCOUNT_INDEX,
  TABLE_ACCOUNT_SEEDS,
  TABLE_CODE_BYTES,
  TABLE_CODE_BYTES_END,
  TABLE_CODE_LIMIT,
  TABLE_CODE_RECORDS,
  TABLE_RECORD_LIMIT,
  TABLE_RECORDS,
  TABLE_SLOT_INDEX,
  TABLE_SLOT_SEEDS,
  TABLES,
} from './speculation'

/** No run of taken cells is longer, unless what is read is nonsense. */
const RUN_BYTES: usize = <usize>RUN_LIMIT << 2

let region: usize = 0
let rooms: usize = 0
let accountIndex: usize = 0
let slotIndex: usize = 0
let records: usize = 0
let recordLimit: u32 = 0
let codeRecords: usize = 0
let codeLimit: u32 = 0
let codeBytes: usize = 0
let codeBytesEnd: usize = 0
let a0: u64 = 0
let a1: u64 = 0
let a2: u64 = 0
let s0: u64 = 0
let s1: u64 = 0
let s2: u64 = 0
let s3: u64 = 0

/** `at` is the engine's speculation region. */
export function init(at: u32, speculator: u32): void {
  region = at
  rooms = roomsOf(at, speculator)
  const tables = at + TABLES
  accountIndex = load<u32>(tables, TABLE_ACCOUNT_INDEX)
  slotIndex = load<u32>(tables, TABLE_SLOT_INDEX)
  records = load<u32>(tables, TABLE_RECORDS)
  recordLimit = load<u32>(tables, TABLE_RECORD_LIMIT)
  codeRecords = load<u32>(tables, TABLE_CODE_RECORDS)
  codeLimit = load<u32>(tables, TABLE_CODE_LIMIT)
  codeBytes = load<u32>(tables, TABLE_CODE_BYTES)
  codeBytesEnd = load<u32>(tables, TABLE_CODE_BYTES_END)
  a0 = load<u64>(tables, TABLE_ACCOUNT_SEEDS)
  a1 = load<u64>(tables, TABLE_ACCOUNT_SEEDS + 8)
  a2 = load<u64>(tables, TABLE_ACCOUNT_SEEDS + 16)
  s0 = load<u64>(tables, TABLE_SLOT_SEEDS)
  s1 = load<u64>(tables, TABLE_SLOT_SEEDS + 8)
  s2 = load<u64>(tables, TABLE_SLOT_SEEDS + 16)
  s3 = load<u64>(tables, TABLE_SLOT_SEEDS + 24)
}

// ------------------------------------------------------------------------------------------------------- the state

/** Number of the account with the address of these limbs, or 0. */
export function findAccount(a: u64, b: u64, c: u32): u32 {
  const hash = hashOfAddress(a, b, c, a0, a1, a2)
  const home = homeCell(accountIndex, hash)
  for (let cell = nextMatch(home, home, hash); cell != 0; cell = nextMatch(nextCell(cell), home, hash)) {
    const id = cellRecord(cell)
    if (id < recordLimit && isAccountRecord(recordAddress(id), a, b, c)) return id
  }
  return 0
}

/** Number of the slot, or 0. */
export function findSlot(storageId: u32, a: u64, b: u64, c: u64, d: u64): u32 {
  const hash = hashOfSlot(storageId, a, b, c, d, s0, s1, s2, s3)
  const home = homeCell(slotIndex, hash)
  for (let cell = nextMatch(home, home, hash); cell != 0; cell = nextMatch(nextCell(cell), home, hash)) {
    const id = cellRecord(cell)
    if (id < recordLimit && isSlotRecord(recordAddress(id), storageId, a, b, c, d)) return id
  }
  return 0
}

/** The first cell from `cell` on, of the run that begins at `home`, that may be a record with the hash; or 0. */
@inline
function nextMatch(cell: usize, home: usize, hash: u32): usize {
  return matchingCellBefore(cell, home + RUN_BYTES, hash)
}

@inline
function recordAddress(id: u32): usize {
  return records + (<usize>id << 7)
}

/** Eight bytes of the record with a number that one of the two above gave. */
export function recordField(id: u32, offset: u32): u64 {
  return load<u64>(recordAddress(id) + offset)
}

/** A limb of a code's hash; of the empty code's where there is no code with this number. */
export function codeHash(codeId: u32, limb: u32): u64 {
  return load<u64>(codeAddress(codeId) + (<usize>limb << 3))
}

/** Length of a code; 0xffffffff: it lies nowhere. */
export function codeLength(codeId: u32): u32 {
  const from = <usize>load<u32>(codeAddress(codeId), CODE_PTR)
  const length = load<u32>(codeAddress(codeId), CODE_LENGTH)
  const isInside = from >= codeBytes && from < codeBytesEnd && <usize>length + 8 <= codeBytesEnd - from
  return isInside ? length : 0xffffffff
}

/** Eight bytes of a code, from an offset below its length on; zero where it lies nowhere. */
export function codeField(codeId: u32, offset: u32): u64 {
  const from = <usize>load<u32>(codeAddress(codeId), CODE_PTR)
  if (from < codeBytes || from >= codeBytesEnd || <usize>offset + 8 > codeBytesEnd - from) return 0
  return load<u64>(from + offset)
}

@inline
function codeAddress(codeId: u32): usize {
  return codeRecords + (<usize>(codeId < codeLimit ? codeId : 0) << 6)
}

// ------------------------------------------------------------------------------------------------------- the batch

/** What was read before it was read while the batch was the one of this number, if it still is. */
export function generation(): u32 {
  return atomic.add<u32>(region + GENERATION, 0) // also keeps what was read before in front of it
}

/** Number of the batch's first transaction; and where its entries are. */
export function firstNumber(): u32 {
  return load<u32>(region, FIRST)
}
export function entriesStart(): u32 {
  return load<u32>(region, ENTRIES)
}
export function entriesEnd(): u32 {
  return load<u32>(region, ENTRIES_END)
}
export function position(): u32 {
  return atomic.load<u32>(region + POSITION)
}

/** Claims the next GROUP of transactions, in order. Returns the first one's number, or 0 where the batch has no more. */
export function claimGroup(): u32 {
  while (true) {
    const next = atomic.load<u32>(region + NEXT)
    const left = atomic.load<u32>(region + POSITION) + load<u32>(region, LEAD)
    const first = <i32>(left - next) > 0 ? left : next
    if (<i32>(first - load<u32>(region, LIMIT)) >= 0) return 0
    if (atomic.cmpxchg<u32>(region + NEXT, next, first + GROUP) == next) return first
  }
}

/** False: the engine has it already, or it is past. */
export function claim(number: u32): bool {
  const cell = stateCell(region, number)
  const word = atomic.load<u64>(cell)
  if (<i32>(<u32>(word >> 32) - number) >= 0) return false
  return atomic.cmpxchg<u64>(cell, word, stateWord(number, PHASE_RUNNING)) == word
}

/** Hands in the speculation in a room. False: the engine did not wait. */
export function publish(number: u32, room: u32): bool {
  const running = stateWord(number, PHASE_RUNNING)
  return atomic.cmpxchg<u64>(stateCell(region, number), running, stateWord(number, room | PHASE_DONE)) == running
}

/** The engine is to execute it. */
export function giveUp(number: u32): void {
  const running = stateWord(number, PHASE_RUNNING)
  atomic.cmpxchg<u64>(stateCell(region, number), running, stateWord(number, PHASE_CLOSED))
}

/** Address of one of the speculator's rooms. */
export function roomAt(index: u32): u32 {
  return <u32>(rooms + <usize>index * ROOM_BYTES)
}

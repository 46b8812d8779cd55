// Finds records by the hash of their key: open addressing with linear probing, in cells of 4 bytes: 25 bits of record
// number (never 0), and above them the lowest 7 bits of the hash. A cell's home is what the hash's highest bits say, so
// that cells lie about in the order of their hashes. The whole hash of a record stands in a row of its own
// (recordHashes): small beside the records, so that moving cells costs little.
//
// It doubles in place, a few cells with each insertion. What has its old home at the boundary or above has moved to
// its new one (twice as far), the rest is where it was; the boundary comes down from the end. So a hash alone says where
// to look, nothing stops for long, and no second index takes room. Cells above are zero when the index reaches them: the
// memory is fresh, or resetIndex has cleared it.

import { LAST_CELLS_BYTES, lastCells, recordHashes, RUN_LIMIT } from './layout'

/** An index is this many bytes of static memory: the fields below. */
export const INDEX_BYTES: i32 = 32
const BASE: usize = 0 // u32: address of the cells
const SHIFT: usize = 4 // u32: a hash's home is hash >> shift
const BOUNDARY: usize = 8 // u32: old homes below it have not moved; 0: all have
const COUNT: usize = 12 // u32: taken cells
const CELLS: usize = 16 // u32: homes, a power of two
const MAX_CELLS: usize = 20 // u32

const CELL_SHIFT: usize = 2
const CELL_BYTES: usize = 4
const ID_BITS: u32 = 25
const ID_MASK: u32 = (1 << ID_BITS) - 1

const FIRST_CELLS: u32 = 4096

/** Cells that move with one insertion: doubling is over long before the next. */
const MOVED_CELLS: u32 = 32

/** Empties the index. It has room for `maxCells + RUN_LIMIT` cells at `base`; a power of two, at least FIRST_CELLS. */
export function resetIndex(index: usize, base: usize, maxCells: u32): void {
  const used = max(load<u32>(index, CELLS), FIRST_CELLS)
  memory.fill(base, 0, <usize>(used + RUN_LIMIT) << CELL_SHIFT)
  store<u32>(index, <u32>base, BASE)
  store<u32>(index, maxCells, MAX_CELLS)
  store<u32>(index, 0, COUNT)
  store<u32>(index, 0, BOUNDARY)
  setCells(index, FIRST_CELLS)
}

function setCells(index: usize, cells: u32): void {
  store<u32>(index, cells, CELLS)
  store<u32>(index, clz(cells) + 1, SHIFT)
}

/** Records in it. */
@inline
export function indexCount(index: usize): u32 {
  return load<u32>(index, COUNT)
}

/** Most records of an index with so many cells: 3/4 of them. */
export function indexLimit(maxCells: u32): u32 {
  return (maxCells / 4) * 3
}

/** Address of the cell where the search for a hash begins. */
@inline
export function homeCell(index: usize, hash: u32): usize {
  const home = hash >> load<u32>(index, SHIFT)
  const old = home >> 1
  return load<u32>(index, BASE) + (<usize>(old < load<u32>(index, BOUNDARY) ? old : home) << CELL_SHIFT)
}

/**
 * The first cell from `cell` on that may be a record with the hash; 0 where there is none. Where {@link cellRecord} has
 * another key, the search goes on at {@link nextCell}.
 */
@inline
export function matchingCell(cell: usize, hash: u32): usize {
  while (true) {
    const taken = load<u32>(cell)
    if (taken == 0) return 0
    if ((taken ^ (hash << ID_BITS)) <= ID_MASK) return cell
    cell += CELL_BYTES
  }
}

/** As {@link matchingCell}, where the index may be changed by others meanwhile: it looks no farther than to `end`. */
@inline
export function matchingCellBefore(cell: usize, end: usize, hash: u32): usize {
  for (; cell < end; cell += CELL_BYTES) {
    const taken = load<u32>(cell)
    if (taken == 0) return 0
    if ((taken ^ (hash << ID_BITS)) <= ID_MASK) return cell
  }
  return 0
}

@inline
export function nextCell(cell: usize): usize {
  return cell + CELL_BYTES
}

/** Number of the record that a taken cell names. */
@inline
export function cellRecord(cell: usize): u32 {
  return load<u32>(cell) & ID_MASK
}

/** Makes sure that one more record can be inserted; false when the index is as large as it may be, and full. */
export function makeRoom(index: usize): bool {
  if (load<u32>(index, BOUNDARY) != 0) moveCells(index)
  else if (load<u32>(index, COUNT) >= indexLimit(load<u32>(index, CELLS))) return beginDoubling(index)
  return true
}

/** Inserts a record that is not there, after {@link makeRoom}. */
export function insertCell(index: usize, hash: u32, id: u32): void {
  store<u32>(hashAt(id), hash)
  place(index, hash, (hash << ID_BITS) | id)
  store<u32>(index, load<u32>(index, COUNT) + 1, COUNT)
}

@inline
function hashAt(id: u32): usize {
  return recordHashes + (<usize>id << 2)
}

function place(index: usize, hash: u32, taken: u32): void {
  let cell = homeCell(index, hash)
  while (load<u32>(cell) != 0) cell += CELL_BYTES
  const end = load<u32>(index, BASE) + (<usize>(load<u32>(index, CELLS) + RUN_LIMIT - 1) << CELL_SHIFT)
  assert(cell < end) // the last cell stays zero: searches end there
  store<u32>(cell, taken)
}

function beginDoubling(index: usize): bool {
  const cells = load<u32>(index, CELLS)
  if (cells >= load<u32>(index, MAX_CELLS)) return false
  setCells(index, cells << 1)
  store<u32>(index, cells, BOUNDARY)
  return true
}

/**
 * Brings the boundary down by MOVED_CELLS. Of the cells above, with the run that has grown over the old boundary, each is
 * placed anew: most at their new homes; what had probed past the new boundary stays below or close to it.
 */
function moveCells(index: usize): void {
  const base = <usize>load<u32>(index, BASE)
  const boundary = load<u32>(index, BOUNDARY)
  let top = base + (<usize>boundary << CELL_SHIFT)
  while (load<u32>(top) != 0) top += CELL_BYTES
  if (boundary <= RUN_LIMIT) {
    store<u32>(index, 0, BOUNDARY)
    moveLastCells(index, base, top)
    return
  }
  const bottom = base + (<usize>(boundary - MOVED_CELLS) << CELL_SHIFT)
  store<u32>(index, boundary - MOVED_CELLS, BOUNDARY)
  fetchHashes(bottom, top)
  for (let cell = bottom; cell < top; cell += CELL_BYTES) {
    const taken = load<u32>(cell)
    if (taken == 0) continue
    store<u32>(cell, 0)
    place(index, load<u32>(hashAt(taken & ID_MASK)), taken)
  }
}

/** Reads the hashes of all cells' records, without a branch between: the processor waits for all of them at once. */
function fetchHashes(bottom: usize, top: usize): void {
  let sum: u32 = 0
  for (let cell = bottom; cell < top; cell += CELL_BYTES) sum += load<u32>(hashAt(load<u32>(cell) & ID_MASK))
  store<u32>(lastCells, sum) // so that the reading is not left out
}

/** The last cells would move among themselves: they are taken out first. */
function moveLastCells(index: usize, base: usize, top: usize): void {
  const bytes = top - base
  assert(bytes <= LAST_CELLS_BYTES)
  memory.copy(lastCells, base, bytes)
  memory.fill(base, 0, bytes)
  for (let cell: usize = lastCells; cell < lastCells + bytes; cell += CELL_BYTES) {
    const taken = load<u32>(cell)
    if (taken != 0) place(index, load<u32>(hashAt(taken & ID_MASK)), taken)
  }
}

/** Takes a record out that is there. */
export function removeCell(index: usize, id: u32): void {
  const hash = load<u32>(hashAt(id))
  const wanted = (hash << ID_BITS) | id
  let hole = homeCell(index, hash)
  while (load<u32>(hole) != wanted) hole += CELL_BYTES
  // Backward shift: whatever probed past the hole moves into it.
  for (let next = hole + CELL_BYTES; ; next += CELL_BYTES) {
    const taken = load<u32>(next)
    if (taken == 0) break
    if (homeCell(index, load<u32>(hashAt(taken & ID_MASK))) > hole) continue
    store<u32>(hole, taken)
    hole = next
  }
  store<u32>(hole, 0)
  store<u32>(index, load<u32>(index, COUNT) - 1, COUNT)
}

// Finds records by the hash of their key: open addressing with linear probing, in cells of 8 bytes: u32 record number
// (never 0) and u32 hash. A cell's home is what the hash's highest bits say, so that runs of taken cells lie in the
// order of their hashes, and no record is looked at while cells move.
//
// It doubles in place, a few cells with each insertion. What has its old home at the boundary or above has moved to
// its new one (twice as far), the rest is where it was; the boundary comes down run by run, from the end. So a hash
// alone says where to look, nothing stops for long, and no second index takes room. Cells above are zero when
// the index reaches them: the memory is fresh, or resetIndex has cleared it.

/** An index is this many bytes of static memory: the fields below. */
export const INDEX_BYTES: i32 = 32
const BASE: usize = 0 // u32: address of the cells
const SHIFT: usize = 4 // u32: a hash's home is hash >> shift
const BOUNDARY: usize = 8 // u32: old homes below it have not moved; 0: all have
const COUNT: usize = 12 // u32: taken cells
const CELLS: usize = 16 // u32: homes, a power of two
const MAX_CELLS: usize = 20 // u32

const CELL_SHIFT: usize = 3
const CELL_BYTES: usize = 8
const CELL_HASH: usize = 4

const FIRST_CELLS: u32 = 4096

/**
 * No run of taken cells is as long: at 3/4 full a run of 100 is rare and one of 1,000 is not to be met, as the hashes
 * are seeded. Cells behind the last home, for the run that begins there; also what moves at once in the end.
 */
export const RUN_LIMIT: u32 = 1024

/** Least cells that move with one insertion: doubling is over long before the next. */
const MOVED_CELLS: u32 = 16

const lastRun: usize = memory.data(16384, 16) // RUN_LIMIT cells and the run that ends there

/** Empties the index. It has room for `maxCells + RUN_LIMIT` cells at `base`; a power of two, at least FIRST_CELLS. */
export function resetIndex(index: usize, base: usize, maxCells: u32): void {
  const used = load<u32>(index, CELLS)
  const cells = max(used, FIRST_CELLS)
  memory.fill(base, 0, <usize>(cells + RUN_LIMIT) << CELL_SHIFT)
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
 * The first cell from `cell` on that has the hash; 0 where there is none. Its u32 is the record's number; the search
 * goes on at {@link nextCell} where that record has another key.
 */
@inline
export function matchingCell(cell: usize, hash: u32): usize {
  while (true) {
    const taken = load<u64>(cell)
    if (taken == 0) return 0
    if (<u32>(taken >> 32) == hash) return cell
    cell += CELL_BYTES
  }
}

@inline
export function nextCell(cell: usize): usize {
  return cell + CELL_BYTES
}

/** Makes sure that one more record can be inserted; false when the index is as large as it may be, and full. */
export function makeRoom(index: usize): bool {
  if (load<u32>(index, BOUNDARY) != 0) moveRuns(index)
  else if (load<u32>(index, COUNT) >= indexLimit(load<u32>(index, CELLS))) return beginDoubling(index)
  return true
}

/** Inserts a record that is not there, after {@link makeRoom}. */
export function insertCell(index: usize, hash: u32, id: u32): void {
  place(index, ((<u64>hash) << 32) | id)
  store<u32>(index, load<u32>(index, COUNT) + 1, COUNT)
}

function place(index: usize, taken: u64): void {
  let cell = homeCell(index, <u32>(taken >> 32))
  while (load<u64>(cell) != 0) cell += CELL_BYTES
  const end = load<u32>(index, BASE) + (<usize>(load<u32>(index, CELLS) + RUN_LIMIT - 1) << CELL_SHIFT)
  assert(cell < end) // the last cell stays zero: searches end there
  store<u64>(cell, taken)
}

function beginDoubling(index: usize): bool {
  const cells = load<u32>(index, CELLS)
  if (cells >= load<u32>(index, MAX_CELLS)) return false
  setCells(index, cells << 1)
  store<u32>(index, cells, BOUNDARY)
  return true
}

/** Moves the runs below the boundary, at least MOVED_CELLS cells, with what has grown over it. */
function moveRuns(index: usize): void {
  const base = <usize>load<u32>(index, BASE)
  const boundary = load<u32>(index, BOUNDARY)
  let top = base + (<usize>boundary << CELL_SHIFT)
  while (load<u64>(top) != 0) top += CELL_BYTES
  if (boundary <= RUN_LIMIT) {
    store<u32>(index, 0, BOUNDARY)
    moveLastRuns(index, base, top)
    return
  }
  let bottom = base + (<usize>(boundary - MOVED_CELLS) << CELL_SHIFT)
  while (load<u64>(bottom - CELL_BYTES) != 0) bottom -= CELL_BYTES
  store<u32>(index, <u32>((bottom - base) >> CELL_SHIFT), BOUNDARY)
  for (let cell = bottom; cell < top; cell += CELL_BYTES) {
    const taken = load<u64>(cell)
    if (taken == 0) continue
    store<u64>(cell, 0)
    place(index, taken)
  }
}

/** The last cells would move among themselves: they are taken out first. */
function moveLastRuns(index: usize, base: usize, top: usize): void {
  const bytes = top - base
  assert(bytes <= 2 * (<usize>RUN_LIMIT << CELL_SHIFT))
  memory.copy(lastRun, base, bytes)
  memory.fill(base, 0, bytes)
  for (let cell: usize = lastRun; cell < lastRun + bytes; cell += CELL_BYTES) {
    const taken = load<u64>(cell)
    if (taken != 0) place(index, taken)
  }
}

/** Takes a record out that is there. */
export function removeCell(index: usize, hash: u32, id: u32): void {
  let hole = homeCell(index, hash)
  while (load<u32>(hole) != id) hole += CELL_BYTES
  // Backward shift: whatever probed past the hole moves into it.
  for (let next = hole + CELL_BYTES; ; next += CELL_BYTES) {
    const taken = load<u64>(next)
    if (taken == 0) break
    if (homeCell(index, load<u32>(next, CELL_HASH)) > hole) continue
    store<u64>(hole, taken)
    hole = next
  }
  store<u64>(hole, 0)
  store<u32>(index, load<u32>(index, COUNT) - 1, COUNT)
}

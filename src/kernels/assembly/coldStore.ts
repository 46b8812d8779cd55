// A store of storage slots that an engine's own table has no room for: a kernel of its own with its own memory, which
// engines call from WebAssembly. Slots are small here, 68 bytes and 10.7 for the index; nothing but finding, adding and
// taking out is done with them.
//
// Open addressing with linear probing in cells of 8 bytes: the hash, and the record's number above it. A cell's home is
// what the hash's highest bits say, so that cells lie about in the order of their hashes; the table has its full size from
// the start, since the system gives only the memory that is written.
//
// Several stores form a chain, each with its own part of the hashes. A question goes on to the next until it finds the
// store whose part it is.

// @ts-ignore: decorator
@external("next", "limit")
declare function nextLimit(): u32
// @ts-ignore: decorator
@external("next", "reset")
declare function nextReset(): void
// @ts-ignore: decorator
@external("next", "find")
declare function nextFind(hash: u32, owner: u32, a: u64, b: u64, c: u64, d: u64): bool
// @ts-ignore: decorator
@external("next", "foundValue")
declare function nextFoundValue(limb: u32): u64
// @ts-ignore: decorator
@external("next", "removeFound")
declare function nextRemoveFound(): void
// @ts-ignore: decorator
@external("next", "put")
declare function nextPut(
  hash: u32, owner: u32, a: u64, b: u64, c: u64, d: u64, v0: u64, v1: u64, v2: u64, v3: u64,
): bool
// @ts-ignore: decorator
@external("next", "beginScan")
declare function nextBeginScan(): void
// @ts-ignore: decorator
@external("next", "scanTo")
declare function nextScanTo(owner: u32): bool
// @ts-ignore: decorator
@external("next", "scannedKey")
declare function nextScannedKey(limb: u32): u64

const KEY: usize = 0 // four limbs; the first is the next free record's number where OWNER is 0
const VALUE: usize = 32 // four limbs
const OWNER: usize = 64 // u32: number of the account; 0: a free record
const RECORD_BYTES: usize = 68

const HASH: usize = 0 // u32
const RECORD: usize = 4 // u32: number of the record, 0: nothing is here
const CELL_BYTES: usize = 8

/** Cells behind the last home, for the run that begins there: see RUN_LIMIT in layout.ts. */
const RUN_LIMIT: usize = 1024

let part: u32 = 0
let parts: u32 = 1
let cells: usize = 0
let homes: u32 = 0
let records: usize = 0
let recordLimit: u32 = 0

let count: u32 = 0
/** The highest number that a record ever had. */
let lastRecord: u32 = 0
let freeHead: u32 = 0
/** Cell of the slot that {@link find} found last; 0: it was in a store further on. */
let foundCell: usize = 0
/** Where the scan stands; beyond the last record: further on. */
let scanned: u32 = 0

/** Lays out `total` bytes of memory. This store has the part with this number, from 0 on, of all hashes. */
export function init(total: u32, partNumber: u32, partCount: u32): void {
  part = partNumber
  parts = partCount
  cells = (__heap_base + 4095) & ~4095
  // Three quarters of the cells can be taken.
  const four = (<usize>total - cells - RUN_LIMIT * CELL_BYTES - RECORD_BYTES) / (4 * CELL_BYTES + 3 * RECORD_BYTES)
  homes = <u32>four * 4
  recordLimit = <u32>four * 3
  records = cells + (<usize>homes + RUN_LIMIT) * CELL_BYTES
}

/** Slots that this store and the next ones hold at most. */
export function limit(): u32 {
  return recordLimit + nextLimit()
}

export function reset(): void {
  if (lastRecord != 0) memory.fill(cells, 0, (<usize>homes + RUN_LIMIT) * CELL_BYTES)
  count = 0
  lastRecord = 0
  freeHead = 0
  nextReset()
}

@inline
function isMine(hash: u32): bool {
  return (hash & 0xffff) % parts == part
}

@inline
function homeCell(hash: u32): usize {
  return cells + (<usize>((<u64>hash * homes) >> 32)) * CELL_BYTES
}

@inline
function recordAt(id: u32): usize {
  return records + <usize>id * RECORD_BYTES
}

/** Whether the owner's slot with this key is here; {@link foundValue} and {@link removeFound} are then about it. */
export function find(hash: u32, owner: u32, a: u64, b: u64, c: u64, d: u64): bool {
  foundCell = 0
  if (!isMine(hash)) return nextFind(hash, owner, a, b, c, d)
  for (let cell = homeCell(hash); load<u32>(cell, RECORD) != 0; cell += CELL_BYTES) {
    if (load<u32>(cell, HASH) != hash || !isRecord(recordAt(load<u32>(cell, RECORD)), owner, a, b, c, d)) continue
    foundCell = cell
    return true
  }
  return false
}

@inline
function isRecord(record: usize, owner: u32, a: u64, b: u64, c: u64, d: u64): bool {
  return (
    load<u64>(record, KEY) == a &&
    load<u64>(record, KEY + 8) == b &&
    load<u64>(record, KEY + 16) == c &&
    load<u64>(record, KEY + 24) == d &&
    load<u32>(record, OWNER) == owner
  )
}

export function foundValue(limb: u32): u64 {
  if (foundCell == 0) return nextFoundValue(limb)
  return load<u64>(recordAt(load<u32>(foundCell, RECORD)) + (<usize>limb << 3), VALUE)
}

/** Takes the slot out that was found last. */
export function removeFound(): void {
  if (foundCell == 0) {
    nextRemoveFound()
    return
  }
  const id = load<u32>(foundCell, RECORD)
  const record = recordAt(id)
  store<u32>(record, 0, OWNER)
  store<u32>(record, freeHead, KEY)
  freeHead = id
  count--
  removeCell(foundCell)
}

/** Backward shift: whatever probed past the hole moves into it. */
function removeCell(hole: usize): void {
  for (let next = hole + CELL_BYTES; load<u32>(next, RECORD) != 0; next += CELL_BYTES) {
    if (homeCell(load<u32>(next, HASH)) > hole) continue
    store<u64>(hole, load<u64>(next))
    hole = next
  }
  store<u64>(hole, 0)
}

/** Adds a slot that is not here. False: the store whose part it is is full. */
export function put(
  hash: u32, owner: u32, a: u64, b: u64, c: u64, d: u64, v0: u64, v1: u64, v2: u64, v3: u64,
): bool {
  if (!isMine(hash)) return nextPut(hash, owner, a, b, c, d, v0, v1, v2, v3)
  if (count == recordLimit) return false
  const id = takeNumber()
  const record = recordAt(id)
  store<u64>(record, a, KEY)
  store<u64>(record, b, KEY + 8)
  store<u64>(record, c, KEY + 16)
  store<u64>(record, d, KEY + 24)
  store<u64>(record, v0, VALUE)
  store<u64>(record, v1, VALUE + 8)
  store<u64>(record, v2, VALUE + 16)
  store<u64>(record, v3, VALUE + 24)
  store<u32>(record, owner, OWNER)
  insertCell(hash, id)
  return true
}

function takeNumber(): u32 {
  count++
  const id = freeHead
  if (id == 0) return ++lastRecord
  freeHead = load<u32>(recordAt(id), KEY)
  return id
}

function insertCell(hash: u32, id: u32): void {
  let cell = homeCell(hash)
  while (load<u32>(cell, RECORD) != 0) cell += CELL_BYTES
  assert(cell < records - CELL_BYTES) // the last cell stays zero: searches end there
  store<u32>(cell, hash, HASH)
  store<u32>(cell, id, RECORD)
}

// Scanning: all slots of an owner, by a look at every record. What has been passed may be taken out meanwhile.

export function beginScan(): void {
  scanned = 0
  nextBeginScan()
}

/** Goes on to the owner's next slot, whose key {@link scannedKey} then gives; false: there are no more. */
export function scanTo(owner: u32): bool {
  while (scanned < lastRecord) {
    scanned++
    if (load<u32>(recordAt(scanned), OWNER) == owner) return true
  }
  scanned = lastRecord + 1
  return nextScanTo(owner)
}

export function scannedKey(limb: u32): u64 {
  return scanned > lastRecord ? nextScannedKey(limb) : load<u64>(recordAt(scanned) + (<usize>limb << 3), KEY)
}

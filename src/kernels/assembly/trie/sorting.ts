// Sorting of changes: by the first 64 bits of what they are ordered by, then by their keys.

/** An entry: the 64 bits, and the number of what they belong to. */
export const ENTRY_BYTES: u32 = 16
export const ENTRY_BITS: usize = 0 // u64
export const ENTRY_INDEX: usize = 8 // u32

/** For each of the eight bytes, how many entries have each value. */
const counts: usize = memory.data(8 * 256 * 4, 16)

/** Below, insertion is faster than eight passes of counting. */
const FEW: u32 = 48

/**
 * Sorts entries, stably; entries of equal bits by the 32 bytes at `keys + 32 * index`.
 *
 * @param spare - as many bytes again.
 * @returns where the sorted entries are: at `entries` or `spare`.
 */
export function sortEntries(entries: usize, spare: usize, count: u32, keys: usize): usize {
  if (count > FEW) entries = sortByBits(entries, spare, count)
  insertInOrder(entries, count, keys)
  return entries
}

/** Least significant byte first; bytes that all entries share are passed over. */
function sortByBits(entries: usize, spare: usize, count: u32): usize {
  memory.fill(counts, 0, 8 * 256 * 4)
  const end = entries + <usize>count * ENTRY_BYTES
  for (let entry = entries; entry < end; entry += ENTRY_BYTES) {
    let bits = load<u64>(entry)
    for (let table = counts; table < counts + 8 * 1024; table += 1024) {
      const cell = table + (<usize>(bits & 255) << 2)
      store<u32>(cell, load<u32>(cell) + 1)
      bits >>= 8
    }
  }
  for (let byte: u32 = 0; byte < 8; byte++) {
    const table = counts + <usize>byte * 1024
    if (load<u32>(table + (<usize>((load<u64>(entries) >> (byte << 3)) & 255) << 2)) == count) continue
    distribute(entries, spare, count, byte, table)
    const sorted = spare
    spare = entries
    entries = sorted
  }
  return entries
}

function distribute(entries: usize, output: usize, count: u32, byte: u32, table: usize): void {
  let place = output
  for (let cell = table; cell < table + 1024; cell += 4) {
    const bytes = load<u32>(cell) * ENTRY_BYTES
    store<u32>(cell, <u32>place)
    place += bytes
  }
  const shift: u64 = byte << 3
  const end = entries + <usize>count * ENTRY_BYTES
  for (let entry = entries; entry < end; entry += ENTRY_BYTES) {
    const cell = table + (<usize>((load<u64>(entry) >> shift) & 255) << 2)
    const to: usize = load<u32>(cell)
    store<v128>(to, load<v128>(entry))
    store<u32>(cell, <u32>to + ENTRY_BYTES)
  }
}

/** Insertion sort; of entries sorted by their bits only those of equal bits move. */
function insertInOrder(entries: usize, count: u32, keys: usize): void {
  const end = entries + <usize>count * ENTRY_BYTES
  for (let next = entries + ENTRY_BYTES; next < end; next += ENTRY_BYTES) {
    let place = next
    const entry = load<v128>(next)
    while (place > entries && isBefore(next, place - ENTRY_BYTES, keys)) place -= ENTRY_BYTES
    if (place == next) continue
    memory.copy(place + ENTRY_BYTES, place, next - place)
    store<v128>(place, entry)
  }
}

// @ts-ignore: decorator
@inline
function isBefore(a: usize, b: usize, keys: usize): bool {
  const bitsA = load<u64>(a)
  const bitsB = load<u64>(b)
  return bitsA != bitsB
    ? bitsA < bitsB
    : isLess(keys + (<usize>load<u32>(a, ENTRY_INDEX) << 5), keys + (<usize>load<u32>(b, ENTRY_INDEX) << 5))
}

function isLess(a: usize, b: usize): bool {
  for (let offset: usize = 0; offset < 32; offset += 8) {
    const left = bswap<u64>(load<u64>(a + offset))
    const right = bswap<u64>(load<u64>(b + offset))
    if (left != right) return left < right
  }
  return false
}

/*
 * Memory of one trie kernel: fixed regions first, then the arena, from which all nodes come.
 *
 * Nodes have sizes of whole 16 bytes. Each size has its own slabs and a list of free places, linked through their first
 * four bytes; slabs stay with their size. Slabs start at multiples of 64 KiB, so nodes of 64 bytes fill whole cache lines.
 */

import { fail, NODES_FULL, SCRATCH_FULL } from './failure'
import { makeRoom } from './versions'

const SLAB_BYTES: usize = 1 << 16
/** The smallest node; what is left of a split place may be too small for any. */
const SMALLEST: u32 = 64
/** Sizes run to 592 bytes, a branch of sixteen. */
const SIZES: u32 = 38

/** By size / 16: first free place; next place of the slab in use and where it ends. */
const freeHeads: usize = memory.data(38 * 4, 16)
const slabNext: usize = memory.data(38 * 4, 16)
const slabEnds: usize = memory.data(38 * 4, 16)

let arenaNext: usize = 0
let arenaEnd: usize = 0
/** Bytes in nodes, those of kept states too. */
let used: u64 = 0

/** Changes and lists of one call. */
export let scratch: usize = 0
export let scratchEnd: usize = 0
let scratchNext: usize = 0

/** Lays out `total` bytes, of which `scratchBytes` are for the changes and lists of one call. */
export function layOutMemory(from: usize, total: usize, scratchBytes: usize): void {
  scratch = (from + 63) & ~63
  scratchEnd = scratch + scratchBytes
  arenaNext = (scratchEnd + SLAB_BYTES - 1) & ~(SLAB_BYTES - 1)
  arenaEnd = total
  used = 0
  memory.fill(freeHeads, 0, SIZES * 4)
  memory.fill(slabNext, 0, SIZES * 4)
  memory.fill(slabEnds, 0, SIZES * 4)
}

export function usedBytes(): u64 {
  return used
}

/** Room for a node of `bytes`, a multiple of 16. Its content is undefined. */
export function allocate(bytes: u32): usize {
  used += bytes
  const size = bytes >> 4 << 2
  const head = load<u32>(freeHeads + size)
  if (head != 0) {
    store<u32>(freeHeads + size, load<u32>(head))
    return head
  }
  const place = load<u32>(slabNext + size)
  if (place + bytes <= load<u32>(slabEnds + size)) {
    store<u32>(slabNext + size, place + bytes)
    return place
  }
  return allocateSlow(bytes)
}

function allocateSlow(bytes: u32): usize {
  const size = bytes >> 4 << 2
  if (arenaEnd - arenaNext >= SLAB_BYTES) {
    const place = arenaNext
    arenaNext += SLAB_BYTES
    store<u32>(slabNext + size, <u32>place + bytes)
    store<u32>(slabEnds + size, <u32>(place + SLAB_BYTES))
    return place
  }
  while (load<u32>(freeHeads + size) == 0 && makeRoom()) {}
  const head = load<u32>(freeHeads + size)
  if (head == 0) return split(bytes)
  store<u32>(freeHeads + size, load<u32>(head))
  return head
}

/** Part of a larger free place, when all else is used up. */
function split(bytes: u32): usize {
  for (let larger: u32 = (bytes >> 4) + 1; larger < SIZES; larger++) {
    const head = load<u32>(freeHeads + (larger << 2))
    if (head == 0) continue
    store<u32>(freeHeads + (larger << 2), load<u32>(head))
    const rest = (larger << 4) - bytes
    if (rest >= SMALLEST) addFree(head + bytes, rest)
    return head
  }
  fail(NODES_FULL)
  return 0
}

/** Gives a node's place back. */
export function free(place: usize, bytes: u32): void {
  used -= bytes
  addFree(place, bytes)
}

// @ts-ignore: decorator
@inline
function addFree(place: usize, bytes: u32): void {
  const size = bytes >> 4 << 2
  store<u32>(place, load<u32>(freeHeads + size))
  store<u32>(freeHeads + size, <u32>place)
}

/** Starts a call's scratch behind what the host has put at its start. */
export function resetScratch(taken: u32): void {
  scratchNext = scratch + ((taken + 63) & ~63)
}

/** `bytes` of scratch, until the next reset. */
export function takeScratch(bytes: usize): usize {
  const place = scratchNext
  if (bytes > scratchEnd - place) fail(SCRATCH_FULL)
  scratchNext = (place + bytes + 63) & ~63
  return place
}

/** Where free scratch starts. */
export function scratchTop(): usize {
  return scratchNext
}

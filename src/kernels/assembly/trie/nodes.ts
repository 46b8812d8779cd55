/*
 * Nodes of the tries (Yellow Paper appendix D), as they lie in memory.
 *
 * A reference is a node's address, a multiple of 16, with its kind in the low bits; 0 is no node. There are no
 * extension nodes: a branch knows the depth at which it branches, in nibbles from the root, and the path between its
 * parent and that depth is that of any key below. Leaves hold their whole key. So a node doesn't change when what is
 * above it does, and no path is ever cut out or joined.
 *
 * A branch has a row of references and a row of hashes, one of each per child, in order of nibble: finding a way down
 * reads one or two cache lines, and hashing reads one piece of memory. A child whose RLP is shorter than 32 bytes has
 * that in place of its hash (its own head tells the length).
 */

import { copyBytes } from '../bytes'
import { allocate, free } from './memory'
import { epoch, isOwned, keepGarbage } from './versions'

export const KIND_MASK: u32 = 15
export const BRANCH: u32 = 0
/** A key and the bytes of its value. */
export const VALUE_LEAF: u32 = 1
/** An account without code and storage, whose balance has at most 16 bytes. */
export const SIMPLE_ACCOUNT: u32 = 2
export const FULL_ACCOUNT: u32 = 3

/** Of every node: epoch in which it was made; in garbage: the next reference. */
export const EPOCH: usize = 0

export const BRANCH_PRESENT: usize = 4 // u16, by nibble
export const BRANCH_DIRTY: usize = 6 // u16, by nibble: the child's hash is not computed
export const BRANCH_EMBEDDED: usize = 8 // u16, by nibble: RLP of the child instead of its hash
export const BRANCH_DEPTH: usize = 10 // u8
export const BRANCH_CAPACITY: usize = 11 // u8
export const BRANCH_REFERENCES: usize = 16

export const LEAF_LENGTH: usize = 4 // u8, of a value
export const LEAF_STORAGE_DIRTY: usize = 5 // u8, of a full account: its storage root is not computed
export const LEAF_KEY: usize = 8
export const LEAF_VALUE: usize = 40

export const ACCOUNT_NONCE: usize = 40 // u64
export const ACCOUNT_BALANCE: usize = 48 // simple: 16 bytes, full: 32 bytes, big-endian
export const ACCOUNT_CODE_HASH: usize = 80
export const ACCOUNT_STORAGE_ROOT: usize = 112
export const ACCOUNT_STORAGE: usize = 144 // u32, reference
export const SIMPLE_ACCOUNT_BYTES: u32 = 64
export const FULL_ACCOUNT_BYTES: u32 = 160

// @ts-ignore: decorator
@inline
export function kindOf(reference: u32): u32 {
  return reference & KIND_MASK
}

// @ts-ignore: decorator
@inline
export function addressOf(reference: u32): usize {
  return reference & ~KIND_MASK
}

/** How many lower nibbles a branch has. */
// @ts-ignore: decorator
@inline
export function rankOf(present: u32, nibble: u32): u32 {
  return popcnt<u32>(present & ((1 << nibble) - 1))
}

// @ts-ignore: decorator
@inline
export function referenceCell(branch: usize, rank: u32): usize {
  return branch + BRANCH_REFERENCES + (<usize>rank << 2)
}

// @ts-ignore: decorator
@inline
export function hashCell(branch: usize, rank: u32): usize {
  return branch + BRANCH_REFERENCES + (<usize>load<u8>(branch, BRANCH_CAPACITY) << 2) + (<usize>rank << 5)
}

// @ts-ignore: decorator
@inline
export function nibbleOf(key: usize, depth: u32): u32 {
  const byte = <u32>load<u8>(key + (depth >> 1))
  return (depth & 1) == 0 ? byte >> 4 : byte & 15
}

/** First nibble at which two keys differ; 64 if they are equal. */
export function sharedNibbles(a: usize, b: usize): u32 {
  for (let offset: u32 = 0; offset < 32; offset += 8) {
    const difference = load<u64>(a + offset) ^ load<u64>(b + offset)
    if (difference != 0) return (offset << 1) + <u32>(clz<u64>(bswap<u64>(difference)) >> 2)
  }
  return 64
}

// @ts-ignore: decorator
@inline
export function equalKeys(a: usize, b: usize): bool {
  const low = v128.xor(load<v128>(a), load<v128>(b))
  const high = v128.xor(load<v128>(a, 16), load<v128>(b, 16))
  return !v128.any_true(v128.or(low, high))
}

// @ts-ignore: decorator
@inline
export function copy32(to: usize, from: usize): void {
  store<v128>(to, load<v128>(from))
  store<v128>(to, load<v128>(from, 16), 16)
}

/** Some key below a node: that of its leftmost leaf. */
export function someKey(reference: u32): usize {
  while (kindOf(reference) == BRANCH) reference = load<u32>(reference, BRANCH_REFERENCES)
  return addressOf(reference) + LEAF_KEY
}

// WebAssembly has no prefetch. A load whose value nobody waits for does the same, if no compiler leaves it out.

let touched: u32 = 0

/** Brings the start of a node nearer. */
// @ts-ignore: decorator
@inline
export function touch(reference: u32): void {
  // Without a node that reads address 0, which is as good as any other.
  touched += load<u32>(addressOf(reference))
}

/** Brings the rest of a branch nearer, which hashing reads. */
// @ts-ignore: decorator
@inline
export function touchBranch(branch: usize): void {
  const end = branch + branchBytes(popcnt<u32>(load<u16>(branch, BRANCH_PRESENT)))
  for (let line = branch + 64; line < end; line += 64) touched += load<u32>(line)
}

// ------------------------------------------------------------------------------------------------------------ sizes

/** Places for children in a branch that has `count`: up to 8 exactly, then even numbers. */
// @ts-ignore: decorator
@inline
function capacityFor(count: u32): u32 {
  return count <= 8 ? count : (count + 1) & ~1
}

// @ts-ignore: decorator
@inline
function branchBytes(capacity: u32): u32 {
  return (16 + capacity * 36 + 15) & ~15
}

// @ts-ignore: decorator
@inline
export function valueLeafBytes(length: u32): u32 {
  return max<u32>((40 + length + 15) & ~15, 64)
}

function bytesOf(reference: u32): u32 {
  const kind = kindOf(reference)
  if (kind == BRANCH) return branchBytes(load<u8>(reference, BRANCH_CAPACITY))
  if (kind == VALUE_LEAF) return valueLeafBytes(load<u8>(addressOf(reference), LEAF_LENGTH))
  return kind == SIMPLE_ACCOUNT ? SIMPLE_ACCOUNT_BYTES : FULL_ACCOUNT_BYTES
}

export function freeNode(reference: u32): void {
  free(addressOf(reference), bytesOf(reference))
}

/** A node that the working state needs no longer: freed, or left to the newest kept state if that shares it. */
export function release(reference: u32): void {
  if (isOwned(addressOf(reference))) freeNode(reference)
  else keepGarbage(reference, bytesOf(reference))
}

// --------------------------------------------------------------------------------------------------------- branches

/** A branch whose children are still to come: their references are 0, all are dirty. */
export function newBranch(depth: u32, present: u32): usize {
  const count = popcnt<u32>(present)
  const capacity = capacityFor(count)
  const branch = allocate(branchBytes(capacity))
  store<u32>(branch, epoch, EPOCH)
  store<u16>(branch, <u16>present, BRANCH_PRESENT)
  store<u16>(branch, <u16>present, BRANCH_DIRTY)
  store<u16>(branch, 0, BRANCH_EMBEDDED)
  store<u8>(branch, <u8>depth, BRANCH_DEPTH)
  store<u8>(branch, <u8>capacity, BRANCH_CAPACITY)
  for (let rank: u32 = 0; rank < count; rank++) store<u32>(referenceCell(branch, rank), 0)
  return branch
}

/**
 * The branch in `cell`, ready to be changed: not shared with a kept state, and with a place for each nibble of `added`
 * (reference 0). It may have moved.
 */
export function ownBranch(cell: usize, added: u32): usize {
  const old: usize = load<u32>(cell)
  const present = <u32>load<u16>(old, BRANCH_PRESENT)
  const count = popcnt<u32>(present | added)
  const isMine = isOwned(old)
  if (isMine && count <= <u32>load<u8>(old, BRANCH_CAPACITY)) {
    if (added != 0) spread(old, old, present, added)
    return old
  }
  const branch = moveBranch(old, capacityFor(count), added)
  store<u32>(cell, <u32>branch)
  release(<u32>old)
  return branch
}

function moveBranch(old: usize, capacity: u32, added: u32): usize {
  const branch = allocate(branchBytes(capacity))
  store<v128>(branch, load<v128>(old))
  store<u32>(branch, epoch, EPOCH)
  store<u8>(branch, <u8>capacity, BRANCH_CAPACITY)
  const present = <u32>load<u16>(old, BRANCH_PRESENT)
  if (added != 0) spread(old, branch, present, added)
  else {
    const count = popcnt<u32>(present)
    copyBytes(referenceCell(branch, 0), referenceCell(old, 0), count << 2)
    copyBytes(hashCell(branch, 0), hashCell(old, 0), count << 5)
  }
  return branch
}

/** Moves children from `old` to `branch` (which may be the same), with places between them for the nibbles of `added`. */
function spread(old: usize, branch: usize, present: u32, added: u32): void {
  const next = present | added
  store<u16>(branch, <u16>next, BRANCH_PRESENT)
  let from = popcnt<u32>(present)
  let rank = popcnt<u32>(next)
  const oldHashes = hashCell(old, 0)
  const hashes = hashCell(branch, 0)
  let left = next
  // From the last to the first: in place, a child never moves down.
  while (left != 0) {
    const bit: u32 = 1 << (31 - clz<u32>(left))
    left ^= bit
    rank--
    if ((added & bit) != 0) store<u32>(referenceCell(branch, rank), 0)
    else {
      from--
      store<u32>(referenceCell(branch, rank), load<u32>(referenceCell(old, from)))
      copy32(hashes + (<usize>rank << 5), oldHashes + (<usize>from << 5))
    }
  }
}

/**
 * Takes the children whose reference is 0 out of the branch in `cell`, which is owned. With one child left, that child
 * takes its place; with none, nothing does.
 */
export function settleBranch(cell: usize): void {
  const branch: usize = load<u32>(cell)
  const present = <u32>load<u16>(branch, BRANCH_PRESENT)
  let kept: u32 = 0
  let rank: u32 = 0
  for (let left = present; left != 0; left &= left - 1) {
    if (load<u32>(referenceCell(branch, rank++)) != 0) kept |= left & (0 - left)
  }
  if (kept == present) return
  const count = popcnt<u32>(kept)
  if (count >= 2) return narrow(cell, branch, present, kept)
  const last = count == 0 ? 0 : load<u32>(referenceCell(branch, rankOf(present, ctz<u32>(kept))))
  store<u32>(cell, last)
  freeNode(<u32>branch)
}

function narrow(cell: usize, branch: usize, present: u32, kept: u32): void {
  const hashes = hashCell(branch, 0)
  let to: u32 = 0
  let from: u32 = 0
  for (let left = present; left != 0; left &= left - 1) {
    if ((kept & left & (0 - left)) != 0) {
      if (to != from) {
        store<u32>(referenceCell(branch, to), load<u32>(referenceCell(branch, from)))
        copy32(hashes + (<usize>to << 5), hashes + (<usize>from << 5))
      }
      to++
    }
    from++
  }
  store<u16>(branch, <u16>kept, BRANCH_PRESENT)
  store<u16>(branch, load<u16>(branch, BRANCH_DIRTY) & <u16>kept, BRANCH_DIRTY)
  store<u16>(branch, load<u16>(branch, BRANCH_EMBEDDED) & <u16>kept, BRANCH_EMBEDDED)
  const capacity = capacityFor(to)
  // Half empty: a smaller one will do.
  if (capacity * 2 > <u32>load<u8>(branch, BRANCH_CAPACITY)) return
  store<u32>(cell, <u32>moveBranch(branch, capacity, 0))
  freeNode(<u32>branch)
}

/*
 * Applies sorted changes to tries: down from the roots, level by level, then up again.
 *
 * The way down handles all places of one level before those of the next. They don't depend on each other, so that the
 * processor waits for the memory of many at once; a place a few steps ahead is touched beforehand. Branches are made or
 * widened on the way down. On the way up, those that lost children settle, and hashes are computed from a depth on that
 * is seldom changed twice.
 */

import { copyBytes } from '../bytes'
import { hashChildren } from './hashing'
import { flushHashes } from '../hashQueue'
import {
  addressOf,
  BRANCH,
  BRANCH_DEPTH,
  BRANCH_DIRTY,
  BRANCH_PRESENT,
  copy32,
  EPOCH,
  equalKeys,
  kindOf,
  LEAF_KEY,
  LEAF_LENGTH,
  LEAF_VALUE,
  newBranch,
  nibbleOf,
  ownBranch,
  rankOf,
  referenceCell,
  release,
  settleBranch,
  sharedNibbles,
  someKey,
  touch,
  touchBranch,
  VALUE_LEAF,
  valueLeafBytes,
} from './nodes'
import { createAccount, removeAccount, updateAccount } from './accountLeaves'
import { CHANGE_BYTES, CHANGE_VALUE, CHANGE_FLAGS, CHANGE_LENGTH, REMOVES, CREATES } from './change'
import { allocate, takeScratch } from './memory'
import { epoch, isOwned } from './versions'

/** Changes that go down together: what they touch then mostly stays in the second-level cache. */
const GROUP: u32 = 2048
/** Places that a group can come by: each change at one place of each of the 65 depths, with both cells of a fork. */
const QUEUE_PLACES: u32 = GROUP * 66

/** A place: cell of a reference, changes from and to, depth of entry. */
const PLACE_BYTES: u32 = 16
const PLACE_FROM: usize = 4
const PLACE_TO: usize = 8
const PLACE_DEPTH: usize = 12

/** Bytes of the places whose nodes are fetched together. */
const TOGETHER: usize = 32 * 16

let queue: usize = 0
let queueEnd: usize = 0
let changes: usize = 0
let inAccounts: bool = false
/** Something was removed: branches may have to settle. */
let removed: bool = false
/** Starts of levels in the queue, one more than there are. */
const levels: usize = memory.data(68 * 4, 16)

export const QUEUE_BYTES: u32 = QUEUE_PLACES * PLACE_BYTES

/** Takes the queue's room, once a call. */
export function prepareUpdate(): void {
  queue = takeScratch(QUEUE_BYTES)
}

/** Applies the changes `from` to `to` of the account trie (or of a trie of values), whose root reference is in `cell`. */
export function updateTrie(list: usize, cell: usize, from: u32, to: u32, areAccounts: bool, hashFrom: u32): void {
  changes = list
  inAccounts = areAccounts
  for (; from < to; from += GROUP) {
    queueEnd = queue
    addPlace(cell, from, min<u32>(from + GROUP, to), 0)
    updateGroup(hashFrom)
  }
}

/** Starts a list of tries; follow with addTrie, and finishTries. */
export function startTries(list: usize): void {
  changes = list
  inAccounts = false
  queueEnd = queue
  waitingChanges = 0
}

let waitingChanges: u32 = 0

/** Changes of one more storage trie. Many small tries go down together, a large one in groups. */
export function addTrie(cell: usize, from: u32, to: u32, hashFrom: u32): void {
  while (waitingChanges + (to - from) > GROUP) {
    const part = GROUP - waitingChanges
    if (part != 0) addPlace(cell, from, from + part, 0)
    from += part
    finishTries(hashFrom)
  }
  if (from == to) return
  addPlace(cell, from, to, 0)
  waitingChanges += to - from
}

export function finishTries(hashFrom: u32): void {
  updateGroup(hashFrom)
  queueEnd = queue
  waitingChanges = 0
}

function updateGroup(hashFrom: u32): void {
  removed = false
  let levelCount: u32 = 0
  let place = queue
  while (place < queueEnd) {
    store<u32>(levels + (<usize>(levelCount++) << 2), <u32>place)
    const levelEnd = queueEnd
    while (place < levelEnd) {
      const end = min<usize>(place + TOGETHER, levelEnd)
      touchNodes(place, end)
      for (; place < end; place += PLACE_BYTES) updatePlace(place)
    }
  }
  store<u32>(levels + (<usize>levelCount << 2), <u32>queueEnd)
  for (let level = levelCount; level-- > 0; ) finishLevel(level, hashFrom)
}

/** Waits for the nodes of some places at once: first where each starts, then the rest of branches. */
function touchNodes(from: usize, to: usize): void {
  for (let place = from; place < to; place += PLACE_BYTES) touch(load<u32>(load<u32>(place)))
  for (let place = from; place < to; place += PLACE_BYTES) {
    const reference = load<u32>(load<u32>(place))
    if (reference != 0 && kindOf(reference) == BRANCH) touchBranch(reference)
  }
}

function finishLevel(level: u32, hashFrom: u32): void {
  const end: usize = load<u32>(levels + (<usize>level << 2), 4)
  for (let place: usize = load<u32>(levels + (<usize>level << 2)); place < end; place += PLACE_BYTES) {
    const cell: usize = load<u32>(place)
    if (kindOf(load<u32>(cell)) != BRANCH || load<u32>(cell) == 0) continue
    if (removed) {
      settleBranch(cell)
      if (kindOf(load<u32>(cell)) != BRANCH || load<u32>(cell) == 0) continue
    }
    const branch: usize = load<u32>(cell)
    if (<u32>load<u8>(branch, BRANCH_DEPTH) >= hashFrom) hashChildren(branch)
  }
  flushHashes()
}

// @ts-ignore: decorator
@inline
function addPlace(cell: usize, from: u32, to: u32, depth: u32): void {
  const place = queueEnd
  store<u32>(place, <u32>cell)
  store<u32>(place, from, PLACE_FROM)
  store<u32>(place, to, PLACE_TO)
  store<u32>(place, depth, PLACE_DEPTH)
  queueEnd = place + PLACE_BYTES
}

// @ts-ignore: decorator
@inline
function changeAt(index: u32): usize {
  return changes + <usize>index * CHANGE_BYTES
}

// @ts-ignore: decorator
@inline
function keyOf(index: u32): usize {
  return load<u32>(changeAt(index))
}

// @ts-ignore: decorator
@inline
function flagsOf(index: u32): u32 {
  return load<u32>(changeAt(index), CHANGE_FLAGS)
}

function updatePlace(place: usize): void {
  const cell: usize = load<u32>(place)
  const from = load<u32>(place, PLACE_FROM)
  const to = load<u32>(place, PLACE_TO)
  const depth = load<u32>(place, PLACE_DEPTH)
  const reference = load<u32>(cell)
  if (reference == 0) fillEmpty(cell, from, to)
  else if (kindOf(reference) == BRANCH) updateBranch(cell, reference, from, to, depth)
  else updateAtLeaf(cell, reference, from, to)
}

/** Leaves only changes that make a leaf where none is, in their order; returns where they end. */
function keepCreating(from: u32, to: u32): u32 {
  let end = from
  for (let index = from; index < to; index++) {
    if ((flagsOf(index) & CREATES) == 0) continue
    if (end != index) swapChanges(end, index)
    end++
  }
  return end
}

/** What creates nothing may come in any order. */
function swapChanges(a: u32, b: u32): void {
  const first = changeAt(a)
  const second = changeAt(b)
  for (let offset: usize = 0; offset < CHANGE_BYTES; offset += 16) {
    const part = load<v128>(first + offset)
    store<v128>(first + offset, load<v128>(second + offset))
    store<v128>(second + offset, part)
  }
}

function fillEmpty(cell: usize, from: u32, to: u32): void {
  to = keepCreating(from, to)
  if (from == to) return
  if (to - from == 1) {
    store<u32>(cell, createLeaf(changeAt(from)))
    return
  }
  const fork = sharedNibbles(keyOf(from), keyOf(to - 1))
  const branch = newBranch(fork, nibblesOf(from, to, fork))
  store<u32>(cell, <u32>branch)
  addChildren(branch, from, to, fork)
}

/** Which nibbles at `depth` the changes have. */
function nibblesOf(from: u32, to: u32, depth: u32): u32 {
  let nibbles: u32 = 0
  for (let index = from; index < to; index++) nibbles |= 1 << nibbleOf(keyOf(index), depth)
  return nibbles
}

/** Adds a place for each child of `branch` that has changes. */
function addChildren(branch: usize, from: u32, to: u32, depth: u32): void {
  const present = <u32>load<u16>(branch, BRANCH_PRESENT)
  let nibble = nibbleOf(keyOf(from), depth)
  for (let index = from + 1; index < to; index++) {
    const next = nibbleOf(keyOf(index), depth)
    if (next == nibble) continue
    addPlace(referenceCell(branch, rankOf(present, nibble)), from, index, depth + 1)
    nibble = next
    from = index
  }
  addPlace(referenceCell(branch, rankOf(present, nibble)), from, to, depth + 1)
}

function updateAtLeaf(cell: usize, reference: u32, from: u32, to: u32): void {
  const key = addressOf(reference) + LEAF_KEY
  // The change of this very leaf, and those that make others; what would remove others has nothing to do.
  let end = from
  let mine: u32 = 0xffffffff
  for (let index = from; index < to; index++) {
    const isMine = equalKeys(keyOf(index), key)
    if (!isMine && (flagsOf(index) & CREATES) == 0) continue
    if (end != index) swapChanges(end, index)
    if (isMine) mine = end
    end++
  }
  if (mine != 0xffffffff && (flagsOf(mine) & REMOVES) != 0) {
    removeLeaf(reference)
    removed = true
    store<u32>(cell, 0)
    return fillEmpty(cell, from, end)
  }
  if (end == from) return
  if (end - from == 1 && mine == from) return updateLeaf(cell, reference, changeAt(from))
  fork(cell, reference, key, from, end)
}

/** Puts a branch above a node, where the first change leaves the path of `key`. */
function fork(cell: usize, reference: u32, key: usize, from: u32, to: u32): void {
  const depth = min<u32>(sharedNibbles(key, keyOf(from)), sharedNibbles(key, keyOf(to - 1)))
  const nibble = nibbleOf(key, depth)
  const branch = newBranch(depth, nibblesOf(from, to, depth) | (1 << nibble))
  store<u32>(referenceCell(branch, rankOf(load<u16>(branch, BRANCH_PRESENT), nibble)), reference)
  store<u32>(cell, <u32>branch)
  addChildren(branch, from, to, depth)
}

function updateBranch(cell: usize, reference: u32, from: u32, to: u32, depth: u32): void {
  const branchDepth = <u32>load<u8>(reference, BRANCH_DEPTH)
  if (branchDepth > depth) {
    const key = someKey(reference)
    if (leavesPath(key, from, to, branchDepth)) {
      to = keepOnPath(key, from, to, branchDepth)
      if (from == to) return
      if (leavesPath(key, from, to, branchDepth)) return fork(cell, reference, key, from, to)
    }
  }
  const present = <u32>load<u16>(reference, BRANCH_PRESENT)
  if (to - from == 1) {
    const nibble = nibbleOf(keyOf(from), branchDepth)
    const bit: u32 = 1 << nibble
    if ((present & bit) == 0 && (flagsOf(from) & CREATES) == 0) return
    const branch = ownBranch(cell, bit & ~present)
    store<u16>(branch, load<u16>(branch, BRANCH_DIRTY) | <u16>bit, BRANCH_DIRTY)
    addPlace(referenceCell(branch, rankOf(present, nibble)), from, to, branchDepth + 1)
    return
  }
  to = keepCreatingOr(present, from, to, branchDepth)
  if (from == to) return
  const nibbles = nibblesOf(from, to, branchDepth)
  const branch = ownBranch(cell, nibbles & ~present)
  store<u16>(branch, load<u16>(branch, BRANCH_DIRTY) | <u16>nibbles, BRANCH_DIRTY)
  addChildren(branch, from, to, branchDepth)
}

/** Whether some change leaves the path of `key` before `depth`: keys are sorted, so the first or the last does. */
function leavesPath(key: usize, from: u32, to: u32, depth: u32): bool {
  return sharedNibbles(key, keyOf(from)) < depth || sharedNibbles(key, keyOf(to - 1)) < depth
}

/** Passes over changes that find nothing, because they leave the path of `key` and create nothing. */
function keepOnPath(key: usize, from: u32, to: u32, depth: u32): u32 {
  let end = from
  for (let index = from; index < to; index++) {
    if ((flagsOf(index) & CREATES) == 0 && sharedNibbles(key, keyOf(index)) < depth) continue
    if (end != index) swapChanges(end, index)
    end++
  }
  return end
}

/** Passes over changes that find no child and create none. */
function keepCreatingOr(present: u32, from: u32, to: u32, depth: u32): u32 {
  let end = from
  for (let index = from; index < to; index++) {
    if ((flagsOf(index) & CREATES) == 0 && (present & (1 << nibbleOf(keyOf(index), depth))) == 0) continue
    if (end != index) swapChanges(end, index)
    end++
  }
  return end
}

// ----------------------------------------------------------------------------------------------------------- leaves

function createLeaf(change: usize): u32 {
  return inAccounts ? createAccount(change) : createValue(change)
}

function updateLeaf(cell: usize, reference: u32, change: usize): void {
  if (inAccounts) updateAccount(cell, reference, change)
  else updateValue(cell, reference, change)
}

function removeLeaf(reference: u32): void {
  if (inAccounts) removeAccount(reference)
  release(reference)
}

function createValue(change: usize): u32 {
  const length = load<u32>(change, CHANGE_LENGTH)
  const leaf = allocate(valueLeafBytes(length))
  store<u32>(leaf, epoch, EPOCH)
  copy32(leaf + LEAF_KEY, load<u32>(change))
  setValue(leaf, change, length)
  return <u32>leaf | VALUE_LEAF
}

function updateValue(cell: usize, reference: u32, change: usize): void {
  const length = load<u32>(change, CHANGE_LENGTH)
  const leaf = addressOf(reference)
  if (isOwned(leaf) && valueLeafBytes(length) == valueLeafBytes(load<u8>(leaf, LEAF_LENGTH))) {
    setValue(leaf, change, length)
    return
  }
  store<u32>(cell, createValue(change))
  release(reference)
}

// @ts-ignore: decorator
@inline
function setValue(leaf: usize, change: usize, length: u32): void {
  store<u8>(leaf, <u8>length, LEAF_LENGTH)
  copyBytes(leaf + LEAF_VALUE, load<u32>(change, CHANGE_VALUE), length)
}

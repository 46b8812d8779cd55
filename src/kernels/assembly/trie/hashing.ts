/*
 * Hashes of what changed, each node once. A branch knows by its dirty bits whose hash is missing; what is dirty has been
 * changed in this epoch, so writing its hash changes no kept state.
 */

import { copyBytes } from '../bytes'
import { keccak256 } from '../keccak'
import { encodeNode } from './encoding'
import { flushHashes, message, queueHash } from '../hashQueue'
import { scratchEnd, scratchTop, resetScratch } from './memory'
import { fail, SCRATCH_FULL } from './failure'
import {
  ACCOUNT_STORAGE,
  ACCOUNT_STORAGE_ROOT,
  addressOf,
  BRANCH,
  BRANCH_DEPTH,
  BRANCH_DIRTY,
  BRANCH_EMBEDDED,
  BRANCH_PRESENT,
  copy32,
  FULL_ACCOUNT,
  hashCell,
  kindOf,
  LEAF_STORAGE_DIRTY,
  rankOf,
  referenceCell,
  touchBranch,
} from './nodes'
import { EMPTY_ROOT } from './encoding'

/**
 * Computes the hashes of a branch's dirty children, but not of those that wait for hashes below them. Complete after
 * flushHashes.
 */
export function hashChildren(branch: usize): void {
  const present = <u32>load<u16>(branch, BRANCH_PRESENT)
  let dirty = <u32>load<u16>(branch, BRANCH_DIRTY)
  let embedded = <u32>load<u16>(branch, BRANCH_EMBEDDED)
  const depth = <u32>load<u8>(branch, BRANCH_DEPTH) + 1
  for (let left = dirty; left != 0; left &= left - 1) {
    const nibble = ctz<u32>(left)
    const rank = rankOf(present, nibble)
    const child = load<u32>(referenceCell(branch, rank))
    if (isWaiting(child)) continue
    const bit: u32 = 1 << nibble
    dirty &= ~bit
    const length = encodeNode(child, depth, message)
    if (length < 32) {
      copyBytes(hashCell(branch, rank), message, length)
      embedded |= bit
    } else {
      queueHash(length, hashCell(branch, rank))
      embedded &= ~bit
    }
  }
  store<u16>(branch, <u16>dirty, BRANCH_DIRTY)
  store<u16>(branch, <u16>embedded, BRANCH_EMBEDDED)
}

/** Whether hashes inside a node are missing. */
function isWaiting(reference: u32): bool {
  const node = addressOf(reference)
  if (kindOf(reference) == BRANCH) return load<u16>(node, BRANCH_DIRTY) != 0
  return kindOf(reference) == FULL_ACCOUNT && load<u8>(node, LEAF_STORAGE_DIRTY) != 0
}

/** Where each level starts in a list of branches, one more than there are levels: of the account trie, of storage tries. */
const accountLevels: usize = memory.data(68 * 4, 16)
const storageLevels: usize = memory.data(68 * 4, 16)

/**
 * Scratch for a small trie in the lists: its account, and the branches that wait, which stand above the depth from which
 * branches are hashed at once. Below a root of 15 children there are at most 255 above depth 3.
 */
const SMALL_TRIE_BYTES: usize = 4 + 4 * 256

/** Branches to hash grow from the start of scratch, accounts whose storage root is missing from its end: 4 bytes each. */
let branchesEnd: usize = 0
let accountsStart: usize = 0

/** Computes all missing hashes below `root` and its own, which goes to `output`. */
export function hashTrie(root: u32, output: usize): void {
  if (root == 0) return copy32(output, EMPTY_ROOT)
  resetScratch(0)
  startAccounts()
  addIfWaiting(root)
  const accountLevelCount = collectBelow(scratchTop(), accountLevels)
  hashStorageTries()
  hashLevels(accountLevels, accountLevelCount)
  keccak256(message, encodeNode(root, 0, message), output)
}

/** Starts an empty list of accounts, in what scratch is free. */
export function startAccounts(): void {
  accountsStart = scratchEnd
  branchesEnd = scratchTop()
}

/**
 * Adds an account whose storage has changed, if its trie is so small that hashing it whole is little work: that is not
 * left for the root, which may find many such accounts. False: it is left.
 */
export function addSmallAccount(leaf: usize): bool {
  const storage = load<u32>(leaf, ACCOUNT_STORAGE)
  const isSmall = storage == 0 || kindOf(storage) != BRANCH || load<u16>(storage, BRANCH_PRESENT) != 0xffff
  const count = ((scratchEnd - accountsStart) >> 2) + 1
  if (!isSmall || scratchEnd - branchesEnd < count * SMALL_TRIE_BYTES) return false
  addIfWaiting(<u32>leaf | FULL_ACCOUNT)
  return true
}

/** Computes the storage roots of the accounts in the list. */
export function hashStorageTries(): void {
  const start = branchesEnd
  for (let item = accountsStart; item < scratchEnd; item += 4) {
    const storage = load<u32>(<usize>load<u32>(item), ACCOUNT_STORAGE)
    if (storage != 0) addIfWaiting(storage)
  }
  hashLevels(storageLevels, collectBelow(start, storageLevels))
  for (let item = accountsStart; item < scratchEnd; item += 4) {
    const leaf: usize = load<u32>(item)
    const storage = load<u32>(leaf, ACCOUNT_STORAGE)
    if (storage == 0) copy32(leaf + ACCOUNT_STORAGE_ROOT, EMPTY_ROOT)
    else queueHash(encodeNode(storage, 0, message), leaf + ACCOUNT_STORAGE_ROOT)
    store<u8>(leaf, 0, LEAF_STORAGE_DIRTY)
  }
  flushHashes()
}

/** Adds the branches that wait below those of the list from `start` on, level by level; returns the number of levels. */
function collectBelow(start: usize, levels: usize): u32 {
  let count: u32 = 0
  let item = start
  while (item < branchesEnd) {
    store<u32>(levels + (<usize>(count++) << 2), <u32>item)
    const end = branchesEnd
    for (; item < end; item += 4) addWaitingChildren(load<u32>(item))
  }
  store<u32>(levels + (<usize>count << 2), <u32>branchesEnd)
  return count
}

function addWaitingChildren(branch: usize): void {
  const present = <u32>load<u16>(branch, BRANCH_PRESENT)
  for (let left = <u32>load<u16>(branch, BRANCH_DIRTY); left != 0; left &= left - 1) {
    addIfWaiting(load<u32>(referenceCell(branch, rankOf(present, ctz<u32>(left)))))
  }
}

function addIfWaiting(reference: u32): void {
  if (kindOf(reference) == BRANCH) touchBranch(reference)
  if (!isWaiting(reference)) return
  if (accountsStart - branchesEnd < 8) fail(SCRATCH_FULL)
  if (kindOf(reference) == BRANCH) {
    store<u32>(branchesEnd, reference)
    branchesEnd += 4
  } else {
    accountsStart -= 4
    store<u32>(accountsStart, <u32>addressOf(reference))
  }
}

function hashLevels(levels: usize, count: u32): void {
  for (let level = count; level-- > 0; ) {
    const end: usize = load<u32>(levels + (<usize>level << 2), 4)
    for (let item: usize = load<u32>(levels + (<usize>level << 2)); item < end; item += 4) {
      hashChildren(load<u32>(item))
    }
    flushHashes()
  }
}

/*
 * Kept states. A node is stamped with the epoch in which it was made, and each kept state ends an epoch. A node that
 * is not younger than the newest kept state is shared with it: whoever changes it changes a copy, and the node becomes
 * garbage of the newest kept state, the last that needs it. States are dropped in order of age, so when one goes, its
 * garbage is needed by nobody.
 *
 * Freeing takes time for each node, and a deleted account may have had millions of slots: so garbage of dropped states
 * is freed in pieces.
 */

import {
  addressOf,
  BRANCH,
  BRANCH_PRESENT,
  BRANCH_REFERENCES,
  EPOCH,
  freeNode,
  kindOf,
} from './nodes'

/**
 * A kept state: epoch, root reference, garbage: bytes of its nodes, subtrees (first, last), and chains of nodes (first,
 * last). Nodes go to the chains in turn: freeing them, the processor waits for the memory of all chains' next ones at once.
 */
const VERSION_BYTES: u32 = 96
const VERSION_EPOCH: usize = 0
const VERSION_ROOT: usize = 4
const VERSION_GARBAGE_BYTES: usize = 8 // u64
const VERSION_SUBTREES: usize = 16
const VERSION_SUBTREES_LAST: usize = 20
const VERSION_CHAINS: usize = 24
const CHAINS: u32 = 8

/** Nodes freed at once when memory is short. */
const ROOM_NODES: u32 = 4096

export let epoch: u32 = 1
/** Epoch of the newest kept state, 0: none. */
let newestEpoch: u32 = 0
let newest: usize = 0
let table: usize = 0
let limit: u32 = 0
/** Kept states are numbered on; `first` is the oldest, `next` the one to come. */
let first: u32 = 0
let next: u32 = 0
let garbage: u64 = 0
/** Chains of nodes of dropped states: the first of each. */
const pendingNodes: usize = memory.data(8 * 4, 16)
/** The chain that the next node of garbage goes to. */
let turn: u32 = 0
let pendingSubtrees: u32 = 0

/** Bytes of a table for so many states. */
export function versionTableBytes(count: u32): u32 {
  return max<u32>(count, 1) * VERSION_BYTES
}

export function resetVersions(at: usize, count: u32): void {
  table = at
  limit = count
  epoch = 1
  newestEpoch = 0
  newest = 0
  first = 0
  next = 0
  garbage = 0
  memory.fill(pendingNodes, 0, CHAINS * 4)
  pendingSubtrees = 0
}

/** Whether a node belongs to the working state alone. */
// @ts-ignore: decorator
@inline
export function isOwned(node: usize): bool {
  return load<u32>(node, EPOCH) > newestEpoch
}

/** Address of a kept state's record, 0 if it is dropped. */
export function versionAt(id: u32): usize {
  return id - first < next - first ? table + <usize>(id % limit) * VERSION_BYTES : 0
}

export function oldestVersion(): u32 {
  return first
}

export function nextVersion(): u32 {
  return next
}

export function versionRoot(version: usize): u32 {
  return load<u32>(version, VERSION_ROOT)
}

/** Bytes of nodes that only kept states need (without deleted storage tries, whose size is not known). */
export function garbageBytes(): u64 {
  return garbage
}

/** Keeps the state with this root, whose nodes are all hashed. Returns its number. */
export function keepVersion(root: u32): u32 {
  if (next - first == limit) dropOldest()
  const id = next++
  newest = table + <usize>(id % limit) * VERSION_BYTES
  memory.fill(newest, 0, VERSION_BYTES)
  store<u32>(newest, epoch, VERSION_EPOCH)
  store<u32>(newest, root, VERSION_ROOT)
  newestEpoch = epoch++
  return id
}

export function dropOldest(): void {
  const version = table + <usize>(first++ % limit) * VERSION_BYTES
  garbage -= load<u64>(version, VERSION_GARBAGE_BYTES)
  for (let chain: u32 = 0; chain < CHAINS; chain++) {
    const ends = version + VERSION_CHAINS + (<usize>chain << 3)
    const nodes = load<u32>(ends)
    if (nodes == 0) continue
    const pending = pendingNodes + (<usize>chain << 2)
    store<u32>(addressOf(load<u32>(ends, 4)), load<u32>(pending))
    store<u32>(pending, nodes)
  }
  const subtrees = load<u32>(version, VERSION_SUBTREES)
  if (subtrees != 0) {
    store<u32>(addressOf(load<u32>(version, VERSION_SUBTREES_LAST)), pendingSubtrees)
    pendingSubtrees = subtrees
  }
}

/** A node that the newest kept state is the last to need. */
export function keepGarbage(reference: u32, bytes: u32): void {
  const ends = newest + VERSION_CHAINS + (<usize>(turn++ & (CHAINS - 1)) << 3)
  const head = load<u32>(ends)
  if (head == 0) store<u32>(ends, reference, 4)
  store<u32>(addressOf(reference), head)
  store<u32>(ends, reference)
  store<u64>(newest, load<u64>(newest, VERSION_GARBAGE_BYTES) + bytes, VERSION_GARBAGE_BYTES)
  garbage += bytes
}

/** A whole trie that the working state needs no longer; kept states may need parts of it. */
export function releaseSubtree(reference: u32): void {
  if (newestEpoch == 0) {
    store<u32>(addressOf(reference), pendingSubtrees)
    pendingSubtrees = reference
    return
  }
  const head = load<u32>(newest, VERSION_SUBTREES)
  if (head == 0) store<u32>(newest, reference, VERSION_SUBTREES_LAST)
  store<u32>(addressOf(reference), head)
  store<u32>(newest, reference, VERSION_SUBTREES)
}

/** Frees up to so many nodes of dropped states and deleted storage, eight at a time. Returns how many more it would have freed. */
export function reclaim(nodes: u32): u32 {
  let found = true
  while (nodes >= CHAINS && found) {
    found = false
    for (let pending = pendingNodes; pending < pendingNodes + CHAINS * 4; pending += 4) {
      const reference = load<u32>(pending)
      if (reference == 0) continue
      store<u32>(pending, load<u32>(addressOf(reference)))
      freeNode(reference)
      nodes--
      found = true
    }
  }
  while (nodes != 0 && pendingSubtrees != 0) {
    const reference = pendingSubtrees
    pendingSubtrees = load<u32>(addressOf(reference))
    if (kindOf(reference) == BRANCH) pushChildren(reference)
    freeNode(reference)
    nodes--
  }
  return nodes
}

function pushChildren(branch: usize): void {
  const count = popcnt<u32>(load<u16>(branch, BRANCH_PRESENT))
  for (let rank: u32 = 0; rank < count; rank++) {
    const child = load<u32>(branch + BRANCH_REFERENCES + (<usize>rank << 2))
    store<u32>(addressOf(child), pendingSubtrees)
    pendingSubtrees = child
  }
}

/** Memory is short: frees what waits for it, or drops the oldest state but never the newest. False: there is nothing left. */
export function makeRoom(): bool {
  if (reclaim(ROOM_NODES) < ROOM_NODES) return true
  if (next - first <= 1) return false
  dropOldest()
  return true
}

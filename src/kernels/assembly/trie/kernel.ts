/*
 * The trie kernel: Ethereum's state trie, or the part of it below some top nibbles, with its storage tries, in one
 * memory. The host puts changes and keys at the start of scratch, and finds answers there.
 */

import { encodeNode } from './encoding'
import { hashTrie } from './hashing'
import { flushHashes, permutations, resetHashQueue } from '../hashQueue'
import { KEY_HASHES_BYTES, resetKeyHashes } from './keyHashes'
import { layOutMemory, resetScratch, scratch, usedBytes } from './memory'
import { BRANCH_DEPTH, someKey } from './nodes'
import { belowTop, childAt, nameOf, prove } from './proofs'
import { findLeaf } from './reading'
import { applyRecords, CHANGE_SCRATCH_BYTES, configureKeys, hashKey } from './stateDiff'
import { QUEUE_BYTES } from './update'
import { applyValueRecords } from './values'
import {
  dropOldest,
  garbageBytes,
  keepVersion,
  nextVersion,
  oldestVersion,
  reclaim,
  resetVersions,
  versionAt,
  versionRoot,
  versionTableBytes,
} from './versions'

/** Least scratch, beside the queue: changes of many thousand accounts. */
const LEAST_SCRATCH: usize = 8 << 20

const rootCell: usize = memory.data(16, 16)
const rootHash: usize = memory.data(32, 16)
let isHashed: bool = false

let scratchBytes: usize = 0

/**
 * Starts with an empty state.
 *
 * @param total - bytes of memory.
 * @param nibbles - bits of the top nibbles of hashed addresses that are held here; others are passed over.
 * @param keysAreHashes - for tests: keys are taken as they are, addresses with zeros behind.
 */
export function init(total: usize, keptStates: u32, nibbles: u32, keysAreHashes: bool): void {
  const keyHashes = (__heap_base + 63) & ~63
  resetKeyHashes(keyHashes)
  const versions = keyHashes + KEY_HASHES_BYTES
  resetVersions(versions, keptStates)
  scratchBytes = max<usize>(total / 16, LEAST_SCRATCH + QUEUE_BYTES)
  layOutMemory(versions + versionTableBytes(keptStates), total, scratchBytes)
  resetHashQueue()
  configureKeys(nibbles, keysAreHashes)
  store<u32>(rootCell, 0)
  isHashed = false
}

export function scratchAddress(): usize {
  return scratch
}

/** Most changes of one call. */
export function changeLimit(): u32 {
  return <u32>((scratchBytes - QUEUE_BYTES - 4096) / CHANGE_SCRATCH_BYTES)
}

/** See applyRecords. Branches from `hashFrom` nibbles on are hashed at once. */
export function apply(accounts: u32, slots: u32, hashFrom: u32): u32 {
  isHashed = false
  return applyRecords(rootCell, accounts, slots, hashFrom)
}

/** See applyValueRecords; a kernel holds a state or such a trie. */
export function applyValues(count: u32, bytes: u32, hashFrom: u32): void {
  isHashed = false
  applyValueRecords(rootCell, count, bytes, hashFrom)
}

/** Address of the 32 bytes. */
export function computeRoot(): usize {
  if (!isHashed) hashTrie(load<u32>(rootCell), rootHash)
  isHashed = true
  return rootHash
}

export function workingRoot(): u32 {
  return load<u32>(rootCell)
}

// ------------------------------------------------------------------------------------------------------ kept states

/** Keeps the working state; returns its number. */
export function keep(): u32 {
  computeRoot()
  return keepVersion(load<u32>(rootCell))
}

export function oldestKept(): u32 {
  return oldestVersion()
}

export function nextKept(): u32 {
  return nextVersion()
}

export function dropOldestKept(): void {
  dropOldest()
}

/** Root reference of a kept state. */
export function keptRoot(id: u32): u32 {
  return versionRoot(versionAt(id))
}

/** Frees up to so many nodes that wait for it. */
export function freeGarbage(nodes: u32): void {
  reclaim(nodes)
}

// ------------------------------------------------------------------------------------------------------------ reads

/** Hashes the key at the start of scratch (20 or 32 bytes); the hash takes its place. */
export function hashInput(length: u32): void {
  hashKey(scratch, length, scratch)
  flushHashes()
}

/** The leaf, 0 if there is none, of the hashed key at the start of scratch. */
export function find(root: u32): u32 {
  return findLeaf(root, scratch)
}

/** Nodes on the way to the hashed key at the start of scratch, written behind it; returns where they end. */
export function proveInput(reference: u32, depth: u32): usize {
  return prove(reference, depth, scratch, scratch + 32)
}

/** RLP of a node at the start of scratch; returns its length. */
export function encode(reference: u32, depth: u32): u32 {
  return encodeNode(reference, depth, scratch)
}

/** How a parent names a node, at the start of scratch; returns the length. */
export function name(reference: u32, depth: u32): u32 {
  return nameOf(reference, depth, scratch)
}

export function below(root: u32, nibble: u32): u32 {
  return belowTop(root, nibble)
}

export function child(branch: u32, nibble: u32): u32 {
  return childAt(branch, nibble)
}

export function branchDepth(branch: u32): u32 {
  return load<u8>(branch, BRANCH_DEPTH)
}

/** Address of some key below a node. */
export function keyBelow(reference: u32): usize {
  return someKey(reference)
}

export function bytesUsed(): f64 {
  return <f64>usedBytes()
}

export function bytesKept(): f64 {
  return <f64>garbageBytes()
}

/** Keccak permutations so far, but for the root's and those of branches below extensions. */
export function permutationCount(): f64 {
  return <f64>permutations
}

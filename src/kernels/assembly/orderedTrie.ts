/*
 * Root of a trie whose keys come in their order: rlp(index) of a block's transactions or receipts. Only branches on the
 * way to the newest key are open; what lies before it can't change any more and is hashed as it comes, two nodes at a time:
 * a node's hash is complete when the branch above it is closed.
 *
 * Each key comes with the next, so that a leaf's depth is known when it is placed. Between two keys, the deepest open
 * branch stands where they part.
 */

import { copyBytes } from './bytes'
import { BLOOM_BYTES, bloomOf, EXECUTED_RAW, receiptEnd, receiptOf } from './executedTransaction'
import { flushHashes, message, MESSAGE_LIMIT, queueHash, resetHashQueue } from './hashQueue'
import { keccak256 } from './keccak'
import { lengthOfBytes, prefixLength, writeListPrefix } from './rlp'

/** What stands in front of a value in a leaf: head of the list, path, head of the value. */
const HEAD_BYTES: u32 = 32
/** A name: u8 length (0: no child), then RLP of fewer than 32 bytes, or a hash. */
const NAME_BYTES: u32 = 48
const BRANCH_BYTES: u32 = 16 * 48

/** Open branches, from the root on: the depth of each, and its children's names. Keys have at most ten nibbles. */
const depths: usize = memory.data(16 * 4, 16)
const branches: usize = memory.data(11 * 16 * 48, 16)
let openCount: u32 = 0

const key: usize = memory.data(8)
const nextKey: usize = memory.data(8)
let keyNibbles: u32 = 0

const leafHead: usize = memory.data(32, 16)
const extension: usize = memory.data(64, 16)
const name: usize = memory.data(48, 16)
const rootHash: usize = memory.data(32, 16)

/** Union of the blooms of the receipts that {@link placeRun} has placed since the host took it. */
const bloom: usize = memory.data(256, 16)

resetHashQueue()

/** Where the host puts a value; executed transactions go behind it, with room for the longest of their values between. */
export function valueOffset(): usize {
  return ((__heap_base + 15) & ~15) + HEAD_BYTES
}

export function bloomOffset(): usize {
  return bloom
}

/** Forgets what was placed. */
export function reset(): void {
  openCount = 0
}

/** Places the value that was put, of `length` bytes, at rlp(index); `next` is the index whose key follows. */
export function place(index: u32, length: u32, next: u32): void {
  placeValue(index, valueOffset(), length, next)
}

/**
 * Places the raw bytes, or the receipts, of `count` executed transactions at `at`, whose indices begin with `index`, 128
 * or more: there keys come in the order of indices. The last one is only put, since nobody knows what follows; returns
 * its length.
 */
export function placeRun(at: usize, count: u32, ofReceipts: bool, index: u32): u32 {
  while (true) {
    const receipt = receiptOf(at)
    const end = receiptEnd(receipt)
    const value = ofReceipts ? receipt : at + EXECUTED_RAW
    const length = <u32>((ofReceipts ? end : receipt - 4) - value)
    if (ofReceipts) mergeBloom(receipt)
    if (--count == 0) {
      copyBytes(valueOffset(), value, length)
      return length
    }
    placeValue(index, value, length, index + 1)
    index++
    at = end
  }
}

function mergeBloom(receipt: usize): void {
  const at = bloomOf(receipt)
  for (let i: usize = 0; i < BLOOM_BYTES; i += 16)
    v128.store(bloom + i, v128.or(v128.load(bloom + i), v128.load(at + i)))
}

function placeValue(index: u32, value: usize, length: u32, next: u32): void {
  keyNibbles = writeIndex(index, key)
  writeIndex(next, nextKey)
  const fork = sharedNibbles()
  if (openCount == 0 || fork > topDepth()) open(fork)
  placeLeaf(value, length)
  while (topDepth() > fork) {
    const closed = closeBranch()
    const end = depthOf(closed)
    const isNew = openCount == 0 || topDepth() < fork
    if (isNew) open(fork)
    placeBranch(end)
  }
}

/** Places the last value; returns the address of the root's 32 bytes. */
export function placeLast(index: u32, length: u32): usize {
  keyNibbles = writeIndex(index, key)
  if (openCount == 0) {
    const head = writeLeafHead(0, valueOffset(), length)
    copyBytes(valueOffset() - head, leafHead, head)
    keccak256(valueOffset() - head, head + length, rootHash)
    return rootHash
  }
  placeLeaf(valueOffset(), length)
  while (true) {
    const closed = closeBranch()
    if (openCount == 0) return hashRoot(depthOf(closed))
    placeBranch(depthOf(closed))
  }
}

function depthOf(branch: u32): u32 {
  return load<u32>(depths + (<usize>branch << 2))
}

function topDepth(): u32 {
  return depthOf(openCount - 1)
}

function open(depth: u32): void {
  store<u32>(depths + (<usize>openCount << 2), depth)
  memory.fill(branches + <usize>openCount * BRANCH_BYTES, 0, BRANCH_BYTES)
  openCount++
}

/** The name of the current key's child in the deepest open branch. */
function childCell(): usize {
  return branches + <usize>(openCount - 1) * BRANCH_BYTES + <usize>nibbleAt(topDepth()) * NAME_BYTES
}

// -------------------------------------------------------------------------------------------------------------- keys

/** rlp(index); returns its nibbles. */
function writeIndex(index: u32, at: usize): u32 {
  store<u64>(at, 0)
  if (index - 1 < 0x7f) {
    store<u8>(at, <u8>index)
    return 2
  }
  const bytes: u32 = (39 - <u32>clz<u32>(index)) >> 3
  store<u8>(at, <u8>(0x80 + bytes))
  for (let i: u32 = 0; i < bytes; i++) store<u8>(at + 1 + i, <u8>(index >> ((bytes - 1 - i) << 3)))
  return 2 + 2 * bytes
}

function nibbleAt(depth: u32): u32 {
  const byte = <u32>load<u8>(key + (depth >> 1))
  return (depth & 1) == 0 ? byte >> 4 : byte & 15
}

/** Where the key and the next part. No key is the start of another. */
function sharedNibbles(): u32 {
  return <u32>(clz<u64>(bswap<u64>(load<u64>(key) ^ load<u64>(nextKey))) >> 2)
}

// ------------------------------------------------------------------------------------------------------------- nodes

/** Writes what stands in front of the value in its leaf to {@link leafHead}; returns how many bytes that are. */
function writeLeafHead(depth: u32, value: usize, length: u32): u32 {
  const valueHead = lengthOfBytes(value, length) - length
  let out = writeListPrefix(pathLength(keyNibbles - depth) + valueHead + length, leafHead)
  out = writePath(depth, keyNibbles, 0x20, out)
  if (valueHead != 0) out = writeHead(length, out)
  return <u32>(out - leafHead)
}

/** Head of a byte string that is not its own encoding. */
function writeHead(length: u32, out: usize): usize {
  const start = out
  const end = writeListPrefix(length, out)
  store<u8>(start, load<u8>(start) - 0x40)
  return end
}

/** Puts the value's leaf into the deepest open branch. */
function placeLeaf(value: usize, length: u32): void {
  const head = writeLeafHead(topDepth() + 1, value, length)
  if (head + length <= MESSAGE_LIMIT) {
    copyBytes(message, leafHead, head)
    copyBytes(message + head, value, length)
    placeMessage(head + length)
    return
  }
  const leaf = valueOffset() - head
  memory.copy(valueOffset(), value, length)
  copyBytes(leaf, leafHead, head)
  setName(childCell(), leaf, head + length)
}

let branchLength: u32 = 0

/** Closes the deepest open branch and writes it to {@link message}; sets its length. Returns its number. */
function closeBranch(): u32 {
  // Its children's hashes may still wait.
  flushHashes()
  const closed = --openCount
  const children = branches + <usize>closed * BRANCH_BYTES
  let payload: u32 = 1
  for (let child = children; child < children + BRANCH_BYTES; child += NAME_BYTES) {
    const length = <u32>load<u8>(child)
    payload += length == 0 ? 1 : length == 32 ? 33 : length
  }
  let out = writeListPrefix(payload, message)
  for (let child = children; child < children + BRANCH_BYTES; child += NAME_BYTES) out = writeName(child, out)
  store<u8>(out, 0x80)
  branchLength = <u32>(out + 1 - message)
  return closed
}

function writeName(child: usize, out: usize): usize {
  const length = <u32>load<u8>(child)
  if (length == 0 || length == 32) store<u8>(out++, length == 0 ? 0x80 : 0xa0)
  copyBytes(out, child + 1, length)
  return out + length
}

/** Puts the branch in {@link message}, which branches at `end`, into the deepest open one; below it by an extension. */
function placeBranch(end: u32): void {
  const depth = topDepth() + 1
  if (end == depth) placeMessage(branchLength)
  else {
    setName(name, message, branchLength)
    setName(childCell(), extension, encodeExtension(depth, end))
  }
}

/** Hashes the branch in {@link message}, which branches at `end`, as the root. */
function hashRoot(end: u32): usize {
  if (end == 0) keccak256(message, branchLength, rootHash)
  else {
    setName(name, message, branchLength)
    keccak256(extension, encodeExtension(0, end), rootHash)
  }
  return rootHash
}

/** Writes the extension above what is in {@link name}; returns its length. */
function encodeExtension(depth: u32, end: u32): u32 {
  const length = <u32>load<u8>(name)
  let out = writeListPrefix(pathLength(end - depth) + (length == 32 ? 33 : length), extension)
  out = writePath(depth, end, 0, out)
  return <u32>(writeName(name, out) - extension)
}

/** Names the node in {@link message} in its place; a hash comes later. */
function placeMessage(length: u32): void {
  const cell = childCell()
  if (length < 32) setName(cell, message, length)
  else {
    store<u8>(cell, 32)
    queueHash(length, cell + 1)
  }
}

function setName(at: usize, node: usize, length: u32): void {
  if (length >= 32) {
    store<u8>(at, 32)
    keccak256(node, length, at + 1)
    return
  }
  store<u8>(at, <u8>length)
  copyBytes(at + 1, node, length)
}

function pathLength(nibbles: u32): u32 {
  const length = 1 + (nibbles >> 1)
  return length == 1 ? 1 : prefixLength(length) + length
}

/** Hex-prefix encoding (Yellow Paper, appendix C) of the current key's nibbles `from` to `end`. */
function writePath(from: u32, end: u32, flag: u32, out: usize): usize {
  const count = end - from
  if (count > 1) store<u8>(out++, <u8>(0x81 + (count >> 1)))
  if ((count & 1) != 0) store<u8>(out++, <u8>(flag | 0x10 | nibbleAt(from++)))
  else store<u8>(out++, <u8>flag)
  for (; from < end; from += 2) store<u8>(out++, <u8>((nibbleAt(from) << 4) | nibbleAt(from + 1)))
  return out
}

/*
 * Reads the chunks of bodies (docs/spec/mini-block.md): transactions, receipts, and the diff, which is foretold from these and
 * the state before. The readable twin is feed/compact/BodyDecoder.ts, which also reads the other records. The host puts the
 * columns of a body and their cursors into the memory, and finds a chunk's payload there.
 */

import { resetHashQueue } from '../hashQueue'
import { clearBlooms, finishBlooms } from './blooms'
import { DIFFS, left, take, TOLD_DIFF_ADDRESSES, TOLD_DIFF_SLOTS, TOLD_PATTERNS, varint } from './columns'
import { addDiffAddress, clearDictionary, diffReference } from './dictionary'
import { readDiff, readSlotName } from './diffs'
import { applyEffects, clearEffects } from './effects'
import { clearKinds } from './kinds'
import { MEMORY_BYTES, STARTS } from './layout'
import { forgetMappings } from './mappings'
import { clearOutput, grow, outputLength } from './output'
import { clearOverlays, resolveOverlays } from './overlays'
import { clearPatterns, readPattern } from './patterns'
import { openBlock, predict } from './prediction'
import { clearReceiptKinds } from './receiptKinds'
import { setCumulativeGas } from './receipts'
import { readTransaction, restartParities } from './transactions'

export { baseFeeAddress, columnsAddress, cursorsAddress } from './columns'
export { addAddress, addressAddress, countAddresses, exchangeAddress } from './dictionary'
export { outputAddress } from './output'
export { openBlock } from './prediction'
export { getCumulativeGas, setCumulativeGas } from './receipts'

/** Bytes of memory that the kernel lays out; the system commits what is written. */
export function memoryBytes(): usize {
  return MEMORY_BYTES
}

/** A dictionary begins. */
export function beginDictionary(): void {
  clearDictionary()
  clearKinds()
  clearReceiptKinds()
  clearPatterns()
  forgetMappings()
  setCumulativeGas(0)
  openBlock(-1)
}

/** Another body begins, whose columns are there. */
export function beginBody(): void {
  resetHashQueue()
  clearBlooms()
  clearEffects()
  restartParities()
}

/** Reads a chunk with so many transactions; the length of its payload. */
export function readChunk(miniBlock: u64, first: u32, count: u32): u32 {
  writeHead(miniBlock, first, count)
  clearOverlays()
  for (let i: u32 = 0; i < count; i++) {
    noteStart(i)
    if (readTransaction()) predict()
  }
  noteStart(count)
  applyEffects()
  finishBlooms()
  resolveOverlays()
  readDiff()
  for (let left = varint(DIFFS); left > 0; left--) readPattern()
  return outputLength()
}

// @ts-ignore: decorator
@inline
function noteStart(i: u32): void {
  store<u32>(STARTS + (<usize>i << 2), outputLength())
}

/** Where the transactions that were read last begin. */
export function startsAddress(): usize {
  return STARTS
}

/** Reads a chunk's transactions only, behind each other; the length of all. */
export function readTransactions(count: u32): u32 {
  clearOutput()
  for (let i: u32 = 0; i < count; i++) {
    noteStart(i)
    readTransaction()
  }
  noteStart(count)
  finishBlooms()
  return outputLength()
}

/** Takes of a body's diffs what the dictionary gets from them. */
export function skipDiffs(): void {
  while (left(TOLD_DIFF_ADDRESSES) > 0) addDiffAddress(take(TOLD_DIFF_ADDRESSES, 20))
  while (left(TOLD_DIFF_SLOTS) > 0) readSlotName(diffReference(varint(TOLD_DIFF_SLOTS)))
  while (left(TOLD_PATTERNS) > 0) readPattern()
}

function writeHead(miniBlock: u64, first: u32, count: u32): void {
  clearOutput()
  const at = grow(16)
  store<u64>(at, miniBlock)
  store<u32>(at, first, 8)
  store<u32>(at, count, 12)
}

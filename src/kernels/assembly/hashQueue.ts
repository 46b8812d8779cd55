/*
 * Messages to be hashed, two at a time: a message waits until another of as many blocks comes. Their outputs are
 * complete only after flushHashes.
 */

import { copyBytes } from './bytes'
import { KECCAK_RATE, keccak256 } from './keccak'
import { keccakPair, padBlocks } from './keccakPair'

/** Blocks of the longest message: a branch of sixteen hashes. */
const MOST_BLOCKS: u32 = 4
const MESSAGE_BYTES: u32 = 640
/** Bytes of the longest message: with the padding's first it fills its blocks. */
export const MESSAGE_LIMIT: u32 = MOST_BLOCKS * KECCAK_RATE - 1

/** One more than can wait: the one being written. */
const messages: usize = memory.data(640 * 5, 16)
/** By blocks: message that waits (0: none), its length, its output. */
const waiting: usize = memory.data(5 * 12, 16)

/** Permutations of all messages so far: what hashing costs. */
export let permutations: u64 = 0

/** Where the next message is written. */
export let message: usize = 0
/** Buffers that are not in use, linked through their first bytes. */
let spare: u32 = 0

export function resetHashQueue(): void {
  memory.fill(waiting, 0, 5 * 12)
  spare = 0
  for (let i: u32 = 1; i <= MOST_BLOCKS; i++) giveBack(messages + <usize>i * MESSAGE_BYTES)
  message = messages
}

/** Takes the message of `length` bytes at {@link message}; its hash comes to `output`. */
export function queueHash(length: u32, output: usize): void {
  const blockCount = padBlocks(message, length)
  permutations += blockCount
  const place = waiting + <usize>blockCount * 12
  const other: usize = load<u32>(place)
  if (other != 0) {
    keccakPair(other, message, blockCount, load<u32>(place, 8), output)
    store<u32>(place, 0)
    giveBack(other)
    return
  }
  store<u32>(place, <u32>message)
  store<u32>(place, length, 4)
  store<u32>(place, <u32>output, 8)
  message = spare
  spare = load<u32>(message)
}

/** Has the `length` bytes at `input` hashed: at once where they are too many to wait. */
export function hashSoon(input: usize, length: u32, output: usize): void {
  if (length > MESSAGE_LIMIT) return keccak256(input, length, output)
  copyBytes(message, input, length)
  queueHash(length, output)
}

/** Hashes what still waits. */
export function flushHashes(): void {
  for (let blockCount: u32 = 1; blockCount <= MOST_BLOCKS; blockCount++) {
    const place = waiting + <usize>blockCount * 12
    const other: usize = load<u32>(place)
    if (other == 0) continue
    keccak256(other, load<u32>(place, 4), load<u32>(place, 8))
    store<u32>(place, 0)
    giveBack(other)
  }
}

function giveBack(buffer: usize): void {
  store<u32>(buffer, spare)
  spare = <u32>buffer
}

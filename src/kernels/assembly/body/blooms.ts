// Bloom filters of receipts (Yellow Paper, M3:2048): each address or topic sets three bits, which its hash says. Of addresses of
// the dictionary they are kept. Hashes are made two by two, so a filter is complete only once finishBlooms was called.

import { flushHashes, hashSoon, message, queueHash } from '../hashQueue'
import { keccak256 } from '../keccak'
import { address, bloomBitsOf } from './dictionary'
import { TERMS, WAITING_TERM_BYTES, WAITING_TERMS } from './layout'
import { copyAddress, copyAddressAsWord } from './words'

// Kept positions are counted from 1.
const UNKNOWN: u32 = 0
/** The hash is on its way. */
const COMING: u32 = 0xffff

// A term that waits: its hash, then
const BLOOM: usize = 32 // u32: the filter
const BITS: usize = 36 // u32: where its positions are kept; 0: nowhere
const IS_HASHED: usize = 40 // u32: the hash is its own; otherwise the positions will be there by then

let count: u32 = 0

const digest: usize = memory.data(32, 16)

/** Nothing waits any more. */
export function clearBlooms(): void {
  count = 0
}

/** Adds an address to the bloom filter of 256 bytes, as it is or as a word. */
export function addAddressToBloom(id: u32, isWord: bool, bloom: usize): void {
  const bits = bloomBitsOf(id, isWord)
  const first = load<u16>(bits)
  if (first != UNKNOWN && first != COMING) return setKept(bits, bloom)
  const term = wait(bloom, bits, first == UNKNOWN)
  if (first == COMING) return
  store<u16>(bits, COMING)
  if (isWord) {
    copyAddressAsWord(message, address(id))
    queueHash(32, term)
  } else {
    copyAddress(message, address(id))
    queueHash(20, term)
  }
}

/** Adds any term. */
export function addTermToBloom(term: usize, length: u32, bloom: usize): void {
  hashSoon(term, length, wait(bloom, 0, true))
}

/** Likewise at once. */
export function addTermToBloomNow(term: usize, length: u32, bloom: usize): void {
  keccak256(term, length, digest)
  setHashed(digest, bloom)
}

/** Completes all filters. */
export function finishBlooms(): void {
  flushHashes()
  for (let i: u32 = 0; i < count; i++) {
    const term = TERMS + <usize>i * WAITING_TERM_BYTES
    const bits: usize = load<u32>(term, BITS)
    if (bits == 0) setHashed(term, load<u32>(term, BLOOM))
    else {
      if (load<u32>(term, IS_HASHED) != 0) keep(term, bits)
      setKept(bits, load<u32>(term, BLOOM))
    }
  }
  count = 0
}

/** A term waits; where its hash belongs. */
function wait(bloom: usize, bits: usize, isHashed: bool): usize {
  if (count == WAITING_TERMS) finishBlooms()
  const term = TERMS + <usize>count * WAITING_TERM_BYTES
  count++
  store<u32>(term, <u32>bloom, BLOOM)
  store<u32>(term, <u32>bits, BITS)
  store<u32>(term, u32(isHashed), IS_HASHED)
  return term
}

function keep(hash: usize, bits: usize): void {
  for (let i: usize = 0; i < 6; i += 2) store<u16>(bits + i, positionIn(hash + i) + 1)
}

function setKept(bits: usize, bloom: usize): void {
  for (let i: usize = 0; i < 6; i += 2) setBit(bloom, load<u16>(bits + i) - 1)
}

function setHashed(hash: usize, bloom: usize): void {
  for (let i: usize = 0; i < 6; i += 2) setBit(bloom, positionIn(hash + i))
}

// @ts-ignore: decorator
@inline
function positionIn(hash: usize): u32 {
  return ((<u32>load<u8>(hash) << 8) | load<u8>(hash, 1)) & 2047
}

// @ts-ignore: decorator
@inline
function setBit(bloom: usize, position: u32): void {
  const at = bloom + 255 - (position >> 3)
  store<u8>(at, load<u8>(at) | (1 << <u8>(position & 7)))
}

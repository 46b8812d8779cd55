// Hashes of 64 bytes: where Solidity keeps the entries of mappings. The same holders, pools and allowances come again and
// again, so the last hashes are kept by their input; a hit costs a tenth of a permutation. Those that a transaction will
// need are computed ahead of it (lookAhead.ts), from what the last one of its kind needed (mappingPattern.ts).

import { keccak256Of64 } from './keccak'
import { hashCacheShift, MAPPING_HASH_BYTES, mappingHashes } from './layout'

// An entry: input 64, hash 32 (big-endian).

/** Hashes that were not known. */
export let mappingMisses: u32 = 0

/** Of a transaction: its first lookups, each as input and hash. */
export const RECORDED_LIMIT: u32 = 4
export const LOOKUP_BYTES: usize = 96
export const recordedLookups: usize = memory.data(96 * 4, 16)
export let recordedCount: u32 = 0
let isRecording: bool = false

export function recordLookups(): void {
  isRecording = true
  recordedCount = 0
}

export function endRecording(): void {
  isRecording = false
}

/** keccak256 of the 64 bytes at `from`, big-endian, to `to`, which may be the same. */
export function keccak256OfMappingKey(from: usize, to: usize): void {
  const entry = entryOf(from)
  if (!sameInput(entry, from)) {
    mappingMisses++
    copyInput(from, entry)
    keccak256Of64(from, entry + 64)
  }
  if (isRecording && recordedCount < RECORDED_LIMIT) {
    copyEntry(entry, recordedLookups + <usize>recordedCount * LOOKUP_BYTES)
    recordedCount++
  }
  v128.store(to, v128.load(entry, 64))
  v128.store(to, v128.load(entry, 80), 16)
}

/** Reads where a lookup's hash may be known, so that it is near; what it returns means nothing. */
@inline
export function fetchLookup(lookup: usize): u32 {
  const entry = entryOf(lookup)
  return load<u32>(entry) ^ load<u32>(entry, 64)
}

/** Completes a lookup, whose input is there, by its hash, if that is known. */
export function completeLookup(lookup: usize): bool {
  const entry = entryOf(lookup)
  if (!sameInput(entry, lookup)) return false
  v128.store(lookup, v128.load(entry, 64), 64)
  v128.store(lookup, v128.load(entry, 80), 80)
  return true
}

/** Keeps a lookup's hash. */
export function keepLookup(lookup: usize): void {
  copyEntry(lookup, entryOf(lookup))
}

@inline
function entryOf(input: usize): usize {
  const a = load<u64>(input, 24) // a key's low bytes, as numbers and addresses have them
  const b = load<u64>(input, 16)
  const c = load<u64>(input, 56) // the slot's low bytes
  const mixed = (a ^ (b * 0x9e3779b97f4a7c15) ^ (c << 17)) * 0x9fb21c651e98df25
  // The highest bits: all of the input goes into them, and a key's last byte, which is the first to differ, into no others.
  return mappingHashes + (<usize>(mixed >> 32) >> hashCacheShift) * MAPPING_HASH_BYTES
}

@inline
function copyInput(from: usize, to: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
  v128.store(to, v128.load(from, 32), 32)
  v128.store(to, v128.load(from, 48), 48)
}

@inline
function copyEntry(from: usize, to: usize): void {
  copyInput(from, to)
  v128.store(to, v128.load(from, 64), 64)
  v128.store(to, v128.load(from, 80), 80)
}

/** An entry that was never written holds zeros, which is no hash: the zero input is told apart by its hash. */
@inline
function sameInput(entry: usize, from: usize): bool {
  const difference = v128.or(
    v128.or(v128.xor(v128.load(entry), v128.load(from)), v128.xor(v128.load(entry, 16), v128.load(from, 16))),
    v128.or(v128.xor(v128.load(entry, 32), v128.load(from, 32)), v128.xor(v128.load(entry, 48), v128.load(from, 48))),
  )
  return !v128.any_true(difference) && load<u64>(entry, 64) != 0
}

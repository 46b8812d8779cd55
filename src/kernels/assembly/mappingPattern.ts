// Which mapping entries a function of a contract looks up: learnt from one transaction, foretold for the next. A lookup's
// key is mostly the sender or a word of the call data, its slot a number in the code or, for mappings of mappings, the
// hash of a lookup before. What is foretold is only hashed and read ahead: a wrong guess costs that time, and no more.

import { MAPPING_PATTERNS_BYTES, mappingPatterns } from './layout'
import { LOOKUP_BYTES, RECORDED_LIMIT, recordedCount, recordedLookups } from './mappingHash'
import { wordToAddress } from './address'
import { cells, TX, TX_SENDER } from './layout'
import { TX_DATA } from './transaction'
import { copyBytes, zeroBytes } from './bytes'

// A pattern, found by code and selector; whatever comes last has the place.
const PATTERN_CODE: usize = 0 // u32: code number, 0 for none
const PATTERN_SELECTOR: usize = 4 // u32: the first four bytes of the call data
const PATTERN_COUNT: usize = 8 // u32: lookups
const PATTERN_MISSES: usize = 12 // u32: transactions for which it did not foretell all
const PATTERN_LOOKUPS: usize = 16
const PATTERN_BYTES: usize = 256
const PATTERNS: u32 = <u32>(MAPPING_PATTERNS_BYTES / PATTERN_BYTES)

// A lookup in a pattern.
const SLOT_WORD: usize = 0 // 32 bytes, big-endian: the mapping's slot, unless SLOT_SOURCE names a lookup
const KEY_SOURCE: usize = 32 // u32: 0 the sender, else 1 + number of the word of the call data
const SLOT_SOURCE: usize = 36 // u32: 0 SLOT_WORD, else 1 + number of the lookup whose hash it is
const PATTERN_LOOKUP_BYTES: usize = 48

/** Words of the call data that are looked at. */
const KEY_WORDS: u32 = 8
/** After so many misses a pattern is learnt anew. */
const MISS_LIMIT: u32 = 16

export function resetMappingPatterns(): void {
  memory.fill(mappingPatterns, 0, MAPPING_PATTERNS_BYTES)
}

/** Where the pattern of a call to this code is, if it is known: see {@link isPatternOf}. */
@inline
export function patternPlace(codeId: u32, selector: u32): usize {
  return mappingPatterns + <usize>(((codeId * 0x9e3779b1) ^ (selector * 0x85ebca6b)) >> 24 & (PATTERNS - 1)) * PATTERN_BYTES
}

@inline
export function isPatternOf(pattern: usize, codeId: u32, selector: u32): bool {
  return load<u32>(pattern, PATTERN_CODE) == codeId && load<u32>(pattern, PATTERN_SELECTOR) == selector
}

@inline
export function patternCount(pattern: usize): u32 {
  return load<u32>(pattern, PATTERN_COUNT)
}

/** A transaction of this pattern had a lookup that was not foretold. */
export function countMiss(pattern: usize): void {
  const misses = load<u32>(pattern, PATTERN_MISSES) + 1
  store<u32>(pattern, misses, PATTERN_MISSES)
  if (misses >= MISS_LIMIT) store<u32>(pattern, 0, PATTERN_CODE)
}

/** Learns from the lookups that the transaction in the cells has made. */
export function learnPattern(pattern: usize, codeId: u32, selector: u32): void {
  store<u32>(pattern, codeId, PATTERN_CODE)
  store<u32>(pattern, selector, PATTERN_SELECTOR)
  store<u32>(pattern, 0, PATTERN_MISSES)
  let count: u32 = 0
  for (; count < recordedCount; count++) {
    const lookup = recordedLookups + <usize>count * LOOKUP_BYTES
    const at = pattern + PATTERN_LOOKUPS + <usize>count * PATTERN_LOOKUP_BYTES
    const key = keySource(lookup)
    if (key == UNKNOWN) break
    store<u32>(at, key, KEY_SOURCE)
    store<u32>(at, slotSource(lookup, count), SLOT_SOURCE)
    copyBytes(at + SLOT_WORD, lookup + 32, 32)
  }
  store<u32>(pattern, count, PATTERN_COUNT)
}

const UNKNOWN: u32 = 0xffffffff
const senderKey: usize = memory.data(32, 16)

function keySource(key: usize): u32 {
  zeroBytes(senderKey, 12)
  wordToAddress(cells + TX_SENDER, senderKey + 12)
  if (sameWord(key, senderKey)) return 0
  const data = <usize>load<u32>(cells + TX, TX_DATA)
  const length = load<u32>(cells + TX, TX_DATA + 4)
  for (let i: u32 = 0; i < KEY_WORDS && length >= 36 + (i << 5); i++) {
    if (sameWord(key, data + 4 + 32 * i)) return i + 1
  }
  return UNKNOWN
}

function slotSource(lookup: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    if (sameWord(lookup + 32, recordedLookups + <usize>i * LOOKUP_BYTES + 64)) return i + 1
  }
  return 0
}

@inline
function sameWord(a: usize, b: usize): bool {
  const difference = v128.or(v128.xor(v128.load(a), v128.load(b)), v128.xor(v128.load(a, 16), v128.load(b, 16)))
  return !v128.any_true(difference)
}

/**
 * Writes the input of the pattern's `i`-th lookup for a transaction of `sender` (big-endian) with this call data to
 * `lookup`; the lookups before stand before it, {@link LOOKUP_BYTES} each. False where the data is too short.
 */
export function foretellLookup(pattern: usize, i: u32, lookup: usize, sender: usize, data: usize, length: u32): bool {
  const at = pattern + PATTERN_LOOKUPS + <usize>i * PATTERN_LOOKUP_BYTES
  const key = load<u32>(at, KEY_SOURCE)
  const slot = load<u32>(at, SLOT_SOURCE)
  if (key == 0) {
    zeroBytes(lookup, 12)
    copyBytes(lookup + 12, sender, 20)
  } else {
    if (length < 4 + (key << 5)) return false
    copyBytes(lookup, data + 4 + 32 * (key - 1), 32)
  }
  copyBytes(lookup + 32, slot == 0 ? at + SLOT_WORD : lookup - <usize>(i + 1 - slot) * LOOKUP_BYTES + 64, 32)
  return true
}

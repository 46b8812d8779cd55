// Slots of mappings: keccak256(key ‖ base), both of 32 bytes (Solidity's layout of storage). Those of addresses come again
// and again, so as many as there is room for are remembered, by the address's number.

import { message, queueHash } from '../hashQueue'
import { keccak256Of64 } from '../keccak'
import { MAPPING_BYTES, MAPPING_PLACES, MAPPINGS } from './layout'
import { copyWord } from './words'

const ADDRESS: usize = 0 // u32: its number plus one
const BASE: usize = 4 // u32: the base's number
const GENERATION: usize = 8 // u32: the dictionary
const SLOT: usize = 16 // 32

/** Numbers of addresses hold within one dictionary. */
let generation: u32 = 0

const preimage: usize = memory.data(64, 16)

export function forgetMappings(): void {
  generation++
}

// @ts-ignore: decorator
@inline
function placeOf(addressId: u32, baseId: u32): usize {
  const hash = (addressId ^ (baseId << 20)) * 0x9e3779b1
  return MAPPINGS + <usize>(hash >> (clz(MAPPING_PLACES) + 1)) * MAPPING_BYTES
}

/** Writes the slot of the mapping of that base for the address of that number as key, if it is remembered. */
export function recallMapping(addressId: u32, baseId: u32, to: usize): bool {
  const place = placeOf(addressId, baseId)
  if (load<u32>(place, ADDRESS) != addressId + 1 || load<u32>(place, BASE) != baseId) return false
  if (load<u32>(place, GENERATION) != generation) return false
  copyWord(to, place + SLOT)
  return true
}

export function rememberMapping(addressId: u32, baseId: u32, slot: usize): void {
  const place = placeOf(addressId, baseId)
  store<u32>(place, addressId + 1, ADDRESS)
  store<u32>(place, baseId, BASE)
  store<u32>(place, generation, GENERATION)
  copyWord(place + SLOT, slot)
}

/** Writes the slot of a mapping for a key. */
export function hashMapping(key: usize, base: usize, to: usize): void {
  copyWord(preimage, key)
  copyWord(preimage + 32, base)
  keccak256Of64(preimage, to)
}

/** Likewise once the queue of hashes is flushed. */
export function hashMappingSoon(key: usize, base: usize, to: usize): void {
  copyWord(message, key)
  copyWord(message + 32, base)
  queueHash(64, to)
}

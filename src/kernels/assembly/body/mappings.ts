// Slots of mappings: keccak256(key ‖ base), both of 32 bytes (Solidity's layout of storage). Those of addresses come again
// and again, so as many as there is room for are remembered, by the address's number.

import { keccak256Of64 } from '../keccak'
import { MAPPING_BYTES, MAPPING_PLACES, MAPPINGS } from './layout'
import { copyWord } from './words'

const ADDRESS: usize = 0 // u32: its number plus one
const BASE: usize = 4 // u32
const GENERATION: usize = 8 // u32: the dictionary
const SLOT: usize = 16 // 32

/** Numbers of addresses hold within one dictionary. */
let generation: u32 = 0

const preimage: usize = memory.data(64, 16)

export function forgetMappings(): void {
  generation++
}

/** Writes the slot of the mapping `base`, whose number is `baseId`, for the address of that number as key. */
export function mappingSlotOf(addressId: u32, key: usize, base: usize, baseId: u32, to: usize): void {
  const hash = (addressId ^ (baseId << 20)) * 0x9e3779b1
  const place = MAPPINGS + <usize>(hash >> (clz(MAPPING_PLACES) + 1)) * MAPPING_BYTES
  if (load<u32>(place) != addressId + 1 || load<u32>(place, BASE) != baseId || load<u32>(place, GENERATION) != generation) {
    mappingSlot(key, base, place + SLOT)
    store<u32>(place, addressId + 1, ADDRESS)
    store<u32>(place, baseId, BASE)
    store<u32>(place, generation, GENERATION)
  }
  copyWord(to, place + SLOT)
}

/** Writes the slot of a mapping for any key. */
export function mappingSlot(key: usize, base: usize, to: usize): void {
  copyWord(preimage, key)
  copyWord(preimage + 32, base)
  keccak256Of64(preimage, to)
}

/*
 * Hashes of the addresses and slot keys that changed last: busy ones change with nearly every diff, and are not hashed each
 * time. Each key has one place; who comes later takes it. Sized for the processor's second cache, since a place that is
 * not there costs half of what it may save.
 */

import { copy32 } from './nodes'

/** Places for addresses, and as many for slots' keys: 2 to the power of this. */
const PLACE_BITS: u32 = 12
/** address 20 · pad 12 · hash 32, or key 32 · hash 32: a cache line. A place without a hash is empty. */
const PLACE_BYTES: usize = 64
const HASH: usize = 32

export const KEY_HASHES_BYTES: usize = 2 * PLACE_BYTES << PLACE_BITS

let addressPlaces: usize = 0
let slotPlaces: usize = 0

/** Begins with none, in {@link KEY_HASHES_BYTES} at `at`, a multiple of 64. */
export function resetKeyHashes(at: usize): void {
  addressPlaces = at
  slotPlaces = at + KEY_HASHES_BYTES / 2
  memory.fill(at, 0, KEY_HASHES_BYTES)
}

/** Writes the hash of an address to `output`, if it is known. */
export function findAddressHash(address: usize, output: usize): bool {
  const place = addressPlace(address)
  const isHere =
    load<u64>(place) == load<u64>(address) &&
    load<u64>(place, 8) == load<u64>(address, 8) &&
    load<u32>(place, 16) == load<u32>(address, 16)
  return isHere && readHash(place, output)
}

/** Writes the hash of a slot's key to `output`, if it is known. */
export function findSlotHash(key: usize, output: usize): bool {
  const place = slotPlace(key)
  const differs = v128.xor(v128.load(place), v128.load(key))
  const differsBehind = v128.xor(v128.load(place, 16), v128.load(key, 16))
  return !v128.any_true(v128.or(differs, differsBehind)) && readHash(place, output)
}

export function keepAddressHash(address: usize, hash: usize): void {
  const place = addressPlace(address)
  store<u64>(place, load<u64>(address))
  store<u64>(place, load<u64>(address, 8), 8)
  store<u32>(place, load<u32>(address, 16), 16)
  copy32(place + HASH, hash)
}

export function keepSlotHash(key: usize, hash: usize): void {
  const place = slotPlace(key)
  copy32(place, key)
  copy32(place + HASH, hash)
}

/** A hash that begins with eight zeros counts as none, and is computed anew. */
function readHash(place: usize, output: usize): bool {
  if (load<u64>(place, HASH) == 0) return false
  copy32(output, place + HASH)
  return true
}

function addressPlace(address: usize): usize {
  const mixed = (load<u64>(address) ^ load<u64>(address, 12)) * 0x9e3779b97f4a7c15
  return addressPlaces + <usize>(mixed >> (64 - PLACE_BITS)) * PLACE_BYTES
}

/** Keys are hashes of mappings' entries, or small numbers. */
function slotPlace(key: usize): usize {
  const mixed = (load<u64>(key) ^ load<u64>(key, 24)) * 0x9e3779b97f4a7c15
  return slotPlaces + <usize>(mixed >> (64 - PLACE_BITS)) * PLACE_BYTES
}

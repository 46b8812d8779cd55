import type { Hex } from './hex.ts'
import { mappingSlot, parseSlot } from './storageKey.ts'

/** A value in a mapping of addresses, or in a mapping of mappings. */
export type MappingPlace = { slot: number; keys: readonly Hex[] }

/** What is tried: more would take too long, and is seldom there. */
const MAX_SLOTS = 12
const MAX_ADDRESSES = 8

/**
 * By slot: in which mapping, and for which of these addresses, Solidity would keep a value there. Slots of mappings are
 * hashes, which can't be read backwards; so the likely ones are computed.
 */
export function mappingPlaces(addresses: readonly Hex[]): ReadonlyMap<Hex, MappingPlace> {
  const tried = addresses.slice(0, MAX_ADDRESSES)
  const places = new Map<Hex, MappingPlace>()
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    for (const outer of tried) {
      const hash = mappingSlot(outer, parseSlot(String(slot)))
      places.set(hash, { slot, keys: [outer] })
      for (const inner of tried) places.set(mappingSlot(inner, hash), { slot, keys: [outer, inner] })
    }
  }
  return places
}

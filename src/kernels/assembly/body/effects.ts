// Effects of logs on slots that wait until many slots of mappings are looked up, and those not remembered hashed, together.

import { flushHashes } from '../hashQueue'
import { address } from './dictionary'
import { EFFECTS, WAITING_EFFECT_BYTES, WAITING_EFFECTS } from './layout'
import { hashMappingSoon, recallMapping, rememberMapping } from './mappings'
import { resolveSlot, setSlot, touchSlot, valueAt } from './overlays'
import { OPERATION_ADD, OPERATION_SET, OPERATION_SUBTRACT } from './patterns'
import { addWord, copyAddressAsWord, copyWord, isAllOnes, subtractWord } from './words'

// An effect that waits: the slot's key, then
const OPERAND: usize = 32 // 32
const CONTRACT: usize = 64 // u32: number of its address
const OPERATION: usize = 68 // u32
const KEY_FROM: usize = 72 // u32
const MAPPING_KEY: usize = 76 // u32: number of the address that is the mapping's key
const BASE: usize = 80 // u32: where the mapping's base stands
const BASE_ID: usize = 84 // u32: and its number

/** The key is there once hashes are flushed. */
const KEY_COMES: u32 = 0
/** The key is that of a mapping and may be remembered; or had to be hashed. */
const KEY_OF_MAPPING: u32 = 1
const KEY_HASHED: u32 = 2

let count: u32 = 0

const key: usize = memory.data(32, 16)

export function clearEffects(): void {
  count = 0
}

/** An effect on a slot of that contract waits; the caller writes the slot's key there, or calls {@link keyOfMapping}. */
export function addEffect(contract: u32, operation: u32, operand: usize): usize {
  if (count == WAITING_EFFECTS) applyEffects()
  const effect = EFFECTS + <usize>count * WAITING_EFFECT_BYTES
  count++
  store<u32>(effect, contract, CONTRACT)
  store<u32>(effect, operation, OPERATION)
  store<u32>(effect, KEY_COMES, KEY_FROM)
  copyWord(effect + OPERAND, operand)
  return effect
}

/** The slot is that of a mapping for the address of that number. */
export function keyOfMapping(effect: usize, addressId: u32, base: usize, baseId: u32): void {
  store<u32>(effect, KEY_OF_MAPPING, KEY_FROM)
  store<u32>(effect, addressId, MAPPING_KEY)
  store<u32>(effect, <u32>base, BASE)
  store<u32>(effect, baseId, BASE_ID)
}

/** Applies all that wait, in order. */
export function applyEffects(): void {
  for (let i: u32 = 0; i < count; i++) {
    const effect = effectAt(i)
    if (load<u32>(effect, KEY_FROM) == KEY_OF_MAPPING) lookUp(effect)
  }
  flushHashes()
  for (let i: u32 = 0; i < count; i++) {
    const effect = effectAt(i)
    if (load<u32>(effect, KEY_FROM) == KEY_HASHED)
      rememberMapping(load<u32>(effect, MAPPING_KEY), load<u32>(effect, BASE_ID), effect)
    apply(effect)
  }
  count = 0
}

// @ts-ignore: decorator
@inline
function effectAt(i: u32): usize {
  return EFFECTS + <usize>i * WAITING_EFFECT_BYTES
}

function lookUp(effect: usize): void {
  const addressId = load<u32>(effect, MAPPING_KEY)
  if (recallMapping(addressId, load<u32>(effect, BASE_ID), effect)) return
  store<u32>(effect, KEY_HASHED, KEY_FROM)
  copyAddressAsWord(key, address(addressId))
  hashMappingSoon(key, load<u32>(effect, BASE), effect)
}

function apply(effect: usize): void {
  const place = touchSlot(address(load<u32>(effect, CONTRACT)), effect)
  const operand = effect + OPERAND
  const operation = load<u32>(effect, OPERATION)
  if (operation == OPERATION_ADD) addWord(valueAt(place), operand)
  else if (operation == OPERATION_SUBTRACT) subtractWord(valueAt(place), operand)
  else if (operation == OPERATION_SET) setSlot(place, operand)
  else {
    resolveSlot(place)
    if (!isAllOnes(valueAt(place))) subtractWord(valueAt(place), operand)
  }
}

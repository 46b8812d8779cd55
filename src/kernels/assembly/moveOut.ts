// Moves slots from the engine's table to the cold stores, between transactions, when more are in the table than are to be
// kept there: a hand goes round over the records and moves out what the state holds as it stands and no transaction has
// used since the hand came by.

import { coldLimit, putCold } from './cold'
import { cells, recordLimit, SERIAL } from './layout'
import { firstSlot } from './records'
import {
  FIRST_SPECIAL_STORAGE_ID,
  freeSlot,
  hashSlot,
  slot,
  SLOT_DIRTY,
  SLOT_KEY,
  SLOT_STORAGE_ID,
  SLOT_VALUE,
  SLOT_WARM,
  slotsHere,
} from './slots'
import * as u256 from './u256'

/** Records that the hand looks at, for each slot that is to go. */
const LOOKS: u32 = 8
/** Slots that go at once: more than a call with 50 million gas can bring in (1,900 for a key in its access list). */
const MOVED_AT_ONCE: u32 = 32_768
/** When this part of the kept slots is there beyond them, it doesn't matter any more what was used. */
const NEED_SHIFT: u32 = 5

let kept: u32 = 0
let hand: u32 = 0
/** The transactions in which the hand began its round, and the one before. */
let roundSerial: u32 = 0
let lastRoundSerial: u32 = 0

/** How many slots stay in the table while no transaction needs more. */
export function keepSlots(count: u32): void {
  kept = count
}

export function resetMoveOut(): void {
  hand = recordLimit
  roundSerial = 0
  lastRoundSerial = 0
}

/**
 * Nobody may hold a slot's number: it may be another's afterwards. As much work as slots have come beyond the kept ones, and
 * never more than MOVED_AT_ONCE.
 */
export function moveOut(): void {
  if (coldLimit == 0 || slotsHere() <= kept) return
  const surplus = slotsHere() - kept
  const isNeeded = surplus > kept >> NEED_SHIFT
  let wanted = min(surplus, MOVED_AT_ONCE)
  for (let looks = looksFor(wanted); looks != 0 && wanted != 0; looks--) {
    if (hand <= firstSlot) beginRound()
    hand--
    const record = slot(hand)
    if (!mayLeave(record)) continue
    if (!isNeeded && load<u32>(record, SLOT_WARM) > lastRoundSerial) continue
    const accountId = load<u32>(record, SLOT_STORAGE_ID)
    if (!putCold(hashSlot(accountId, record + SLOT_KEY), accountId, record + SLOT_KEY, record + SLOT_VALUE)) return
    freeSlot(hand)
    wanted--
  }
}

function looksFor(wanted: u32): u32 {
  return min(wanted * LOOKS, recordLimit - firstSlot)
}

function beginRound(): void {
  hand = recordLimit
  lastRoundSerial = roundSerial
  roundSerial = load<u32>(cells, SERIAL)
}

/** Not what the next diff lists, nor what was made for reading only and is freed by its list. */
function mayLeave(record: usize): bool {
  const storageId = load<u32>(record, SLOT_STORAGE_ID)
  return (
    storageId != 0 &&
    storageId < FIRST_SPECIAL_STORAGE_ID &&
    load<u32>(record, SLOT_DIRTY) == 0 &&
    !u256.isZero(record + SLOT_VALUE)
  )
}

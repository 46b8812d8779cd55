// The room of accounts and slots: one region of records of 128 bytes, with one row of numbers. Accounts take numbers
// from below, slots from above, until they meet: whatever a chain has more of has the room. Number 0 is nobody's, and
// its record is zero. With a cold store slots leave some to accounts alone, up to half: a number stays its kind's.

import { recordLimit, records } from './layout'
import { zeroBytes } from './bytes'

export const RECORD_BYTES: usize = 128
const RECORD_SHIFT: usize = 7

/** The highest number that an account ever had. */
export let lastAccount: u32 = 0
/** The lowest number that a slot ever had. */
export let firstSlot: u32 = 0
let lastReserved: u32 = 0

/** Slots have no number up to `reserved`. */
export function resetRecords(reserved: u32): void {
  lastAccount = 0
  lastReserved = reserved
  firstSlot = recordLimit
  zeroBytes(recordAt(0), <u32>RECORD_BYTES)
}

@inline
export function recordAt(id: u32): usize {
  return records + (<usize>id << RECORD_SHIFT)
}

/** A number for an account that none had before; 0 when there is none. */
export function takeAccountNumber(): u32 {
  return lastAccount + 1 < firstSlot ? ++lastAccount : 0
}

/** A number for a slot that none had before; 0 when there is none. */
export function takeSlotNumber(): u32 {
  return max(lastAccount, lastReserved) + 1 < firstSlot ? --firstSlot : 0
}

/** Most numbers that slots can have. */
export function slotNumbers(): u32 {
  return recordLimit - 1 - lastReserved
}

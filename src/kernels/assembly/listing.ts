// The names that records have, for who looks for the name behind a hash. A record that was given up may still be listed: its name is
// as right as any. Slots in cold stores are not.

import { account, ACCOUNT_STORAGE_ID, findAccount } from './accounts'
import { addressToWord, wordToAddress } from './address'
import { recordLimit } from './layout'
import { firstSlot, lastAccount } from './records'
import { SLOT_STORAGE_ID } from './readerFields'
import { slot, SLOT_KEY } from './slots'
import * as u256 from './u256'

const address: usize = memory.data(32, 16)

/** Writes 20 bytes for each account number from `from` on, `count` at most; how many there were. */
export function listAddresses(from: u32, count: u32, out: usize): u32 {
  const end = min(lastAccount + 1, from + count)
  for (let id = from; id < end; id++, out += 20) wordToAddress(account(id), out)
  return end > from ? end - from : 0
}

/** Of `count` slots, from that `from` behind the first, writes the keys of the account's, 32 bytes each; how many these are. */
export function listSlotKeys(addressAt: usize, from: u32, count: u32, out: usize): u32 {
  addressToWord(addressAt, address)
  const id = findAccount(address)
  if (id == 0) return 0
  const storageId = load<u32>(account(id), ACCOUNT_STORAGE_ID)
  const end = min(recordLimit, firstSlot + from + count)
  let found: u32 = 0
  for (let i = firstSlot + from; i < end; i++) {
    const record = slot(i)
    if (load<u32>(record, SLOT_STORAGE_ID) != storageId) continue
    u256.fromBytes32(record + SLOT_KEY, out)
    out += 32
    found++
  }
  return found
}

/** Numbers that slots have. */
export function slotNumbersTaken(): u32 {
  return recordLimit - firstSlot
}

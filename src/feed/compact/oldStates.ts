import { OLD_ACCOUNT_BYTES, readOldAccount } from './AccountOverlay.ts'
import type { OldState } from './OldState.ts'
import { readOldSlot } from './SlotOverlay.ts'
import { viewOf } from './words256.ts'

const ADDRESS_BYTES = 20
const NAME_BYTES = 52

/** Reads many accounts as they were: see OldState. */
export function readOldAccounts(oldState: OldState, addresses: Uint8Array, target: Uint8Array): void {
  if (oldState.readAccounts !== undefined) {
    oldState.readAccounts(addresses, target)
    return
  }
  const [source, to] = [viewOf(addresses), viewOf(target)]
  for (let i = 0; i * ADDRESS_BYTES < addresses.length; i++)
    readOldAccount(oldState, source, i * ADDRESS_BYTES, to, i * OLD_ACCOUNT_BYTES)
}

/** Likewise slots. */
export function readOldSlots(oldState: OldState, names: Uint8Array, target: Uint8Array): void {
  if (oldState.readSlots !== undefined) {
    oldState.readSlots(names, target)
    return
  }
  const [source, to] = [viewOf(names), viewOf(target)]
  for (let i = 0; i * NAME_BYTES < names.length; i++)
    readOldSlot(oldState, source, i * NAME_BYTES, to, i * 32)
}

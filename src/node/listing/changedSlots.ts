import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, compareBytes, isAllZero } from '../../lib/index.ts'
import { ownStateDiff } from '../../protocol/index.ts'
import type { HashedSlot } from '../../trie/index.ts'

type NamedSlot = HashedSlot & { key?: Uint8Array }

/** What diffs do to an account's storage: by hashed key in hex. `isNew`: of what was there before, nothing is left. */
type ChangedSlots = { slots: ReadonlyMap<string, NamedSlot>; isNew: boolean }

/** Of encoded StateDiffs, in order. */
export function changedSlots(diffs: readonly Uint8Array[], address: Uint8Array): ChangedSlots {
  const name = bytesToHex(address)
  const slots = new Map<string, NamedSlot>()
  let isNew = false
  for (const encoded of diffs) {
    const { accounts, slots: changed } = ownStateDiff(encoded)
    if (accounts.some((account) => account.deleted && bytesToHex(account.address) === name)) {
      slots.clear()
      isNew = true
    }
    for (const slot of changed) {
      if (bytesToHex(slot.address) !== name) continue
      const hash = keccak256(slot.key)
      slots.set(bytesToHex(hash), { hash, key: slot.key.slice(), value: slot.value.slice() })
    }
  }
  return { slots, isNew }
}

/** Slots of a storage with its changes, from a hashed key on, in order. */
export function withChanges(
  before: readonly HashedSlot[],
  { slots, isNew }: ChangedSlots,
  start: Uint8Array,
): NamedSlot[] {
  const after = new Map<string, NamedSlot>(
    isNew ? [] : before.map((slot) => [bytesToHex(slot.hash), slot] as const),
  )
  for (const [name, slot] of slots) if (compareBytes(slot.hash, start) >= 0) after.set(name, slot)
  return [...after.values()]
    .filter(({ value }) => !isAllZero(value))
    .sort((a, b) => compareBytes(a.hash, b.hash))
}

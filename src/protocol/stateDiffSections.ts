import { assert } from '../lib/index.ts'

/** Bytes of an account in an encoded StateDiff: address 20 · flags 1 · nonce 8 · balance 32 · codeHash 32. */
export const DIFF_ACCOUNT_BYTES = 93
/** Bytes of a slot in an encoded StateDiff: address 20 · key 32 · value 32. */
export const DIFF_SLOT_BYTES = 84

/** The parts of an encoded StateDiff, without their counts: accounts and slots as they stand, codes apart. */
export type StateDiffSections = {
  /** `n * DIFF_ACCOUNT_BYTES` */
  accounts: Uint8Array
  /** `n * DIFF_SLOT_BYTES` */
  slots: Uint8Array
  codes: { hash: Uint8Array; code: Uint8Array }[]
}

const NOTHING = new Uint8Array(0)

/** Views of the parts of a diff that this program wrote; for millions of entries, where objects are too much. */
export function splitStateDiff(diff: Uint8Array): StateDiffSections {
  const view = new DataView(diff.buffer, diff.byteOffset, diff.byteLength)
  const accountsEnd = 4 + view.getUint32(0, true) * DIFF_ACCOUNT_BYTES
  const slotsStart = accountsEnd + 4
  const slotsEnd = slotsStart + view.getUint32(accountsEnd, true) * DIFF_SLOT_BYTES
  const codes: StateDiffSections['codes'] = []
  let offset = slotsEnd + 4
  for (let left = view.getUint32(slotsEnd, true); left > 0; left--) {
    const start = offset + 36
    const end = start + view.getUint32(offset + 32, true)
    codes.push({ hash: diff.subarray(offset, offset + 32), code: diff.subarray(start, end) })
    offset = end
  }
  assert(offset === diff.length, 'a state diff ends with its last code')
  return { accounts: diff.subarray(4, accountsEnd), slots: diff.subarray(slotsStart, slotsEnd), codes }
}

/** Inverse of {@link splitStateDiff}; what isn't given is empty. */
export function joinStateDiff({
  accounts = NOTHING,
  slots = NOTHING,
  codes = [],
}: Partial<StateDiffSections>): Uint8Array {
  let length = 12 + accounts.length + slots.length
  for (const { code } of codes) length += 36 + code.length
  const diff = new Uint8Array(length)
  const view = new DataView(diff.buffer)
  view.setUint32(0, accounts.length / DIFF_ACCOUNT_BYTES, true)
  diff.set(accounts, 4)
  let offset = 4 + accounts.length
  view.setUint32(offset, slots.length / DIFF_SLOT_BYTES, true)
  diff.set(slots, offset + 4)
  offset += 4 + slots.length
  view.setUint32(offset, codes.length, true)
  offset += 4
  for (const { hash, code } of codes) {
    diff.set(hash, offset)
    view.setUint32(offset + 32, code.length, true)
    diff.set(code, offset + 36)
    offset += 36 + code.length
  }
  return diff
}

import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES } from '../protocol/index.ts'
import type { DiffParts } from './splitDiff.ts'

/**
 * Accounts, and as many slots, that may wait. Where a thousand accounts are busy, those of ten chunks take half the time
 * together; where none is, applying so many takes some 15 ms, by which a root may come later.
 */
const LIMIT = 4096
/** So many have room at first: a chain that a test makes for a few transactions shouldn't clear 700 KiB for them. */
const FIRST_ROOM = 64
/** Where an account's record in a StateDiff has its flags, and the one that says that it is deleted. */
const FLAGS_AT = 20
const DELETED = 1

/** Changes of diffs that followed one another, as if of one: the last one of an account or a slot counts. */
export class PendingChanges {
  #accounts = new Uint8Array(FIRST_ROOM * DIFF_ACCOUNT_BYTES)
  #slots = new Uint8Array(FIRST_ROOM * DIFF_SLOT_BYTES)
  #accountBytes = 0
  #slotBytes = 0

  /**
   * Adds a diff's; false, and nothing is added, if there is no room, or if they can't be told with those of other diffs: an
   * account that is deleted takes its storage along, of which a diff before or behind may have a part.
   */
  add({ accounts, slots }: DiffParts): boolean {
    const accountBytes = this.#accountBytes + accounts.length
    const slotBytes = this.#slotBytes + slots.length
    const fits = accountBytes <= LIMIT * DIFF_ACCOUNT_BYTES && slotBytes <= LIMIT * DIFF_SLOT_BYTES
    if (!fits || deletesSome(accounts)) return false
    this.#accounts = withRoom(this.#accounts, accountBytes)
    this.#slots = withRoom(this.#slots, slotBytes)
    this.#accounts.set(accounts, this.#accountBytes)
    this.#slots.set(slots, this.#slotBytes)
    this.#accountBytes = accountBytes
    this.#slotBytes = slotBytes
    return true
  }

  /** All of them, which wait no longer; undefined if there are none. Views that hold until the next are added. */
  take(): DiffParts | undefined {
    if (this.#accountBytes + this.#slotBytes === 0) return undefined
    const accounts = this.#accounts.subarray(0, this.#accountBytes)
    const slots = this.#slots.subarray(0, this.#slotBytes)
    this.#accountBytes = this.#slotBytes = 0
    return { accounts, slots }
  }
}

/** These bytes with room for `needed`: themselves, or a copy of twice the size or more. */
function withRoom(bytes: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= bytes.length) return bytes
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.length))
  larger.set(bytes)
  return larger
}

function deletesSome(accounts: Uint8Array): boolean {
  for (let at = FLAGS_AT; at < accounts.length; at += DIFF_ACCOUNT_BYTES)
    if ((accounts[at]! & DELETED) !== 0) return true
  return false
}

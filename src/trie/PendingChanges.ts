import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES } from '../protocol/index.ts'
import type { DiffParts } from './splitDiff.ts'

/**
 * Accounts, and as many slots, that may wait. Where a thousand accounts are busy, those of ten chunks take half the time
 * together; where none is, applying so many takes some 15 ms, by which a root may come later.
 */
const LIMIT = 4096
/** Where an account's record in a StateDiff has its flags, and the one that says that it is deleted. */
const FLAGS_AT = 20
const DELETED = 1

/** Changes of diffs that followed one another, as if of one: the last one of an account or a slot counts. */
export class PendingChanges {
  readonly #accounts = new Uint8Array(LIMIT * DIFF_ACCOUNT_BYTES)
  readonly #slots = new Uint8Array(LIMIT * DIFF_SLOT_BYTES)
  #accountBytes = 0
  #slotBytes = 0

  /**
   * Adds a diff's; false, and nothing is added, if there is no room, or if they can't be told with those of other diffs: an
   * account that is deleted takes its storage along, of which a diff before or behind may have a part.
   */
  add({ accounts, slots }: DiffParts): boolean {
    const fits =
      this.#accountBytes + accounts.length <= this.#accounts.length &&
      this.#slotBytes + slots.length <= this.#slots.length
    if (!fits || deletesSome(accounts)) return false
    this.#accounts.set(accounts, this.#accountBytes)
    this.#slots.set(slots, this.#slotBytes)
    this.#accountBytes += accounts.length
    this.#slotBytes += slots.length
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

function deletesSome(accounts: Uint8Array): boolean {
  for (let at = FLAGS_AT; at < accounts.length; at += DIFF_ACCOUNT_BYTES)
    if ((accounts[at]! & DELETED) !== 0) return true
  return false
}

/**
 * A state diff: the values after some transactions of everything that they changed.
 *
 * Binary form (version 1; little-endian counts, big-endian values), as the engine kernel writes it:
 *
 *     u32 accountCount, then per account 93 bytes:
 *       address 20 · flags 1 · nonce 8 (big-endian) · balance 32 · codeHash 32
 *     u32 slotCount, then per slot 84 bytes:
 *       address 20 · key 32 · value 32   (value zero: the slot is deleted)
 *     u32 codeCount, then per code: hash 32 · u32 length · bytes
 *
 * Accounts and slots appear once each, in the order in which they were first changed.
 */
export type StateDiff = {
  accounts: AccountChange[]
  slots: SlotChange[]
  codes: CodeChange[]
}

export type AccountChange = {
  address: Uint8Array
  /** The account exists no longer, its storage neither; the other members are then zero. */
  deleted: boolean
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
}

export type SlotChange = { address: Uint8Array; key: Uint8Array; value: Uint8Array }

export type CodeChange = { hash: Uint8Array; code: Uint8Array }

/** Bit of an account's `flags`: see {@link AccountChange.deleted}. */
export const ACCOUNT_DELETED = 1

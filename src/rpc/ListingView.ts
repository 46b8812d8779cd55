/** Lists of what a state holds and of what blocks change. Undefined: a state that it takes is not kept. */
export interface ListingView {
  /**
   * Accounts after a block, which may have to be sealed first, in the order of their hashed addresses.
   *
   * @throws ExecutionError as all of these: for too much, or too many requests.
   */
  accounts(blockNumber: bigint, wish: AccountsWish): Promise<ListedAccounts | undefined>
  /** Slots of an account before the transaction at `index` of a block (behind the last: after it), by hashed keys. */
  storage(place: { number: bigint; index: number }, wish: SlotsWish): Promise<ListedSlots | undefined>
  /** Accounts that are there after block `to`, and not the same as after block `from`; by hashed addresses. */
  modified(from: bigint, to: bigint): Promise<Uint8Array[] | undefined>
  /** State roots after each transaction of a block. */
  roots(blockNumber: bigint): Promise<Uint8Array[] | undefined>
}

/** `start`: hashed address, 32 bytes; `limit`: of accounts; `slotLimit`: of all slots together, undefined: none are wanted. */
export type AccountsWish = { start: Uint8Array; limit: number; slotLimit: number | undefined }

/** `next`: hashed address of the first that is not listed. */
export type ListedAccounts = { accounts: ListedAccount[]; next: Uint8Array | undefined }

export type ListedAccount = {
  hash: Uint8Array
  /** Undefined: not known, only its hash is. */
  address: Uint8Array | undefined
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
  storageRoot: Uint8Array
  code: Uint8Array
  slots: ListedSlot[]
}

/** `start`: hashed key, 32 bytes. */
export type SlotsWish = { address: Uint8Array; start: Uint8Array; limit: number }

/** `next`: hashed key of the first that is not listed. */
export type ListedSlots = { slots: ListedSlot[]; next: Uint8Array | undefined }

/** 32 bytes each; `key` undefined: not known. */
export type ListedSlot = { hash: Uint8Array; key: Uint8Array | undefined; value: Uint8Array }

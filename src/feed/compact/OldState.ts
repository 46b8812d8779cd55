/** An account as it is in the state. */
export type OldAccount = {
  nonce: bigint
  balance: bigint
  /** 32 bytes; of an account without code that of the empty string. */
  codeHash: Uint8Array
}

/** The state before a record's diff is applied: what bodies are encoded and decoded against. */
export type OldState = {
  /** @param address - 20 bytes. Undefined: there is none. */
  account(address: Uint8Array): OldAccount | undefined
  /** @param key - 32 bytes. 32 bytes, zeros where nothing is stored. */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array
  /**
   * The same without objects, for who has it: writes nonce 8 · balance 32 (both big-endian) · codeHash 32 to `target`; false:
   * there is no account.
   *
   * @param source - has the address at `at`.
   */
  readAccount?(source: DataView, at: number, target: DataView, targetAt: number): boolean
  /** Likewise the value of a slot; address 20 · key 32 stand at `at`. */
  readSlot?(source: DataView, at: number, target: DataView, targetAt: number): void
  /**
   * Many at once, for who has it: their addresses stand one behind the other; writes what {@link readAccount} does, zeros
   * and the hash of no code where there is no account.
   */
  readAccounts?(addresses: Uint8Array, target: Uint8Array): void
  /** Likewise slots, by address 20 · key 32. */
  readSlots?(names: Uint8Array, target: Uint8Array): void
}

/** For who reads of bodies only what needs no state. */
export const NO_STATE: OldState = { account: () => undefined, slot: () => new Uint8Array(32) }

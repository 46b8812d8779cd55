import type { StateBase } from '../../execution/index.ts'
import type { AccountBefore, StateBefore } from '../../history/index.ts'
import { EMPTY_BYTES, equalBytes } from '../../lib/index.ts'
import { EMPTY_CODE_HASH } from '../../protocol/index.ts'
import type { StateReader } from '../../rpc/index.ts'

/** The newest state, and what stood before each block that changed it. */
export type StateSource = {
  /** Number of the newest block that may have changed something, open or closed. */
  newestNumber(): bigint
  /** Undefined if it is not kept. */
  stateBefore(blockNumber: bigint): StateBefore | undefined
  /** The first block from `from` on that may have changed it: no block before does. */
  nextAccountChange(address: Uint8Array, from: bigint): bigint
  nextSlotChange(address: Uint8Array, key: Uint8Array, from: bigint): bigint
  /** A code that some account has or had lately; undefined: it is not known. */
  code(codeHash: Uint8Array): Uint8Array | undefined
  readonly newest: {
    account(address: Uint8Array): AccountBefore
    hasStorage(address: Uint8Array): boolean
    slot(address: Uint8Array, key: Uint8Array): Uint8Array
  }
}

/**
 * The state after a past block: of the blocks behind it, the first that changed a value tells what it was before; what
 * none of them changed is what it is now. As the values before a block stay the same, so does every answer.
 *
 * Oracle: the trie of that block, NodeView.test.ts.
 */
export class PastState implements StateReader {
  readonly #blockNumber: bigint
  readonly #source: StateSource

  constructor(blockNumber: bigint, source: StateSource) {
    this.#blockNumber = blockNumber
    this.#source = source
  }

  balance(address: Uint8Array): bigint {
    return this.#account(address).balance
  }

  nonce(address: Uint8Array): bigint {
    return this.#account(address).nonce
  }

  code(address: Uint8Array): Uint8Array {
    const { exists, codeHash } = this.#account(address)
    return exists ? this.#code(codeHash) : EMPTY_BYTES
  }

  storage(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#read(
      (from) => this.#source.nextSlotChange(address, key, from),
      (before) => before.slot(address, key),
      () => this.#source.newest.slot(address, key),
    )
  }

  /** For an engine that executes on it. */
  readonly base: StateBase = {
    account: (address) => {
      const account = this.#account(address)
      return account.exists ? { ...account, ...this.#storageOf(address, account) } : undefined
    },
    slot: (address, key) => this.storage(address, key),
    code: (codeHash) => this.#code(codeHash),
  }

  #account(address: Uint8Array): AccountBefore {
    return this.#read(
      (from) => this.#source.nextAccountChange(address, from),
      (before) => before.account(address),
      () => this.#source.newest.account(address),
    )
  }

  /**
   * An account without nonce and code has the storage that the genesis gave it, or none (EIP-7610); it loses it only by
   * being deleted, which happens to empty ones alone (EIP-161).
   */
  #storageOf(address: Uint8Array, account: AccountBefore): { hasStorage?: boolean } {
    if (account.nonce > 0n || !equalBytes(account.codeHash, EMPTY_CODE_HASH)) return {}
    const { newest } = this.#source
    const isGone = account.balance === 0n && !newest.account(address).exists
    return { hasStorage: isGone || newest.hasStorage(address) }
  }

  #code(codeHash: Uint8Array): Uint8Array {
    if (equalBytes(codeHash, EMPTY_CODE_HASH)) return EMPTY_BYTES
    const code = this.#source.code(codeHash)
    if (code === undefined) throw new StateGoneError(this.#blockNumber)
    return code
  }

  #read<T>(
    nextChange: (from: bigint) => bigint,
    readBefore: (before: StateBefore) => T | undefined,
    readNewest: () => T,
  ): T {
    const newest = this.#source.newestNumber()
    const isKept =
      this.#blockNumber === newest || this.#source.stateBefore(this.#blockNumber + 1n) !== undefined
    if (!isKept) throw new StateGoneError(this.#blockNumber)
    for (let from = this.#blockNumber + 1n; ; from++) {
      const number = nextChange(from)
      if (number > newest) return readNewest()
      from = number
      const before = this.#source.stateBefore(number)
      if (before === undefined) throw new StateGoneError(this.#blockNumber)
      const value = readBefore(before)
      if (value !== undefined) return value
    }
  }
}

/** A state went out of the window while it was used, or a block changed more than is kept. */
export class StateGoneError extends Error {
  override readonly name = 'StateGoneError'

  constructor(blockNumber: bigint) {
    super(`The state of block ${blockNumber} is no longer kept.\n  next: ask for a newer block.`)
  }
}

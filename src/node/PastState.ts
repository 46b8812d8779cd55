import type { AccountBefore, StateBefore } from '../history/index.ts'
import { EMPTY_BYTES, equalBytes } from '../lib/index.ts'
import { EMPTY_CODE_HASH } from '../protocol/index.ts'
import type { StateReader } from '../rpc/index.ts'

/** Blocks that a read looks at before others have their turn. */
const BLOCKS_PER_TURN = 256

/** The newest state, and what stood before each block that changed it. */
export type StateSource = {
  /** Number of the newest block that may have changed something, open or closed. */
  newestNumber(): bigint
  /** Undefined if it is not kept. */
  stateBefore(blockNumber: bigint): StateBefore | undefined
  readonly newest: {
    account(address: Uint8Array): AccountBefore
    slot(address: Uint8Array, key: Uint8Array): Uint8Array
    code(address: Uint8Array): Uint8Array
  }
}

/**
 * The state after a past block: of the blocks behind it, the first that changed a value tells what it was before; what
 * none of them changed is what it is now. A read may take several turns, in which the chain goes on; as the values before
 * a block stay the same, so does the answer.
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

  async balance(address: Uint8Array): Promise<bigint> {
    return (await this.#account(address)).balance
  }

  async nonce(address: Uint8Array): Promise<bigint> {
    return (await this.#account(address)).nonce
  }

  async code(address: Uint8Array): Promise<Uint8Array> {
    const { exists, codeHash } = await this.#account(address)
    if (!exists || equalBytes(codeHash, EMPTY_CODE_HASH)) return EMPTY_BYTES
    // The code is the account's now, or left it in one of the blocks behind, which has it then.
    return this.#read(
      (before) => before.code(codeHash),
      () => {
        const now = this.#source.newest.account(address)
        if (!equalBytes(now.codeHash, codeHash)) throw new StateGoneError(this.#blockNumber)
        return this.#source.newest.code(address)
      },
    )
  }

  storage(address: Uint8Array, key: Uint8Array): Promise<Uint8Array> {
    return this.#read(
      (before) => before.slot(address, key),
      () => this.#source.newest.slot(address, key),
    )
  }

  #account(address: Uint8Array): Promise<AccountBefore> {
    return this.#read(
      (before) => before.account(address),
      () => this.#source.newest.account(address),
    )
  }

  async #read<T>(readBefore: (before: StateBefore) => T | undefined, readNewest: () => T): Promise<T> {
    let blocks = 0
    for (let number = this.#blockNumber + 1n; number <= this.#source.newestNumber(); number++) {
      const before = this.#source.stateBefore(number)
      if (before === undefined) throw new StateGoneError(this.#blockNumber)
      const value = readBefore(before)
      if (value !== undefined) return value
      if (++blocks % BLOCKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    return readNewest()
  }
}

/** A state went out of the window between two reads of one request, or a block changed more than is kept. */
export class StateGoneError extends Error {
  override readonly name = 'StateGoneError'

  constructor(blockNumber: bigint) {
    super(`The state of block ${blockNumber} is no longer kept.\n  next: ask for a newer block.`)
  }
}

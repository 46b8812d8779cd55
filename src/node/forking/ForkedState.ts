import { BaseUnavailableError, type StateBase } from '../../execution/index.ts'
import { equalBytes } from '../../lib/index.ts'
import { BEACON_ROOTS_CONTRACT, HISTORY_CONTRACT } from '../../protocol/index.ts'
import {
  type AnsweringState,
  BridgedState,
  BridgedStateAbsentError,
  BridgedStateFailedError,
  type StateRequest,
} from '../tracing/index.ts'
import type { ForkReader, ReaderToFork } from './messages.ts'

/** What becomes of a request that the cache can't answer: the thread waits, or what is given here is thrown. */
export type OnAbsent = 'wait' | ((request: StateRequest) => Error)

const ZERO = new Uint8Array(32)

/**
 * The state of the remote after the fork's block, on which a lazy engine stands. Reads sleep until the fork's thread has
 * answered.
 *
 * The contracts of EIP-4788 and EIP-2935, of which every block writes other slots, begin empty: otherwise no block could be
 * made without asking the remote.
 *
 * @throws BaseUnavailableError when something can't be had.
 */
export class ForkedState implements AnsweringState {
  onAbsent: OnAbsent
  readonly #bridged: BridgedState

  constructor({ port, bridge }: ForkReader, onAbsent: OnAbsent = 'wait') {
    this.onAbsent = onAbsent
    const post = (request: StateRequest): void =>
      port.postMessage({ request, isHere: this.onAbsent !== 'wait' } satisfies ReaderToFork)
    this.#bridged = new BridgedState(bridge, post, () => {})
  }

  account(address: Uint8Array): ReturnType<StateBase['account']> {
    return this.#read(() => this.#bridged.account(address))
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    if (equalBytes(address, HISTORY_CONTRACT.address) || equalBytes(address, BEACON_ROOTS_CONTRACT.address))
      return ZERO
    return this.#read(() => this.#bridged.slot(address, key))
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.#read(() => this.#bridged.code(codeHash))
  }

  /** Of a block before the fork's. */
  blockHash(number: bigint): Uint8Array | undefined {
    return this.#read(() => this.#bridged.blockHash(number))
  }

  #read<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (error instanceof BridgedStateFailedError) throw new BaseUnavailableError(error.message)
      if (error instanceof BridgedStateAbsentError && this.onAbsent !== 'wait')
        throw this.onAbsent(error.request)
      throw error
    }
  }
}

import type { MessagePort } from 'node:worker_threads'
import { BaseUnavailableError, type StateBase } from '../../execution/index.ts'
import { equalBytes } from '../../lib/index.ts'
import { BEACON_ROOTS_CONTRACT, HISTORY_CONTRACT } from '../../protocol/index.ts'
import {
  type AnsweringState,
  BridgedState,
  BridgedStateAbsentError,
  BridgedStateFailedError,
  BridgedStateLateError,
  bridgeMemory,
  type StateRequest,
} from '../bridging/index.ts'
import { describe } from './describe.ts'
import type { ReaderToFork } from './messages.ts'

/** What becomes of a request that the cache can't answer: the thread waits, or what is given here is thrown. */
export type OnAbsent = 'wait' | ((request: StateRequest) => Error)

const ZERO = new Uint8Array(32)

/**
 * The state of the remote after the fork's block, on which a lazy engine stands. Reads sleep until the fork's thread has
 * answered, or a limit has passed.
 *
 * The contracts of EIP-4788 and EIP-2935, of which every block writes other slots, begin empty: otherwise no block could be
 * made without asking the remote.
 *
 * @throws BaseUnavailableError when something can't be had.
 */
export class ForkedState implements AnsweringState {
  onAbsent: OnAbsent = 'wait'
  readonly #port: MessagePort
  readonly #limitMs: number
  #bridged: BridgedState

  /**
   * @param port - of ForkThread.newReader.
   * @param limitMs - for so long a read sleeps at most.
   */
  constructor(port: MessagePort, limitMs: number = Number.POSITIVE_INFINITY) {
    this.#port = port
    this.#limitMs = limitMs
    this.#bridged = this.#newBridge()
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
      if (error instanceof BridgedStateLateError) {
        // Into the old one the answer may still be written.
        this.#bridged = this.#newBridge()
        throw new BaseUnavailableError(lateness(error.request, this.#limitMs))
      }
      if (error instanceof BridgedStateAbsentError && this.onAbsent !== 'wait')
        throw this.onAbsent(error.request)
      throw error
    }
  }

  #newBridge(): BridgedState {
    const bridge = bridgeMemory()
    this.#post({ bridge })
    const ask = (request: StateRequest) => this.#post({ request, isHere: this.onAbsent !== 'wait' })
    return new BridgedState(bridge, ask, { limitMs: this.#limitMs })
  }

  #post(message: ReaderToFork): void {
    this.#port.postMessage(message)
  }
}

function lateness(request: StateRequest, limitMs: number): string {
  return (
    `${describe(request)} has not come from the fork's remote within ${limitMs / 1000} s, in which the thread that needs it ` +
    'stood still; the remote must answer sooner, and from another thread than this one'
  )
}

import type { MessagePort } from 'node:worker_threads'
import type { StateReader, ViewProof } from '../rpc/index.ts'
import type { MainToSealer, SealerAnswer, SealerToMain } from './messages.ts'

/** Most questions to the sealer that may be unanswered. */
export const SEALER_REQUEST_LIMIT = 4096

type Question = MainToSealer extends infer T ? (T extends MainToSealer ? Omit<T, 'id'> : never) : never

/** Asks the sealer thread for proofs and for the state at sealed blocks. */
export class SealerClient {
  readonly #port: MessagePort
  readonly #pending = new Map<number, (answer: SealerAnswer) => void>()
  #nextId = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** Undefined when the state of that block is no longer kept. */
  async proof(blockNumber: bigint, address: Uint8Array, keys: Uint8Array[]): Promise<ViewProof | undefined> {
    return (await this.#ask({ kind: 'proof', blockNumber, address, keys })) as ViewProof | undefined
  }

  /** Reads the state after a sealed block; undefined when it is no longer kept. */
  async stateAt(blockNumber: bigint): Promise<StateReader | undefined> {
    const known = await this.#account(blockNumber, new Uint8Array(20))
    if (known === undefined) return undefined
    return {
      balance: async (address) => present(await this.#account(blockNumber, address), blockNumber).balance,
      nonce: async (address) => present(await this.#account(blockNumber, address), blockNumber).nonce,
      code: async (address) =>
        present(
          (await this.#ask({ kind: 'code', blockNumber, address })) as Uint8Array | undefined,
          blockNumber,
        ),
      storage: async (address, key) =>
        present(
          (await this.#ask({ kind: 'slot', blockNumber, address, key })) as Uint8Array | undefined,
          blockNumber,
        ),
    }
  }

  resolve(message: Extract<SealerToMain, { kind: 'answer' }>): void {
    this.#pending.get(message.id)?.(message.answer)
    this.#pending.delete(message.id)
  }

  async #account(
    blockNumber: bigint,
    address: Uint8Array,
  ): Promise<{ nonce: bigint; balance: bigint } | undefined> {
    const answer = await this.#ask({ kind: 'account', blockNumber, address })
    return answer as { nonce: bigint; balance: bigint } | undefined
  }

  #ask(question: Question): Promise<SealerAnswer> {
    if (this.#pending.size >= SEALER_REQUEST_LIMIT) return Promise.reject(new SealerBusyError())
    const id = this.#nextId++
    this.#port.postMessage({ ...question, id })
    return new Promise((resolve) => this.#pending.set(id, resolve))
  }
}

/** A state may go out of the window between two reads of one request. */
function present<T>(answer: T | undefined, blockNumber: bigint): T {
  if (answer === undefined) throw new StateGoneError(blockNumber)
  return answer
}

export class SealerBusyError extends Error {
  override readonly name = 'SealerBusyError'

  constructor() {
    super(
      `Too many requests for proofs or past state are under way (limit ${SEALER_REQUEST_LIMIT}).\n  next: try again.`,
    )
  }
}

export class StateGoneError extends Error {
  override readonly name = 'StateGoneError'

  constructor(blockNumber: bigint) {
    super(`The state of block ${blockNumber} is no longer kept.\n  next: ask for a newer block.`)
  }
}

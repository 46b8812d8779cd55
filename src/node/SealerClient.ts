import type { MessagePort } from 'node:worker_threads'
import type { ViewProof } from '../rpc/index.ts'
import type { MainToSealer, SealerToMain } from './messages.ts'

/** Most questions to the sealer that may be unanswered. */
export const SEALER_REQUEST_LIMIT = 4096

/** Asks the sealer thread for proofs. */
export class SealerClient {
  readonly #port: MessagePort
  readonly #pending = new Map<number, (proof: ViewProof | undefined) => void>()
  #nextId = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** Undefined when the state of that block is no longer kept. */
  proof(blockNumber: bigint, address: Uint8Array, keys: Uint8Array[]): Promise<ViewProof | undefined> {
    if (this.#pending.size >= SEALER_REQUEST_LIMIT) return Promise.reject(new SealerBusyError())
    const id = this.#nextId++
    this.#port.postMessage({ kind: 'proof', id, blockNumber, address, keys } satisfies MainToSealer)
    return new Promise((resolve) => this.#pending.set(id, resolve))
  }

  resolve({ id, proof }: Extract<SealerToMain, { kind: 'proof' }>): void {
    this.#pending.get(id)?.(proof)
    this.#pending.delete(id)
  }
}

export class SealerBusyError extends Error {
  override readonly name = 'SealerBusyError'

  constructor() {
    super(`Too many requests for proofs are under way (limit ${SEALER_REQUEST_LIMIT}).\n  next: try again.`)
  }
}

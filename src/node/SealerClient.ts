import type { MessagePort } from 'node:worker_threads'
import type { ViewProof } from '../rpc/index.ts'
import type { HashedAccount, HashedSlot, WitnessTarget } from '../trie/index.ts'
import type { MainToSealer, SealerToMain, TrieRange } from './messages.ts'

/** Most questions to the sealer that may be unanswered. */
export const SEALER_REQUEST_LIMIT = 4096

type Answer = Extract<SealerToMain, { kind: 'answer' }>['answer']

/** Asks the sealer thread for what the trie holds, and for proofs and witnesses of it. */
export class SealerClient {
  readonly #port: MessagePort
  readonly #pending = new Map<number, (answer: Answer) => void>()
  #nextId = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** Undefined when the state of that block is no longer kept. */
  proof(blockNumber: bigint, address: Uint8Array, keys: Uint8Array[]): Promise<ViewProof | undefined> {
    return this.#ask((id) => ({ kind: 'proof', id, blockNumber, address, keys })) as Promise<
      ViewProof | undefined
    >
  }

  /** RLP of trie nodes, see CompactStateTrie.witness; undefined when the state of that block is no longer kept. */
  witness(blockNumber: bigint, targets: WitnessTarget[]): Promise<Uint8Array[] | undefined> {
    return this.#ask((id) => ({ kind: 'witness', id, blockNumber, targets })) as Promise<
      Uint8Array[] | undefined
    >
  }

  /** Accounts by their hashed addresses; likewise. */
  accounts(blockNumber: bigint, range: TrieRange): Promise<HashedAccount[] | undefined> {
    return this.#ask((id) => ({ kind: 'accounts', id, blockNumber, ...range })) as Promise<
      HashedAccount[] | undefined
    >
  }

  /** Slots of an account by their hashed keys; likewise. */
  storage(
    blockNumber: bigint,
    hashedAddress: Uint8Array,
    range: TrieRange,
  ): Promise<HashedSlot[] | undefined> {
    return this.#ask((id) => ({ kind: 'storage', id, blockNumber, hashedAddress, ...range })) as Promise<
      HashedSlot[] | undefined
    >
  }

  resolve({ id, answer }: Extract<SealerToMain, { kind: 'answer' }>): void {
    this.#pending.get(id)?.(answer)
    this.#pending.delete(id)
  }

  #ask(question: (id: number) => MainToSealer): Promise<Answer> {
    if (this.#pending.size >= SEALER_REQUEST_LIMIT) return Promise.reject(new SealerBusyError())
    const id = this.#nextId++
    this.#port.postMessage(question(id))
    return new Promise((resolve) => this.#pending.set(id, resolve))
  }
}

export class SealerBusyError extends Error {
  override readonly name = 'SealerBusyError'

  constructor() {
    super(`Too many requests for proofs are under way (limit ${SEALER_REQUEST_LIMIT}).\n  next: try again.`)
  }
}

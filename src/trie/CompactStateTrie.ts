import { EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { type StateProof, StateTrie, type TrieAccount } from './StateTrie.ts'

/** States that are kept for reads and proofs when the owner names no other number. */
const DEFAULT_KEPT_STATES = 128

export type CompactStateTrieOptions = {
  /** Most memory of all shards together, in MiB; reserved at once, committed by the system as it is written. */
  memoryMiB?: number
  /** Memories that the state is spread over, each of at most 4095 MiB: 1, 2, 4, 8 or 16. */
  shards?: number
  /** Kept states at most; the oldest goes first. */
  keptStates?: number
}

/** What a witness is for: an account, and slots of it (32 bytes each), that are read or changed. */
export type WitnessTarget = { address: Uint8Array; keys: readonly Uint8Array[] }

/** Bytes. */
export type TrieMemory = {
  reserved: number
  /** In nodes, those of kept states too. */
  used: number
  /** In nodes that only kept states need, of `used`. */
  kept: number
}

/** Ethereum's state trie with its storage tries, mutable: one working state, and the last ones that were kept. */
export class CompactStateTrie {
  readonly #keptStates: number
  #working: StateTrie = StateTrie.empty()
  readonly #kept = new Map<bigint, StateTrie>()

  constructor({ keptStates = DEFAULT_KEPT_STATES }: CompactStateTrieOptions = {}) {
    this.#keptStates = keptStates
  }

  /**
   * Applies an encoded diff (protocol/StateDiff.ts) to the working state.
   *
   * @throws StateTrieError if the diff is malformed, or sets a slot of an account that does not exist.
   */
  apply(diff: Uint8Array): void {
    this.#working = this.#working.apply(diff)
  }

  /** 32 bytes: root of the working state. */
  root(): Uint8Array {
    return this.#working.root()
  }

  /** Remembers the working state as that of a block; the oldest kept one goes when there are too many. */
  keep(blockNumber: bigint): void {
    this.#kept.delete(blockNumber)
    this.#kept.set(blockNumber, this.#working)
    if (this.#kept.size > this.#keptStates) this.#kept.delete(this.#kept.keys().next().value!)
  }

  isKept(blockNumber: bigint): boolean {
    return this.#kept.has(blockNumber)
  }

  /** Undefined if the account does not exist. Without a block number: in the working state. */
  account(blockNumber: bigint | undefined, address: Uint8Array): TrieAccount | undefined {
    return this.#at(blockNumber).account(address)
  }

  /** 32 bytes, zero if the slot or the account does not exist. `key` has 32 bytes. */
  storage(blockNumber: bigint | undefined, address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#at(blockNumber).storage(address, key)
  }

  /** EIP-1186 proof, see StateTrie.proof. */
  proof(blockNumber: bigint | undefined, address: Uint8Array, keys: readonly Uint8Array[]): StateProof {
    return this.#at(blockNumber).proof(address, keys)
  }

  /** 32 bytes; that of the empty trie if the account does not exist. In the working state. */
  storageRoot(address: Uint8Array): Uint8Array {
    return this.#working.account(address)?.storageRoot ?? EMPTY_TRIE_ROOT
  }

  #at(blockNumber: bigint | undefined): StateTrie {
    if (blockNumber === undefined) return this.#working
    const state = this.#kept.get(blockNumber)
    if (state === undefined) throw new StateNotKeptError(blockNumber)
    return state
  }
}

/** A read at a block whose state is not kept (any longer). */
export class StateNotKeptError extends Error {
  override readonly name = 'StateNotKeptError'

  constructor(blockNumber: bigint) {
    super(
      `The state of this block is not kept.\n  block: ${blockNumber}\n  next: ask for a newer block, or keep more states.`,
    )
  }
}

import { TrieKernel } from '../kernels/index.ts'
import { bytesToHex } from '../lib/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { PendingChanges } from './PendingChanges.ts'
import { type HashedAccount, type HashedSlot, StateSnapshot } from './StateSnapshot.ts'
import { type StateProof, StateTrieError, type TrieAccount } from './StateTrie.ts'
import { type DiffParts, piecesOf, splitDiff, withoutDeleted } from './splitDiff.ts'
import type { WitnessTarget } from './Witness.ts'

/** States that are kept for reads and proofs when the owner names no other number. */
const DEFAULT_KEPT_STATES = 128

/** Enough for some millions of accounts and slots. */
const DEFAULT_MEMORY_MIB = 1024

/** Kept states are dropped early when what only they need takes more than this share of the memory. */
const KEPT_SHARE = 1 / 4

export type CompactStateTrieOptions = {
  /** Memory of all shards together, in MiB; reserved at once, committed by the system as it is written. */
  memoryMiB?: number
  /** Memories that the state is spread over, each of at most 4095 MiB: 1, 2, 4, 8 or 16. */
  shards?: number
  /** Kept states at most; the oldest goes first. 0: none can be kept. */
  keptStates?: number
}

/** Bytes. */
export type TrieMemory = {
  reserved: number
  /** In nodes, those of kept states too. */
  used: number
  /** In nodes that only kept states need, of `used`; without storage tries of deleted accounts. */
  kept: number
}

/**
 * Ethereum's state trie with its storage tries (Yellow Paper section 4.1), as compact nodes in WebAssembly memory
 * (kernels/assembly/trie): one working state that changes in place, and the last ones that were kept. Code is not kept,
 * only its hash. Its oracle is StateTrie.
 *
 * Shards split the accounts by the top nibble of their hashed address; a storage trie lies whole beside its account. So
 * the storage of one account is limited by one shard's memory.
 */
export class CompactStateTrie {
  readonly #shards: TrieKernel[]
  readonly #reservedBytes: number
  readonly #keptStates: number
  /** Number that the kernels gave to each kept block, oldest first. */
  readonly #kept = new Map<bigint, number>()
  /** Of the working state, and not in the kernels yet. */
  #pending: PendingChanges | undefined

  /** @throws RangeError for sizes that it can't have. */
  constructor({
    memoryMiB = DEFAULT_MEMORY_MIB,
    shards = 1,
    keptStates = DEFAULT_KEPT_STATES,
  }: CompactStateTrieOptions = {}) {
    if (![1, 2, 4, 8, 16].includes(shards))
      throw new RangeError(`a trie has 1, 2, 4, 8 or 16 shards, not ${shards}`)
    this.#reservedBytes = memoryMiB * 2 ** 20
    this.#keptStates = keptStates
    this.#shards = Array.from({ length: shards }, (_, shard) => {
      return new TrieKernel({ memoryMiB: memoryMiB / shards, keptStates, nibbles: nibblesOf(shard, shards) })
    })
  }

  /**
   * Applies an encoded diff (protocol/StateDiff.ts) to the working state. Slots may belong to accounts that the diff
   * does not list; those of an account that it deletes are passed over.
   *
   * @throws StateTrieError if the diff is malformed, or sets a slot of an account that does not exist. Of a malformed
   *   diff nothing is applied. After the other, the working state is as before if there is one shard and the diff has
   *   no more entries than a kernel takes at once; else it is undefined.
   * @throws TrieLimitError when the memory is full; the trie is then of no more use.
   */
  apply(diff: Uint8Array): void {
    this.#applyNow(splitDiff(diff))
  }

  /**
   * As {@link apply}, for diffs that follow one another quickly: their changes may wait, to be applied together when they are
   * many, or the working state is read or kept. A slot without an account is then told later, and all are undefined.
   */
  gather(diff: Uint8Array): void {
    const parts = splitDiff(diff)
    this.#pending ??= new PendingChanges()
    if (this.#pending.add(parts)) return
    this.#applyPending()
    if (!this.#pending.add(parts)) this.#applyNow(parts)
  }

  #applyPending(): void {
    const changes = this.#pending?.take()
    if (changes !== undefined) this.#applyNow(changes)
  }

  /** Behind what is pending. */
  #applyNow(parts: DiffParts): void {
    this.#applyPending()
    for (const shard of this.#shards) applyTo(shard, parts)
  }

  /** 32 bytes: root of the working state. Hashes what is not hashed yet. */
  root(): Uint8Array {
    this.#applyPending()
    return this.#shards.length === 1 ? this.#shards[0]!.rootHash() : this.#workingState().root()
  }

  /** Remembers the working state as that of a block; the oldest kept ones go when there are too many, or memory is short. */
  keep(blockNumber: bigint): void {
    if (this.#keptStates === 0) return
    this.#applyPending()
    let state = 0
    for (const shard of this.#shards) state = shard.keep()
    this.#kept.delete(blockNumber)
    this.#kept.set(blockNumber, state)
    this.#limitKept()
    const oldest = this.#oldestKept()
    for (const [block, number] of this.#kept) if (number < oldest) this.#kept.delete(block)
  }

  /** Blocks above this one are given up: their states can't be asked for any more. */
  forgetAfter(blockNumber: bigint): void {
    for (const block of this.#kept.keys()) if (block > blockNumber) this.#kept.delete(block)
  }

  /** Drops old states when what only kept ones need takes more than its share; never the newest. */
  #limitKept(): void {
    while (this.#kept.size > 1 && this.memory().kept > this.#reservedBytes * KEPT_SHARE) {
      const [oldest, end] = this.#shards[0]!.keptRange()
      if (end - oldest <= 1) return
      for (const shard of this.#shards) if (shard.keptRange()[0] === oldest) shard.dropOldestKept()
    }
  }

  /** A kernel drops states by itself when its memory is short. */
  #oldestKept(): number {
    return Math.max(...this.#shards.map((shard) => shard.keptRange()[0]))
  }

  isKept(blockNumber: bigint): boolean {
    const state = this.#kept.get(blockNumber)
    return state !== undefined && state >= this.#oldestKept()
  }

  /**
   * Undefined if the account does not exist. Without a block number: in the working state.
   *
   * @throws StateNotKeptError, as all reads.
   */
  account(blockNumber: bigint | undefined, address: Uint8Array): TrieAccount | undefined {
    return this.#stateAt(blockNumber).account(address)
  }

  /** 32 bytes, zero if the slot or the account does not exist. `key` has 32 bytes. */
  storage(blockNumber: bigint | undefined, address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#stateAt(blockNumber).storage(address, key)
  }

  /** EIP-1186 proof of an account and some of its slots, present or absent; see StateTrie.proof. */
  proof(blockNumber: bigint | undefined, address: Uint8Array, keys: readonly Uint8Array[]): StateProof {
    return this.#stateAt(blockNumber).proof(address, keys)
  }

  /** 32 bytes: storage root of an account in the working state; that of the empty trie if it does not exist. */
  storageRoot(address: Uint8Array): Uint8Array {
    return this.account(undefined, address)?.storageRoot ?? EMPTY_TRIE_ROOT
  }

  /**
   * RLP of the nodes, each once, with which all these accounts and slots can be read, changed and deleted, one by one or
   * all together, and the root be computed after that. Without nodes shorter than 32 bytes, which are inside others.
   */
  witness(blockNumber: bigint | undefined, targets: readonly WitnessTarget[]): Uint8Array[] {
    return this.#stateAt(blockNumber).witness(targets)
  }

  /** The first `count` accounts at a hashed address and behind it, in order. */
  accountsFrom(
    blockNumber: bigint | undefined,
    { start, count }: { start: Uint8Array; count: number },
  ): HashedAccount[] {
    return firstOf(this.#stateAt(blockNumber).accountsFrom(start), count)
  }

  /** Likewise the slots of the account with a hashed address. */
  storageFrom(
    blockNumber: bigint | undefined,
    { hashedAddress, start, count }: { hashedAddress: Uint8Array; start: Uint8Array; count: number },
  ): HashedSlot[] {
    return firstOf(this.#stateAt(blockNumber).storageFrom(hashedAddress, start), count)
  }

  memory(): TrieMemory {
    const sum = { reserved: this.#reservedBytes, used: 0, kept: 0 }
    for (const shard of this.#shards) {
      const { used, kept } = shard.memory()
      sum.used += used
      sum.kept += kept
    }
    return sum
  }

  #stateAt(blockNumber: bigint | undefined): StateSnapshot {
    if (blockNumber === undefined) return this.#workingState()
    const state = this.#kept.get(blockNumber)
    if (state === undefined || state < this.#oldestKept()) throw new StateNotKeptError(blockNumber)
    return new StateSnapshot(this.#shards.map((kernel) => ({ kernel, reference: kernel.keptRoot(state) })))
  }

  #workingState(): StateSnapshot {
    this.#applyPending()
    for (const shard of this.#shards) shard.rootHash()
    return new StateSnapshot(this.#shards.map((kernel) => ({ kernel, reference: kernel.workingRoot() })))
  }
}

function firstOf<T>(items: Iterable<T>, count: number): T[] {
  const first: T[] = []
  for (const item of items) {
    if (first.length >= count) break
    first.push(item)
  }
  return first
}

/** Bits of the top nibbles that a shard holds. */
function nibblesOf(shard: number, shards: number): number {
  const count = 16 / shards
  return ((1 << count) - 1) << (shard * count)
}

function applyTo(shard: TrieKernel, parts: DiffParts): void {
  const { accounts, slots } = parts
  const limit = shard.changeLimit
  if (accounts.length / DIFF_ACCOUNT_BYTES + slots.length / DIFF_SLOT_BYTES <= limit) {
    applyPiece(shard, accounts, slots)
    return
  }
  for (const piece of piecesOf(accounts, DIFF_ACCOUNT_BYTES, limit)) applyPiece(shard, piece, NOTHING)
  for (const piece of piecesOf(withoutDeleted(parts), DIFF_SLOT_BYTES, limit))
    applyPiece(shard, NOTHING, piece)
}

function applyPiece(shard: TrieKernel, accounts: Uint8Array, slots: Uint8Array): void {
  const orphan = shard.apply(accounts, slots)
  if (orphan < 0) return
  const at = orphan * DIFF_SLOT_BYTES
  throw new StateTrieError(
    'NO_ACCOUNT',
    `sets slot ${bytesToHex(slots.subarray(at + 20, at + 52))} of ${bytesToHex(slots.subarray(at, at + 20))}, which is neither in the state nor in the diff`,
  )
}

const NOTHING = new Uint8Array(0)

/** A read at a block whose state is not kept, or is no longer. */
export class StateNotKeptError extends Error {
  override readonly name = 'StateNotKeptError'

  constructor(blockNumber: bigint) {
    super(
      `The state of this block is not kept.\n  block: ${blockNumber}\n  next: ask for a newer block, or start with more memory for the trie, or more kept states.`,
    )
  }
}

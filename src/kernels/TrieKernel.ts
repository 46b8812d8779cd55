import { assert, copyInto } from '../lib/index.ts'
import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/trie.ts'
import { reservedMemory } from './webAssembly.ts'

/** Most memory that 32-bit addresses reach, less a page. */
export const MAX_TRIE_MEMORY_MIB = 4095
/** Room for the changes of one call, and some nodes. */
const MIN_TRIE_MEMORY_MIB = 32

/** Bytes of an account and of a slot in an encoded state diff (protocol/StateDiff.ts). */
const ACCOUNT_BYTES = 93
const SLOT_BYTES = 84

/**
 * Depth, in nibbles, from which branches hash their children with each apply, and not only when the root is asked for. At
 * 10 million entries and 100 mini-blocks of 1,000 changes the root then takes 6 ms instead of 61 (depth 4), for 13 % more
 * work in all; with depth 0 it would be 53 % more (bench/trie).
 */
const HASH_FROM_DEPTH = 3

/** Kinds of nodes, in the low bits of a reference; see assembly/trie/nodes.ts. */
export const NODE_KIND = { branch: 0, value: 1, simpleAccount: 2, fullAccount: 3 } as const
const KIND_MASK = 15

/** Offsets in leaves. */
const LEAF = {
  valueLength: 4,
  value: 40,
  nonce: 40,
  balance: 48,
  codeHash: 80,
  storageRoot: 112,
  storage: 144,
}

/** Limits of one kernel, by the number that it gives. */
const LIMITS = ['', 'nodes', 'the changes of one call']

export type TrieKernelOptions = {
  memoryMiB: number
  /** States kept at most. */
  keptStates: number
  /** Bits of the top nibbles of hashed addresses that are held; others are passed over. Default: all. */
  nibbles?: number
  /** For tests: keys are taken as they are, addresses with zeros behind, so that tests choose where they stand. */
  keysAreHashes?: boolean
  /** For measuring, default {@link HASH_FROM_DEPTH}. */
  hashFromDepth?: number
}

export type AccountFields = {
  nonce: bigint
  /** Wei. */
  balance: bigint
  /** Undefined: no code. */
  codeHash: Uint8Array | undefined
  /** Undefined: no storage. */
  storageRoot: Uint8Array | undefined
  /** Reference of the storage trie's root node, 0: none. */
  storage: number
}

/**
 * One instance of the trie kernel (assembly/trie) with its own memory, reserved at once and committed by the system as it
 * is written. References are numbers that name nodes: they hold until the working state changes or, in a kept state,
 * until that is dropped. Byte arrays are copies unless said otherwise.
 */
export class TrieKernel {
  readonly #exports: WebAssembly.Exports
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #scratch: number
  readonly #hashFrom: number
  /** Most changes of one {@link apply}. */
  readonly changeLimit: number

  /** @throws RangeError for a size that it can't have. */
  constructor({ memoryMiB, keptStates, nibbles, keysAreHashes, hashFromDepth }: TrieKernelOptions) {
    checkSize(memoryMiB)
    const totalBytes = memoryMiB * 2 ** 20
    const memory = reservedMemory(totalBytes)
    this.#bytes = new Uint8Array(memory.buffer)
    this.#view = new DataView(memory.buffer)
    const fail = (reason: number) => {
      throw new TrieLimitError(LIMITS[reason] ?? `limit ${reason}`, memoryMiB)
    }
    this.#exports = new WebAssembly.Instance(trieModule(), { env: { memory }, host: { fail } }).exports
    this.#exports.init(totalBytes, keptStates, nibbles ?? 0xffff, keysAreHashes === true)
    this.#scratch = this.#exports.scratchAddress() >>> 0
    this.#hashFrom = hashFromDepth ?? HASH_FROM_DEPTH
    this.changeLimit = this.#exports.changeLimit() >>> 0
  }

  /**
   * Applies accounts and slots in the form of an encoded state diff, at most {@link changeLimit} together.
   *
   * @returns -1, or the number of a slot whose account is neither in the state nor listed; nothing is changed then.
   * @throws TrieLimitError when memory is full; what the kernel holds is undefined then.
   */
  apply(accounts: Uint8Array, slots: Uint8Array): number {
    const accountCount = accounts.length / ACCOUNT_BYTES
    const slotCount = slots.length / SLOT_BYTES
    assert(accountCount + slotCount <= this.changeLimit, 'more changes than the kernel takes at once')
    copyInto(this.#bytes, this.#scratch, accounts)
    copyInto(this.#bytes, this.#scratch + accounts.length, slots)
    return (this.#exports.apply(accountCount, slotCount, this.#hashFrom) >>> 0) - 1
  }

  /**
   * Puts values of at most 255 bytes into a trie that has nothing but such; an empty one removes its key. Keys are 32
   * bytes, hashed already. At most {@link changeLimit} together.
   */
  applyValues(entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): void {
    assert(entries.length <= this.changeLimit, 'more changes than the kernel takes at once')
    let at = this.#scratch
    for (const [key, value] of entries) {
      this.#bytes.set(key, at)
      this.#view.setUint32(at + 32, value.length, true)
      this.#bytes.set(value, at + 36)
      at += 36 + value.length
    }
    this.#exports.applyValues(entries.length, at - this.#scratch, this.#hashFrom)
  }

  /** 32 bytes: root hash of what is held, once all that changed is hashed. */
  rootHash(): Uint8Array {
    return this.#copy(this.#exports.computeRoot() >>> 0, 32)
  }

  /** Reference of the working state's root node, 0: empty. */
  workingRoot(): number {
    return this.#exports.workingRoot() >>> 0
  }

  /** Keeps the working state. Returns its number; the oldest one is dropped where there are too many. */
  keep(): number {
    return this.#exports.keep() >>> 0
  }

  /** Numbers of the kept states: from the first up to, not including, the second. */
  keptRange(): [oldest: number, end: number] {
    return [this.#exports.oldestKept() >>> 0, this.#exports.nextKept() >>> 0]
  }

  dropOldestKept(): void {
    this.#exports.dropOldestKept()
  }

  /** Frees at once what dropped states and deleted storage leave; otherwise that is done in pieces, with each apply. */
  freeGarbage(): void {
    this.#exports.freeGarbage(0xffffffff)
  }

  keptRoot(state: number): number {
    return this.#exports.keptRoot(state) >>> 0
  }

  hashKey(key: Uint8Array): Uint8Array {
    this.#bytes.set(key, this.#scratch)
    this.#exports.hashInput(key.length)
    return this.#copy(this.#scratch, 32)
  }

  /** The leaf of a hashed key, 0 if there is none. */
  find(root: number, hashedKey: Uint8Array): number {
    this.#bytes.set(hashedKey, this.#scratch)
    return this.#exports.find(root) >>> 0
  }

  /** RLP of the nodes from `reference`, entered at `depth`, towards a hashed key, without those inside their parents. */
  prove(reference: number, depth: number, hashedKey: Uint8Array): Uint8Array[] {
    this.#bytes.set(hashedKey, this.#scratch)
    const end = this.#exports.proveInput(reference, depth) >>> 0
    const nodes: Uint8Array[] = []
    for (let at = this.#scratch + 32; at < end; ) {
      const length = this.#view.getUint32(at, true)
      nodes.push(this.#copy(at + 4, length))
      at += 4 + length
    }
    return nodes
  }

  /** RLP of a node entered at `depth`. */
  encode(reference: number, depth: number): Uint8Array {
    return this.#copy(this.#scratch, this.#exports.encode(reference, depth))
  }

  /** How a parent names a node entered at `depth`: 32 bytes of hash, or RLP that is shorter. */
  name(reference: number, depth: number): Uint8Array {
    return this.#copy(this.#scratch, this.#exports.name(reference, depth))
  }

  /** What stands below a root under the top nibble of a key, to be entered at depth 1; 0: nothing. */
  below(root: number, nibble: number): number {
    return this.#exports.below(root, nibble) >>> 0
  }

  /** A branch's child, 0: none. */
  child(branch: number, nibble: number): number {
    return this.#exports.child(branch, nibble) >>> 0
  }

  /** Nibbles from the root to where a branch branches. */
  branchDepth(branch: number): number {
    return this.#exports.branchDepth(branch)
  }

  /** Some key below a node. */
  keyBelow(reference: number): Uint8Array {
    return this.#copy(this.#exports.keyBelow(reference) >>> 0, 32)
  }

  account(leaf: number): AccountFields {
    const at = addressOf(leaf)
    const nonce = this.#view.getBigUint64(at + LEAF.nonce, true)
    const isSimple = kindOf(leaf) === NODE_KIND.simpleAccount
    const balance = this.#word(at + LEAF.balance, isSimple ? 2 : 4)
    if (isSimple) return { nonce, balance, codeHash: undefined, storageRoot: undefined, storage: 0 }
    return {
      nonce,
      balance,
      codeHash: this.#copy(at + LEAF.codeHash, 32),
      storageRoot: this.#copy(at + LEAF.storageRoot, 32),
      storage: this.#view.getUint32(at + LEAF.storage, true),
    }
  }

  /** Bytes of a leaf that holds a value. */
  value(leaf: number): Uint8Array {
    const at = addressOf(leaf)
    return this.#copy(at + LEAF.value, this.#bytes[at + LEAF.valueLength]!)
  }

  /** Bytes in nodes; of these, in nodes that only kept states need. */
  memory(): { used: number; kept: number } {
    return { used: this.#exports.bytesUsed(), kept: this.#exports.bytesKept() }
  }

  /** Keccak permutations so far, but for the root's and those of branches below extensions. */
  permutations(): number {
    return this.#exports.permutationCount()
  }

  #word(at: number, limbs: number): bigint {
    let value = 0n
    for (let limb = 0; limb < limbs; limb++) value = (value << 64n) | this.#view.getBigUint64(at + limb * 8)
    return value
  }

  #copy(at: number, length: number): Uint8Array {
    return this.#bytes.slice(at, at + length)
  }
}

export function kindOf(reference: number): number {
  return reference & KIND_MASK
}

function addressOf(reference: number): number {
  return (reference & ~KIND_MASK) >>> 0
}

let compiled: WebAssembly.Module | undefined

function trieModule(): WebAssembly.Module {
  compiled ??= compileWasm(wasmBase64)
  return compiled
}

function checkSize(memoryMiB: number): void {
  if (Number.isInteger(memoryMiB) && memoryMiB >= MIN_TRIE_MEMORY_MIB && memoryMiB <= MAX_TRIE_MEMORY_MIB)
    return
  throw new RangeError(
    `A trie can't have this memory.\n  memory: ${memoryMiB} MiB\n  next: give a whole number from ${MIN_TRIE_MEMORY_MIB} to ${MAX_TRIE_MEMORY_MIB} for each shard.`,
  )
}

/** A trie's memory is full. What it holds is then undefined: the process that owns it must stop. */
export class TrieLimitError extends Error {
  override name = 'TrieLimitError'
  readonly recovery = 'stop'

  constructor(limit: string, memoryMiB: number) {
    super(
      `The trie's room for ${limit} is full.\n  memory: ${memoryMiB} MiB a shard\n  next: start with more memory for the trie (at most ${MAX_TRIE_MEMORY_MIB} MiB a shard), or more shards.`,
    )
  }
}

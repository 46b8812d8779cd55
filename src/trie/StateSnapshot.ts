import { type AccountFields, keccak256, type TrieKernel } from '../kernels/index.ts'
import { padLeft } from '../lib/index.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { leavesFrom } from './leavesFrom.ts'
import { nibbleAt } from './nibbles.ts'
import { encodeBranch } from './nodeCodec.ts'
import type { StateProof, TrieAccount } from './StateTrie.ts'
import type { Subtrie } from './Subtrie.ts'
import { mergeTargets, Witness, type WitnessTarget } from './Witness.ts'

/**
 * One state in the kernels, all of whose hashes are computed: the working state until it changes, or a kept one. The
 * shards' tries are one trie: where more than one top nibble is in use, its root is a branch that lies in no kernel.
 */
export class StateSnapshot {
  /** By shard: root of what it holds. */
  readonly #roots: readonly Subtrie[]

  constructor(roots: readonly Subtrie[]) {
    this.#roots = roots
  }

  root(): Uint8Array {
    const top = this.#top()
    if (top.length === 1) return keccak256(encodeAt(top[0]!, 0))
    return top.length === 0 ? EMPTY_TRIE_ROOT : keccak256(encodeTop(this.#children()))
  }

  account(address: Uint8Array): TrieAccount | undefined {
    const found = this.#find(keccak256(address))
    return found === undefined ? undefined : trieAccount(found.fields)
  }

  storage(address: Uint8Array, key: Uint8Array): Uint8Array {
    const found = this.#find(keccak256(address))
    return found === undefined ? new Uint8Array(32) : slotOf(found, keccak256(key))
  }

  proof(address: Uint8Array, keys: readonly Uint8Array[]): StateProof {
    const hashedAddress = keccak256(address)
    const found = this.#find(hashedAddress)
    const account = found === undefined ? ABSENT : trieAccount(found.fields)
    return {
      nonce: account.nonce,
      balance: account.balance,
      codeHash: account.codeHash,
      storageHash: account.storageRoot,
      accountProof: this.#proveAccount(hashedAddress),
      storageProof: keys.map((key) => {
        const hashedKey = keccak256(key)
        if (found === undefined) return { key, value: new Uint8Array(32), proof: [] }
        const proof = found.kernel.prove(found.fields.storage, 0, hashedKey)
        return { key, value: slotOf(found, hashedKey), proof }
      }),
    }
  }

  /** See CompactStateTrie.witness. */
  witness(targets: readonly WitnessTarget[]): Uint8Array[] {
    const witness = new Witness()
    const merged = mergeTargets(targets)
    const addresses = merged.map(({ address }) => keccak256(address))
    const top = this.#top()
    if (top.length === 1) witness.addTrie(top[0]!, addresses)
    else if (top.length > 1) witness.addTop(encodeTop(this.#children()), this.#children(), addresses)
    for (const [index, { keys }] of merged.entries()) {
      const found = this.#find(addresses[index]!)
      if (found === undefined || found.fields.storage === 0 || keys.length === 0) continue
      const storage = { kernel: found.kernel, reference: found.fields.storage }
      witness.addTrie(storage, keys.map(keccak256))
    }
    return witness.nodes()
  }

  /** The accounts at a hashed address and behind it, in order, by their hashed addresses. */
  *accountsFrom(start: Uint8Array): Generator<HashedAccount, void> {
    for (const root of this.#roots)
      for (const { reference, key } of leavesFrom(root, start))
        yield { hash: key, ...trieAccount(root.kernel.account(reference)) }
  }

  /** Likewise the slots of the account with a hashed address. */
  *storageFrom(hashedAddress: Uint8Array, start: Uint8Array): Generator<HashedSlot, void> {
    const found = this.#find(hashedAddress)
    if (found === undefined) return
    const storage = { kernel: found.kernel, reference: found.fields.storage }
    for (const { reference, key } of leavesFrom(storage, start))
      yield { hash: key, value: slotValue(found.kernel.value(reference)) }
  }

  #find(hashedAddress: Uint8Array): FoundAccount | undefined {
    const { kernel, reference } = this.#rootFor(nibbleAt(hashedAddress, 0))
    const leaf = kernel.find(reference, hashedAddress)
    return leaf === 0 ? undefined : { kernel, fields: kernel.account(leaf) }
  }

  #proveAccount(hashedAddress: Uint8Array): Uint8Array[] {
    const top = this.#top()
    if (top.length === 0) return []
    if (top.length === 1) return top[0]!.kernel.prove(top[0]!.reference, 0, hashedAddress)
    const nibble = nibbleAt(hashedAddress, 0)
    const { kernel, reference } = this.#rootFor(nibble)
    const below = kernel.prove(kernel.below(reference, nibble), 1, hashedAddress)
    return [encodeTop(this.#children()), ...below]
  }

  /** Nodes to be entered at depth 0 if it is one, else children of a branch. With one shard it is always at most one. */
  #top(): Subtrie[] {
    const roots = this.#roots.filter(({ reference }) => reference !== 0)
    return roots.length <= 1 ? roots : this.#children().filter(({ reference }) => reference !== 0)
  }

  /** By top nibble, to be entered at depth 1. */
  #children(): Subtrie[] {
    return Array.from({ length: 16 }, (_, nibble) => {
      const { kernel, reference } = this.#rootFor(nibble)
      return { kernel, reference: kernel.below(reference, nibble) }
    })
  }

  #rootFor(nibble: number): Subtrie {
    return this.#roots[Math.floor((nibble * this.#roots.length) / 16)]!
  }
}

/** An account, by its hashed address. */
export type HashedAccount = TrieAccount & { hash: Uint8Array }
/** A slot that is not zero, by its hashed key; `value` has 32 bytes. */
export type HashedSlot = { hash: Uint8Array; value: Uint8Array }

type FoundAccount = { kernel: TrieKernel; fields: AccountFields }

const ABSENT: TrieAccount = {
  nonce: 0n,
  balance: 0n,
  codeHash: EMPTY_CODE_HASH,
  storageRoot: EMPTY_TRIE_ROOT,
}

function trieAccount({ nonce, balance, codeHash, storageRoot }: AccountFields): TrieAccount {
  return {
    nonce,
    balance,
    codeHash: codeHash ?? EMPTY_CODE_HASH,
    storageRoot: storageRoot ?? EMPTY_TRIE_ROOT,
  }
}

function slotOf({ kernel, fields }: FoundAccount, hashedKey: Uint8Array): Uint8Array {
  const leaf = kernel.find(fields.storage, hashedKey)
  if (leaf === 0) return new Uint8Array(32)
  return slotValue(kernel.value(leaf))
}

function slotValue(rlp: Uint8Array): Uint8Array {
  return padLeft(rlp[0]! < 0x80 ? rlp : rlp.subarray(1), 32)
}

function encodeAt({ kernel, reference }: Subtrie, depth: number): Uint8Array {
  return kernel.encode(reference, depth)
}

/** RLP of the branch above the shards. */
function encodeTop(children: readonly Subtrie[]): Uint8Array {
  const names = children.map(({ kernel, reference }) =>
    reference === 0 ? undefined : { reference: kernel.name(reference, 1) },
  )
  return encodeBranch(names, undefined).slice()
}

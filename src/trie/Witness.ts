import { kindOf, NODE_KIND } from '../kernels/index.ts'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { nibbleAt, sharedNibbles } from './nibbles.ts'
import type { Subtrie } from './Subtrie.ts'

/** What a witness is for: an account, and slots of it (32 bytes each), that are read, changed or deleted. */
export type WitnessTarget = { address: Uint8Array; keys: readonly Uint8Array[] }

/** One target for each account, in the order in which they first come: what is deleted together must be seen together. */
export function mergeTargets(targets: readonly WitnessTarget[]): WitnessTarget[] {
  const merged = new Map<string, { address: Uint8Array; keys: Uint8Array[] }>()
  for (const { address, keys } of targets) {
    const name = bytesToHex(address)
    const target = merged.get(name) ?? { address, keys: [] }
    merged.set(name, target)
    target.keys.push(...keys)
  }
  return [...merged.values()]
}

/**
 * Gathers the nodes of tries that are needed to read keys, to change them, and to delete any of them: those on the way
 * to each key, and where a branch may be left with one child that no key leads to, that child too, since it is joined
 * with what stands above it.
 */
export class Witness {
  /** By content. */
  readonly #nodes = new Map<string, Uint8Array>()

  nodes(): Uint8Array[] {
    return [...this.#nodes.values()]
  }

  /** A trie, and hashed keys in it. */
  addTrie(root: Subtrie, keys: readonly Uint8Array[]): void {
    if (keys.length > 0) this.#walk(root, 0, keys)
  }

  /** A trie whose root is a branch outside of kernels. */
  addTop(encoded: Uint8Array, children: readonly Subtrie[], keys: readonly Uint8Array[]): void {
    if (keys.length === 0) return
    this.#add(encoded, 0)
    this.#walkChildren(children, 0, keys)
  }

  /** Returns whether nothing would be left of this node without the keys. Some key leads to it. */
  #walk(node: Subtrie, depth: number, keys: readonly Uint8Array[]): boolean {
    const { kernel, reference } = node
    this.#addNode(node, depth)
    const below = kernel.keyBelow(reference)
    if (kindOf(reference) !== NODE_KIND.branch) return keys.some((key) => equalBytes(key, below))
    const branchDepth = kernel.branchDepth(reference)
    if (branchDepth === depth) return this.#walkChildren(childrenOf(node), branchDepth, keys)
    const onPath = keys.filter((key) => sharedNibbles(key, below, depth, branchDepth) === branchDepth)
    if (onPath.length === 0) return false
    this.#addNode(node, branchDepth)
    return this.#walkChildren(childrenOf(node), branchDepth, onPath)
  }

  #walkChildren(children: readonly Subtrie[], depth: number, keys: readonly Uint8Array[]): boolean {
    const strangers: Subtrie[] = []
    let vanishes = true
    for (const [nibble, child] of children.entries()) {
      if (child.reference === 0) continue
      const keysBelow = keys.filter((key) => nibbleAt(key, depth) === nibble)
      if (keysBelow.length === 0) strangers.push(child)
      else if (!this.#walk(child, depth + 1, keysBelow)) vanishes = false
    }
    if (vanishes && strangers.length === 1) this.#addNode(strangers[0]!, depth + 1)
    return vanishes && strangers.length === 0
  }

  #addNode({ kernel, reference }: Subtrie, depth: number): void {
    this.#add(kernel.encode(reference, depth), depth)
  }

  /** A node shorter than 32 bytes is inside its parent, except for a root. */
  #add(encoded: Uint8Array, depth: number): void {
    if (encoded.length >= 32 || depth === 0) this.#nodes.set(Buffer.from(encoded).toString('latin1'), encoded)
  }
}

function childrenOf({ kernel, reference }: Subtrie): Subtrie[] {
  return Array.from({ length: 16 }, (_, nibble) => ({ kernel, reference: kernel.child(reference, nibble) }))
}

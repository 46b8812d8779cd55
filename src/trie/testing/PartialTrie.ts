import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import { EMPTY_TRIE_ROOT } from '../../protocol/index.ts'
import { decodeList, decodePath, type NodeReference, type RlpItem } from '../nodeCodec.ts'
import { Branch, Extension, findValue, insert, Leaf, type Node, referenceOf, remove } from '../nodes.ts'

/** Nodes of a witness, by their hash. */
export type WitnessNodes = ReadonlyMap<string, Uint8Array>

export function witnessNodes(nodes: readonly Uint8Array[]): WitnessNodes {
  return new Map(nodes.map((node) => [bytesToHex(keccak256(node)), node]))
}

/** The part of a trie that a witness has, with the readable trie's nodes. What goes beyond it throws. */
export class PartialTrie {
  #node: Node<Uint8Array> | undefined

  constructor(nodes: WitnessNodes, root: Uint8Array) {
    const isEmpty = bytesToHex(root) === bytesToHex(EMPTY_TRIE_ROOT)
    this.#node = isEmpty ? undefined : new Reader(nodes).node(root, [])
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return findValue(this.#node, key)
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#node = insert(this.#node, key, 0, value)
  }

  delete(key: Uint8Array): void {
    if (this.#node !== undefined) this.#node = remove(this.#node, key, 0)
  }

  root(): Uint8Array {
    if (this.#node === undefined) return EMPTY_TRIE_ROOT
    const reference = referenceOf(this.#node, 0)
    return reference.length === 32 ? reference : keccak256(reference)
  }
}

/** A node of which only the reference is known. */
class Unknown {
  reference: NodeReference

  constructor(reference: NodeReference) {
    this.reference = reference
  }

  get kind(): never {
    throw new Error(`the witness lacks the node ${bytesToHex(this.reference)}`)
  }
}

class Reader {
  readonly #nodes: WitnessNodes

  constructor(nodes: WitnessNodes) {
    this.#nodes = nodes
  }

  node(hash: Uint8Array, path: readonly number[]): Node<Uint8Array> {
    const encoded = this.#nodes.get(bytesToHex(hash))
    return encoded === undefined
      ? (new Unknown(hash) as unknown as Node<Uint8Array>)
      : this.#decode(encoded, path)
  }

  #decode(encoded: Uint8Array, path: readonly number[]): Node<Uint8Array> {
    const items = decodeList(encoded)!
    if (items.length === 17) {
      const children = items.slice(0, 16).map((item, nibble) => this.#child(item, [...path, nibble]))
      return new Branch<Uint8Array>(children, undefined)
    }
    const { isLeaf, nibbles } = decodePath(items[0]!.payload)!
    const whole = [...path, ...nibbles]
    if (isLeaf) return new Leaf(keyOf(whole), items[1]!.payload.slice())
    return new Extension(keyOf(whole), nibbles.length, this.#child(items[1]!, whole) as Branch<Uint8Array>)
  }

  #child(item: RlpItem, path: readonly number[]): Node<Uint8Array> | undefined {
    if (item.isList) return this.#decode(item.encoded, path)
    return item.payload.length === 0 ? undefined : this.node(item.payload, path)
  }
}

function keyOf(nibbles: readonly number[]): Uint8Array {
  const key = new Uint8Array(32)
  for (const [index, nibble] of nibbles.entries()) key[index >> 1]! |= nibble << ((index & 1) === 0 ? 4 : 0)
  return key
}

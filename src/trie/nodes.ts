import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { nibbleAt, nibbleCount, sharedNibbles } from './nibbles.ts'
import { encodeBranch, encodeExtension, encodeLeaf, type NodeReference } from './nodeCodec.ts'

/**
 * The nodes of a Merkle Patricia trie in memory (Yellow Paper appendix D) and the three walks over them.
 *
 * Nodes never change once made, except that each keeps its reference once computed. A change therefore copies the
 * nodes on one path and shares the rest, and hashing after a thousand changes hashes each copied node once.
 *
 * A node does not store its path. It stores some key below it, and the depth at which it stands (in nibbles, given by
 * the walk) tells which part of that key is its path: no path is ever cut out or joined. A node that comes to stand at
 * another depth is made anew, because its reference depends on its path.
 */
export type Node<V extends LeafValue> = KnownNode<V> | Unknown<V>
export type KnownNode<V extends LeafValue> = Leaf<V> | Extension<V> | Branch<V>

/** What a leaf holds: bytes, or something that is encoded only when the leaf is hashed. */
export type LeafValue = Uint8Array | { encode(): Uint8Array }

export class Leaf<V extends LeafValue> {
  readonly kind = 'leaf'
  readonly key: Uint8Array
  readonly value: V
  reference: NodeReference | undefined = undefined

  constructor(key: Uint8Array, value: V) {
    this.key = key
    this.value = value
  }
}

export class Extension<V extends LeafValue> {
  readonly kind = 'extension'
  /** Nibbles depth to depth + length are the path; those before lead to it. */
  readonly key: Uint8Array
  readonly length: number
  readonly child: Branch<V> | Unknown<V>
  reference: NodeReference | undefined = undefined

  constructor(key: Uint8Array, length: number, child: Branch<V> | Unknown<V>) {
    this.key = key
    this.length = length
    this.child = child
  }
}

export class Branch<V extends LeafValue> {
  readonly kind = 'branch'
  /** Sixteen, by next nibble. */
  readonly children: readonly (Node<V> | undefined)[]
  /** Of the key that ends here. */
  readonly value: V | undefined
  reference: NodeReference | undefined = undefined

  constructor(children: readonly (Node<V> | undefined)[], value: V | undefined) {
    this.children = children
    this.value = value
  }
}

/** A node of a witness that no walk has come to yet. */
export class Unknown<V extends LeafValue> {
  readonly kind = 'unknown'
  readonly reference: NodeReference
  /** Gives the node, or throws MissingNodeError. */
  readonly resolve: () => KnownNode<V>
  /** It is below an extension. */
  readonly isBranch: boolean

  /** @param reference - 32 bytes. */
  constructor(reference: NodeReference, resolve: () => KnownNode<V>, isBranch: boolean) {
    this.reference = reference
    this.resolve = resolve
    this.isBranch = isBranch
  }
}

/** A walk came to a node that is not there. */
export class MissingNodeError extends Error {
  override readonly name = 'MissingNodeError'
  readonly hash: Uint8Array

  constructor(hash: Uint8Array) {
    super(`A node of the trie is missing.\n  hash: ${bytesToHex(hash)}\n  next: ask for a witness with it.`)
    this.hash = hash
  }
}

/** Value at `key` below `node`. */
export function findValue<V extends LeafValue>(root: Node<V> | undefined, key: Uint8Array): V | undefined {
  let node = root
  let depth = 0
  while (node !== undefined) {
    if (node.kind === 'unknown') node = node.resolve()
    if (node.kind === 'leaf') return equalBytes(node.key, key) ? node.value : undefined
    if (node.kind === 'extension') {
      depth += node.length
      if (sharedNibbles(node.key, key, depth - node.length, depth) < depth) return undefined
      node = node.child
    } else {
      if (depth === nibbleCount(key)) return node.value
      node = node.children[nibbleAt(key, depth)]
      depth++
    }
  }
  return undefined
}

/** The node that stands for `node` with `key` set to `value`; the same node if nothing changes. */
export function insert<V extends LeafValue>(
  node: Node<V> | undefined,
  key: Uint8Array,
  depth: number,
  value: V,
): Node<V> {
  if (node === undefined) return new Leaf(key, value)
  if (node.kind === 'unknown') return insert(node.resolve(), key, depth, value)
  if (node.kind === 'leaf') return insertAtLeaf(node, key, depth, value)
  if (node.kind === 'extension') return insertAtExtension(node, key, depth, value)
  if (depth === nibbleCount(key)) {
    return node.value !== undefined && sameValue(node.value, value) ? node : new Branch(node.children, value)
  }
  const nibble = nibbleAt(key, depth)
  const child = node.children[nibble]
  const changed = insert(child, key, depth + 1, value)
  return changed === child ? node : new Branch(replaced(node.children, nibble, changed), node.value)
}

function insertAtLeaf<V extends LeafValue>(leaf: Leaf<V>, key: Uint8Array, depth: number, value: V): Node<V> {
  if (equalBytes(leaf.key, key)) return sameValue(leaf.value, value) ? leaf : new Leaf(key, value)
  const fork = sharedNibbles(leaf.key, key, depth, Math.min(nibbleCount(leaf.key), nibbleCount(key)))
  const children = emptyChildren<V>()
  let branchValue: V | undefined
  if (fork === nibbleCount(leaf.key)) branchValue = leaf.value
  else children[nibbleAt(leaf.key, fork)] = new Leaf(leaf.key, leaf.value)
  if (fork === nibbleCount(key)) branchValue = value
  else children[nibbleAt(key, fork)] = new Leaf(key, value)
  return extended(key, fork - depth, new Branch(children, branchValue))
}

function insertAtExtension<V extends LeafValue>(
  node: Extension<V>,
  key: Uint8Array,
  depth: number,
  value: V,
): Node<V> {
  const end = depth + node.length
  const fork = sharedNibbles(node.key, key, depth, Math.min(end, nibbleCount(key)))
  if (fork === end) {
    const child = insert(node.child, key, end, value)
    return child === node.child ? node : new Extension(node.key, node.length, child as Branch<V>)
  }
  const children = emptyChildren<V>()
  let branchValue: V | undefined
  children[nibbleAt(node.key, fork)] = extended(node.key, end - fork - 1, node.child)
  if (fork === nibbleCount(key)) branchValue = value
  else children[nibbleAt(key, fork)] = new Leaf(key, value)
  return extended(key, fork - depth, new Branch(children, branchValue))
}

/** The node that stands for `node` without `key`; the same node if the key is not there, undefined if nothing is left. */
export function remove<V extends LeafValue>(
  node: Node<V>,
  key: Uint8Array,
  depth: number,
): Node<V> | undefined {
  if (node.kind === 'unknown') return remove(node.resolve(), key, depth)
  if (node.kind === 'leaf') return equalBytes(node.key, key) ? undefined : node
  if (node.kind === 'extension') {
    const end = depth + node.length
    if (end > nibbleCount(key) || sharedNibbles(node.key, key, depth, end) < end) return node
    const child = remove(node.child, key, end)
    // A branch has two entries or more, so something is left of it.
    return child === node.child ? node : lengthened(child!, node.key, node.length)
  }
  if (depth === nibbleCount(key)) {
    return node.value === undefined ? node : collapsed(node.children, undefined, key, depth)
  }
  const nibble = nibbleAt(key, depth)
  const child = node.children[nibble]
  if (child === undefined) return node
  const changed = remove(child, key, depth + 1)
  if (changed === child) return node
  const children = replaced(node.children, nibble, changed)
  return changed === undefined
    ? collapsed(children, node.value, key, depth)
    : new Branch(children, node.value)
}

/** A branch that lost an entry, or what it becomes when only one is left. `key` is any key that leads to it. */
function collapsed<V extends LeafValue>(
  children: readonly (Node<V> | undefined)[],
  value: V | undefined,
  key: Uint8Array,
  depth: number,
): Node<V> | undefined {
  let last: Node<V> | undefined
  let lastNibble = 0
  let count = value === undefined ? 0 : 1
  for (const [nibble, child] of children.entries()) {
    if (child === undefined) continue
    count++
    last = child
    lastNibble = nibble
  }
  if (count > 1) return new Branch(children, value)
  // Keys are whole bytes, so a branch that has a value stands at an even depth.
  if (last === undefined) return value === undefined ? undefined : new Leaf(key.slice(0, depth / 2), value)
  return lengthened(last, withNibble(key, depth, lastNibble), 1)
}

/** `node` with `length` more nibbles of path in front, taken from `key`. */
function lengthened<V extends LeafValue>(node: Node<V>, key: Uint8Array, length: number): Node<V> {
  if (node.kind === 'unknown') {
    return node.isBranch ? new Extension(key, length, node) : lengthened(node.resolve(), key, length)
  }
  if (node.kind === 'leaf') return new Leaf(node.key, node.value)
  if (node.kind === 'extension') return new Extension(node.key, length + node.length, node.child)
  return new Extension(key, length, node)
}

function extended<V extends LeafValue>(
  key: Uint8Array,
  length: number,
  branch: Branch<V> | Unknown<V>,
): Node<V> {
  return length === 0 ? branch : new Extension(key, length, branch)
}

function withNibble(key: Uint8Array, position: number, nibble: number): Uint8Array {
  // The key may end here: of a branch that lost its own value.
  const other = new Uint8Array(Math.max(key.length, (position >> 1) + 1))
  other.set(key)
  const byte = other[position >> 1]!
  other[position >> 1] = (position & 1) === 0 ? (nibble << 4) | (byte & 15) : (byte & 0xf0) | nibble
  return other
}

function emptyChildren<V extends LeafValue>(): (Node<V> | undefined)[] {
  return new Array<Node<V> | undefined>(16).fill(undefined)
}

function replaced<V extends LeafValue>(
  children: readonly (Node<V> | undefined)[],
  nibble: number,
  child: Node<V> | undefined,
): (Node<V> | undefined)[] {
  const copy = children.slice()
  copy[nibble] = child
  return copy
}

function sameValue(a: LeafValue, b: LeafValue): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && equalBytes(a, b))
}

/**
 * How a parent names this node, n(I, i) in the Yellow Paper: its encoding if that is shorter than 32 bytes, else the
 * encoding's keccak-256. Computed once per node.
 */
export function referenceOf<V extends LeafValue>(node: Node<V>, depth: number): NodeReference {
  if (node.reference !== undefined) return node.reference
  const encoded = encodeNode(node, depth)
  const reference = encoded.length < 32 ? encoded.slice() : keccak256(encoded)
  ;(node as KnownNode<V>).reference = reference
  return reference
}

/** RLP of a node, c(I, i) in the Yellow Paper, in a buffer that the next call overwrites. */
export function encodeNode<V extends LeafValue>(node: Node<V>, depth: number): Uint8Array {
  if (node.kind === 'unknown') return encodeNode(node.resolve(), depth)
  if (node.kind === 'leaf') return encodeLeaf(node.key, depth, valueBytes(node.value))
  if (node.kind === 'extension') {
    const end = depth + node.length
    return encodeExtension(node.key, depth, end, referenceOf(node.child, end))
  }
  for (const child of node.children) {
    if (child !== undefined && child.reference === undefined) referenceOf(child, depth + 1)
  }
  return encodeBranch(node.children, node.value === undefined ? undefined : valueBytes(node.value))
}

function valueBytes(value: LeafValue): Uint8Array {
  return value instanceof Uint8Array ? value : value.encode()
}

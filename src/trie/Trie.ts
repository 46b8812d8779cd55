import { keccak256 } from '../kernels/index.ts'
import { EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { nibbleAt, nibbleCount, sharedNibbles } from './nibbles.ts'
import { encodeNode, findValue, insert, type LeafValue, type Node, referenceOf, remove } from './nodes.ts'

/**
 * Ethereum's Merkle Patricia trie (Yellow Paper appendix D), immutable: `put` and `delete` return another trie that
 * shares what did not change, and old tries stay valid as long as somebody holds them.
 *
 * Keys are any bytes (callers of a secured trie hash them first). Keys and values are kept, not copied: don't change
 * them afterwards. Nothing is hashed before `root` or `prove` asks for it, and then each new node once.
 */
export class Trie<V extends LeafValue = Uint8Array> {
  static readonly empty: Trie = new Trie<Uint8Array>(undefined)

  readonly #node: Node<V> | undefined
  #root: Uint8Array | undefined

  private constructor(node: Node<V> | undefined) {
    this.#node = node
  }

  /** A trie whose leaves hold something richer than bytes; see {@link LeafValue}. */
  static emptyOf<V extends LeafValue>(): Trie<V> {
    return new Trie<V>(undefined)
  }

  /** A trie below this node; see {@link WitnessNodes}. */
  static below<V extends LeafValue>(node: Node<V> | undefined): Trie<V> {
    return new Trie(node)
  }

  get isEmpty(): boolean {
    return this.#node === undefined
  }

  get(key: Uint8Array): V | undefined {
    return findValue(this.#node, key)
  }

  /** An empty byte string means no entry, as everywhere in Ethereum's tries: putting it deletes. */
  put(key: Uint8Array, value: V): Trie<V> {
    if (value instanceof Uint8Array && value.length === 0) return this.delete(key)
    const node = insert(this.#node, key, 0, value)
    return node === this.#node ? this : new Trie(node)
  }

  delete(key: Uint8Array): Trie<V> {
    if (this.#node === undefined) return this
    const node = remove(this.#node, key, 0)
    return node === this.#node ? this : new Trie(node)
  }

  /** 32 bytes: keccak-256 of the root node's RLP. */
  root(): Uint8Array {
    this.#root ??= this.#computeRoot()
    return this.#root
  }

  #computeRoot(): Uint8Array {
    if (this.#node === undefined) return EMPTY_TRIE_ROOT
    const reference = referenceOf(this.#node, 0)
    return reference.length === 32 ? reference : keccak256(reference)
  }

  /**
   * RLP of the nodes on the way from the root to `key`, or to where the key would be: a proof of presence or absence.
   * Nodes shorter than 32 bytes are inside their parents. An empty trie proves with no node at all (as in EIP-1186).
   */
  prove(key: Uint8Array): Uint8Array[] {
    const proof: Uint8Array[] = []
    let node = this.#node
    let depth = 0
    while (node !== undefined) {
      if (node.kind === 'unknown') node = node.resolve()
      if (depth === 0 || referenceOf(node, depth).length === 32) proof.push(encodeNode(node, depth).slice())
      if (node.kind === 'leaf') break
      if (node.kind === 'extension') {
        const end: number = depth + node.length
        if (sharedNibbles(node.key, key, depth, end) < end) break
        node = node.child
        depth = end
      } else {
        if (depth === nibbleCount(key)) break
        node = node.children[nibbleAt(key, depth)]
        depth++
      }
    }
    return proof
  }
}

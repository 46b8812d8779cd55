import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { decodeList, decodePath, type RlpItem } from './nodeCodec.ts'
import {
  Branch,
  Extension,
  type KnownNode,
  Leaf,
  type LeafValue,
  MissingNodeError,
  type Node,
  Unknown,
} from './nodes.ts'
import { Trie } from './Trie.ts'

/** Nibbles of the keys of Ethereum's state tries: keccak-256 hashes. */
const KEY_NIBBLES = 64

/** Some nodes of some tries, by hash. Tries that stand on them find those too that are added later. */
export class WitnessNodes {
  readonly #nodes = new Map<string, Uint8Array>()

  constructor(nodes: readonly Uint8Array[] = []) {
    this.add(nodes)
  }

  add(nodes: readonly Uint8Array[]): void {
    for (const node of nodes) this.#nodes.set(bytesToHex(keccak256(node)), node)
  }

  /**
   * The trie with this root; a walk to a node that is not here throws MissingNodeError.
   *
   * @param read - makes a leaf's value of its bytes.
   */
  trie<V extends LeafValue>(root: Uint8Array, read: (value: Uint8Array) => V): Trie<V> {
    if (equalBytes(root, EMPTY_TRIE_ROOT)) return Trie.below<V>(undefined)
    return Trie.below(this.#named(root, { path: [], isBranch: false, read }))
  }

  #named<V extends LeafValue>(hash: Uint8Array, { path, isBranch, read }: Place<V>): Unknown<V> {
    const resolve = (): KnownNode<V> => {
      const encoded = this.#nodes.get(bytesToHex(hash))
      if (encoded === undefined) throw new MissingNodeError(hash)
      return this.#decode(encoded, path, read)
    }
    return new Unknown(hash, resolve, isBranch)
  }

  /** @param path - nibbles that lead to the node. */
  #decode<V extends LeafValue>(encoded: Uint8Array, path: number[], read: Reader<V>): KnownNode<V> {
    const items = decodeList(encoded)
    if (items?.length === 17) return this.#branch(items, path, read)
    const pair = items?.length === 2 && !items[0]!.isList ? decodePath(items[0]!.payload) : undefined
    if (items === undefined || pair === undefined) throw new WitnessError('a node is not one of a trie')
    const below = [...path, ...pair.nibbles]
    if (below.length > KEY_NIBBLES) throw new WitnessError('a path is too long')
    if (pair.isLeaf) return new Leaf(keyOf(below), read(items[1]!.payload))
    const child = this.#child(items[1]!, { path: below, isBranch: true, read })
    if (pair.nibbles.length === 0 || (child?.kind !== 'branch' && child?.kind !== 'unknown'))
      throw new WitnessError('an extension leads to no branch')
    return new Extension(keyOf(below), pair.nibbles.length, child)
  }

  #branch<V extends LeafValue>(items: readonly RlpItem[], path: number[], read: Reader<V>): Branch<V> {
    if (items[16]!.payload.length > 0) throw new WitnessError('a branch has a value: keys have one length')
    const children = items
      .slice(0, 16)
      .map((item, nibble) => this.#child(item, { path: [...path, nibble], isBranch: false, read }))
    return new Branch(children, undefined)
  }

  #child<V extends LeafValue>(item: RlpItem, place: Place<V>): Node<V> | undefined {
    if (item.isList) return this.#decode(item.encoded, place.path, place.read)
    if (item.payload.length === 0) return undefined
    if (item.payload.length !== 32) throw new WitnessError('a child is named by something that is not a hash')
    return this.#named(item.payload, place)
  }
}

type Reader<V> = (value: Uint8Array) => V
/** `path`: nibbles that lead there; `isBranch`: only a branch can stand there. */
type Place<V> = { path: number[]; isBranch: boolean; read: Reader<V> }

/** A key that begins with these nibbles. */
function keyOf(nibbles: readonly number[]): Uint8Array {
  const key = new Uint8Array(KEY_NIBBLES / 2)
  for (const [i, nibble] of nibbles.entries()) key[i >> 1]! |= (i & 1) === 0 ? nibble << 4 : nibble
  return key
}

/** A witness that holds something else than nodes of Ethereum's state tries. */
export class WitnessError extends Error {
  override readonly name = 'WitnessError'

  constructor(what: string) {
    super(`Invalid witness: ${what}.`)
  }
}

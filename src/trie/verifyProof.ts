import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { nibbleAt, nibbleCount } from './nibbles.ts'
import { decodeList, decodePath, type RlpItem } from './nodeCodec.ts'

/**
 * Value that `proof` shows at `key` in the trie with this root, undefined if it shows that there is none.
 *
 * @param root - 32 bytes.
 * @param key - as stored: keccak-256 of the address or slot in Ethereum's state tries.
 * @param proof - RLP of the nodes from the root on, without those that lie inside their parents; neither fewer nor more.
 * @throws TrieProofError when the proof does not belong to the root or proves nothing.
 */
export function verifyProof(
  root: Uint8Array,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  if (proof.length === 0) {
    if (equalBytes(root, EMPTY_TRIE_ROOT)) return undefined
    throw new TrieProofError('MISSING_NODE', 0, 'is missing')
  }
  const walk = new ProofWalk(key, proof)
  const value = walk.from(root)
  if (walk.used < proof.length)
    throw new TrieProofError('UNUSED_NODE', walk.used, 'is not on the way to the key')
  return value
}

class ProofWalk {
  readonly #key: Uint8Array
  readonly #proof: readonly Uint8Array[]
  /** Nodes of the proof read so far. */
  used = 0
  #depth = 0

  constructor(key: Uint8Array, proof: readonly Uint8Array[]) {
    this.#key = key
    this.#proof = proof
  }

  from(root: Uint8Array): Uint8Array | undefined {
    // The root node of an empty trie, given in full.
    if (equalBytes(root, EMPTY_TRIE_ROOT) && equalBytes(this.#proof[0]!, Uint8Array.of(0x80))) {
      this.used = 1
      return undefined
    }
    let node: Uint8Array | undefined = this.#nextNode(root)
    while (node !== undefined) {
      const items = decodeList(node)
      if (items?.length === 17) {
        if (this.#depth === nibbleCount(this.#key)) return this.#value(items[16]!)
        node = this.#child(items[nibbleAt(this.#key, this.#depth++)]!)
      } else if (items?.length === 2 && !items[0]!.isList) {
        const path = decodePath(items[0]!.payload)
        if (path === undefined) throw this.#malformed('has a malformed path')
        if (!this.#follow(path.nibbles, path.isLeaf)) return undefined
        if (path.isLeaf) return this.#value(items[1]!)
        node = this.#child(items[1]!)
        if (node === undefined) throw this.#malformed('is an extension without a child')
      } else throw this.#malformed('is not a node of a trie')
    }
    return undefined
  }

  /** Whether the key goes on with this path (and ends with it, at a leaf). */
  #follow(path: Uint8Array, isLeaf: boolean): boolean {
    const left = nibbleCount(this.#key) - this.#depth
    if (!isLeaf && path.length === 0) throw this.#malformed('is an extension without a path')
    if (isLeaf ? path.length !== left : path.length > left) return false
    for (const nibble of path) if (nibbleAt(this.#key, this.#depth++) !== nibble) return false
    return true
  }

  #child(item: RlpItem): Uint8Array | undefined {
    if (item.isList) {
      if (item.encoded.length < 32) return item.encoded
      throw this.#malformed('holds a node that is too long to lie inside its parent')
    }
    if (item.payload.length === 0) return undefined
    if (item.payload.length !== 32) throw this.#malformed('names a child by something that is not a hash')
    return this.#nextNode(item.payload)
  }

  #nextNode(hash: Uint8Array): Uint8Array {
    const node = this.#proof[this.used]
    if (node === undefined) throw new TrieProofError('MISSING_NODE', this.used, 'is missing')
    if (!equalBytes(keccak256(node), hash)) {
      throw new TrieProofError('WRONG_HASH', this.used, `does not have the hash ${bytesToHex(hash)}`)
    }
    this.used++
    return node
  }

  #value(item: RlpItem): Uint8Array | undefined {
    if (item.isList) throw this.#malformed('holds a list where a value belongs')
    return item.payload.length === 0 ? undefined : item.payload
  }

  #malformed(what: string): TrieProofError {
    return new TrieProofError('MALFORMED_NODE', this.used - 1, what)
  }
}

export type TrieProofErrorCode = 'MISSING_NODE' | 'UNUSED_NODE' | 'WRONG_HASH' | 'MALFORMED_NODE'

/** A Merkle proof that proves nothing. */
export class TrieProofError extends Error {
  override readonly name = 'TrieProofError'
  readonly code: TrieProofErrorCode

  constructor(code: TrieProofErrorCode, nodeIndex: number, what: string) {
    super(
      `Invalid trie proof: node ${nodeIndex} ${what}.\n  next: ask for the proof at the block whose root is used.`,
    )
    this.code = code
  }
}

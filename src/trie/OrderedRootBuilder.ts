import { orderedTrieRoot } from './orderedTrieRoot.ts'

/** Root of the trie that maps rlp(index) to each value, taken one by one. */
export class OrderedRootBuilder {
  readonly #values: Uint8Array[] = []

  add(value: Uint8Array): void {
    this.#values.push(value)
  }

  root(): Uint8Array {
    return orderedTrieRoot(this.#values)
  }
}

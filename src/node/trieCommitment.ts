import type { StateCommitment } from '../sequencer/index.ts'
import { type CompactStateTrie, OrderedRootBuilder } from '../trie/index.ts'

/** A state trie as the sealer commits to it. */
export function trieCommitment(trie: CompactStateTrie): StateCommitment {
  return {
    apply: (diff) => trie.apply(diff),
    root: () => trie.root(),
    storageRoot: (address) => trie.storageRoot(address),
    keep: (blockNumber) => trie.keep(blockNumber),
    forgetAfter: (blockNumber) => trie.forgetAfter(blockNumber),
    orderedTrie: () => new OrderedRootBuilder(),
  }
}

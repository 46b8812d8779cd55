import type { StateBase } from '../execution/index.ts'
import type { StateCommitment } from '../sequencer/index.ts'
import { type CompactStateTrie, OrderedRootBuilder } from '../trie/index.ts'
import { withOwners } from './withOwners.ts'

/**
 * A state trie as the sealer commits to it.
 *
 * @param base - of a forked chain: the state before, of which the trie has nothing.
 */
export function trieCommitment(trie: CompactStateTrie, base?: StateBase): StateCommitment {
  const has = (address: Uint8Array) => trie.account(undefined, address) !== undefined
  return {
    apply: (diff) => trie.gather(base === undefined ? diff : withOwners(diff, { has, base })),
    isPartial: base !== undefined,
    root: () => trie.root(),
    storageRoot: (address) => trie.storageRoot(address),
    keep: (blockNumber) => trie.keep(blockNumber),
    forgetAfter: (blockNumber) => trie.forgetAfter(blockNumber),
    orderedTrie: () => new OrderedRootBuilder(),
  }
}

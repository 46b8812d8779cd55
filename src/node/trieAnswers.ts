import type { CompactStateTrie } from '../trie/index.ts'
import type { SealerClient } from './SealerClient.ts'

/** What a view asks the sealer's thread, answered by a trie on its own: undefined where the block's state is not kept. */
export function trieAnswers(
  trie: CompactStateTrie,
): Pick<SealerClient, 'proof' | 'witness' | 'accounts' | 'storage'> {
  return {
    proof: async (number, address, keys) =>
      trie.isKept(number) ? trie.proof(number, address, keys) : undefined,
    witness: async (number, targets) => (trie.isKept(number) ? trie.witness(number, targets) : undefined),
    accounts: async (number, range) => (trie.isKept(number) ? trie.accountsFrom(number, range) : undefined),
    storage: async (number, hashedAddress, range) =>
      trie.isKept(number) ? trie.storageFrom(number, { hashedAddress, ...range }) : undefined,
  }
}

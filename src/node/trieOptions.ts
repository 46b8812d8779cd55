import { DEFAULT_ENGINE_MEMORY_MIB } from '../execution/index.ts'
import type { CompactStateTrieOptions } from '../trie/index.ts'

/** States that are kept for proofs. */
const KEPT_STATES = 128
/** An entry takes up to twice as much in the trie as in an engine's tables. */
const TRIE_SHARE = 2
/** Most memory of one shard, MiB: what 32-bit addresses reach, less a page. */
const SHARD_MIB = 4095

/** A node's trie beside engines of so much memory. */
export function trieOptions(engineMiB: number = DEFAULT_ENGINE_MEMORY_MIB): CompactStateTrieOptions {
  const memoryMiB = engineMiB * TRIE_SHARE
  return { memoryMiB, shards: memoryMiB > SHARD_MIB ? 2 : 1, keptStates: KEPT_STATES }
}

/** A trie that only checks the root of a state, of any size that a node can have. */
export const CHECKING_TRIE: CompactStateTrieOptions = { memoryMiB: 4 * SHARD_MIB, shards: 4, keptStates: 1 }

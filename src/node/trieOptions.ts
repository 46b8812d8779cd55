import { DEFAULT_ENGINE_MEMORY_MIB } from '../kernels/index.ts'
import type { CompactStateTrieOptions } from '../trie/index.ts'

/** States that are kept for proofs. */
const KEPT_STATES = 128
/** An entry takes about as much in the trie as in an engine's tables; kept states come on top. */
const TRIE_SHARE = 2
/** Most memory of one shard, MiB: what 32-bit addresses reach, less a page. It holds more than an engine does. */
const SHARD_MIB = 4095

/** A node's trie beside engines of so much memory. */
export function trieOptions(engineMiB: number = DEFAULT_ENGINE_MEMORY_MIB): CompactStateTrieOptions {
  return { memoryMiB: Math.min(engineMiB * TRIE_SHARE, SHARD_MIB), keptStates: KEPT_STATES }
}

/** A trie that only checks the root of a state, of any size that a node can have. */
export const CHECKING_TRIE: CompactStateTrieOptions = { memoryMiB: SHARD_MIB, keptStates: 0 }

import type { SharedCounters } from './SharedCounters.ts'

/** What the sealer's thread tells of its trie's memory, in bytes: see TrieMemory. */
export const TRIE_COUNTERS = ['reserved', 'used', 'kept'] as const
export type TrieCounters = SharedCounters<(typeof TRIE_COUNTERS)[number]>

import type { TrieKernel } from '../kernels/index.ts'

/** A trie kernel, and the reference of a node in it (0: none). */
export type Subtrie = { kernel: TrieKernel; reference: number }

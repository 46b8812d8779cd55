export {
  CompactStateTrie,
  type CompactStateTrieOptions,
  StateNotKeptError,
  type TrieMemory,
  type WitnessTarget,
} from './CompactStateTrie.ts'
export { OrderedRootBuilder } from './OrderedRootBuilder.ts'
export { orderedTrieRoot } from './orderedTrieRoot.ts'
export {
  type StateProof,
  StateTrie,
  StateTrieError,
  type TrieAccount,
} from './StateTrie.ts'
export { Trie } from './Trie.ts'
export { TrieProofError, type TrieProofErrorCode, verifyProof } from './verifyProof.ts'

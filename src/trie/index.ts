export { orderedTrieRoot } from './orderedTrieRoot.ts'
export {
  EMPTY_CODE_HASH,
  type StateProof,
  StateTrie,
  StateTrieError,
  type TrieAccount,
} from './StateTrie.ts'
export { EMPTY_TRIE_ROOT, Trie } from './Trie.ts'
export { TrieProofError, type TrieProofErrorCode, verifyProof } from './verifyProof.ts'

export {
  CompactStateTrie,
  type CompactStateTrieOptions,
  StateNotKeptError,
  type TrieMemory,
} from './CompactStateTrie.ts'
export { MissingNodeError } from './nodes.ts'
export { OrderedRootBuilder } from './OrderedRootBuilder.ts'
export { orderedTrieRoot } from './orderedTrieRoot.ts'
export type { HashedAccount, HashedSlot } from './StateSnapshot.ts'
export {
  type StateProof,
  StateTrie,
  StateTrieError,
  type TrieAccount,
} from './StateTrie.ts'
export { piecesOf, withoutDeleted } from './splitDiff.ts'
export { Trie } from './Trie.ts'
export { TrieProofError, type TrieProofErrorCode, verifyProof } from './verifyProof.ts'
export type { WitnessTarget } from './Witness.ts'
export { WitnessNodes } from './WitnessNodes.ts'
export { witnessTargets } from './witnessTargets.ts'

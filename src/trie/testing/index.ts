export { PartialTrie, type WitnessNodes, witnessNodes } from './PartialTrie.ts'
export { RandomState } from './RandomState.ts'

export { RandomChain } from './RandomChain.ts'
export { callNode, sealedBlock, signedTransaction, testNodes } from './testNodes.ts'

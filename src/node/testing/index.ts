export { RandomChain } from './RandomChain.ts'
export { callNode, signedTransaction, testNodes } from './testNodes.ts'

export { ACCOUNT, type Counted, count, LOOK, type Wallet, words } from './counter.ts'
export { RandomChain } from './RandomChain.ts'
export { callNode, sealedBlock, signedTransaction, testNodes } from './testNodes.ts'

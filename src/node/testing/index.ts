export { callNode, signedTransaction, testNodes } from './testNodes.ts'

export { callMethod, type RpcAnswer, resultOf } from './client.ts'
export { FakeChain } from './FakeChain.ts'
export { type Listening, listen } from './listening.ts'
export { ACCOUNT, RECIPIENT, signedOfEachType, signTransfer } from './transactions.ts'

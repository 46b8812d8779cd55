export { DEVELOPER_ADDRESSES } from './developerAccounts.ts'
export { lookForWallets } from './injected.ts'
export { callOf, type Draft, isRevert, revertData, type Sent, send } from './send.ts'
export {
  chooseSigner,
  developerBalances,
  developerNameOf,
  isDeveloperChain,
  signer,
  signers,
} from './signers.ts'

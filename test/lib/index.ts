export { accounts, MNEMONIC, type TestAccount, unfundedAccount } from './accounts.ts'
export { type BulkAnswer, BulkClient } from './BulkClient.ts'
export {
  anvilInstalled,
  Chain,
  ChainNotStarted,
  type ChainOptions,
  delay,
  eventually,
  freePort,
  leveretOnly,
  leveretPresent,
  needsAnvil,
  needsNode,
  spawnChain,
  startChain,
  TARGET,
  type Target,
} from './chain.ts'
export { Clients, sealedBlock } from './clients.ts'
export {
  type Artefact,
  type Compiled,
  compile,
  compileSolidity,
  deployedCode,
  uniswapV2,
  uniswapV3,
} from './contracts.ts'
export {
  assertBlockForm,
  assertHeaderForm,
  assertLogForm,
  assertReceiptForm,
  assertTransactionForm,
} from './forms.ts'
export { NetworkCommand } from './NetworkCommand.ts'
export { RawHttpRpc } from './RawHttpRpc.ts'
export { type Answer, type Call, HttpRpc, type Json, RpcError, WsRpc } from './rpc.ts'
export {
  type AccessListItem,
  type Authorization,
  addressOf,
  bytes,
  createAddress,
  hex,
  signAuthorization,
  signatureOf,
  signTransaction,
  transactionHash,
  type UnsignedTransaction,
  withSignature,
} from './signing.ts'

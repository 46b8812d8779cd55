export type { AccessListEntry } from './AccessListEntry.ts'
export type { AccountWrite } from './AccountWrite.ts'
export type { Authorization } from './Authorization.ts'
export type { BlockEnv } from './BlockEnv.ts'
export type { BlockWishes } from './BlockWishes.ts'
export { addToBloom, BLOOM_SIZE, bloomContains, mergeBloom } from './bloom.ts'
export {
  blobScheduleAt,
  type ChainConfig,
  type ForkStage,
  forkAt,
  isIsthmusAt,
  singleForkConfig,
  stageAt,
} from './chainConfig.ts'
export { checksumAddress } from './checksumAddress.ts'
export { createdAddress } from './createdAddress.ts'
export {
  DEVELOPER_ACCOUNT_LIMIT,
  type DeveloperAccount,
  developerAccounts,
} from './developerAccounts.ts'
export {
  decodeBlock,
  type EvmBlock,
  type EvmBlockFailure,
  type EvmBlockResult,
  encodeBlock,
  encodedBlockLength,
} from './EvmBlock.ts'
export { type ExecutedTransaction, ExecutedTransactions } from './ExecutedTransactions.ts'
export {
  BASE_FEE_MAX_CHANGE_DENOMINATOR,
  BLOB_BASE_COST,
  blobBaseFee,
  calcExcessBlobGas,
  ELASTICITY_MULTIPLIER,
  fakeExponential,
  MIN_BASE_FEE_PER_BLOB_GAS,
  maxBlobGasPerBlock,
  nextBaseFee,
  type ParentBlobFees,
  type ParentFees,
} from './fees.ts'
export {
  type BlobSchedule,
  DEFAULT_FORK,
  FORK_RULES,
  FORKS,
  type Fork,
  type ForkRules,
  GAS_PER_BLOB,
  isAtLeast,
} from './forks.ts'
export {
  type Genesis,
  type GenesisAccount,
  type GenesisBlock,
  type GenesisResult,
  genesisHeader,
  INITIAL_BASE_FEE,
  parseGenesis,
} from './genesis.ts'
export {
  decodeHeader,
  EMPTY_CODE_HASH,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeHeader,
  type Header,
  type HeaderFailure,
  type HeaderResult,
  headerHash,
} from './Header.ts'
export {
  DEVELOPER_ACCOUNTS,
  DEVELOPER_BALANCE_WEI,
  DEVELOPER_MNEMONIC,
  LOCAL_CHAIN_ID,
  LOCAL_GAS_LIMIT,
  type LocalGenesisOptions,
  localGenesis,
} from './localGenesis.ts'
export { ManySigners } from './ManySigners.ts'
export type { MiningMode } from './MiningMode.ts'
export { isMadeUpSignature, madeUpSignature, mayBeMadeUp } from './madeUpSignature.ts'
export {
  encodePrepared,
  PREPARED,
  type PreparedTransaction,
  preparedBytes,
  preparedBytesAt,
  preparedEntries,
  readPrepared,
  writePrepared,
} from './preparedTransaction.ts'
export {
  bloomOfLogs,
  decodeReceipt,
  encodeReceipt,
  type Log,
  type Receipt,
  type ReceiptFailure,
  type ReceiptResult,
} from './Receipt.ts'
export { type GenesisFileResult, type GenesisSink, readGenesisFile } from './readGenesisFile.ts'
export { receiptBloom, receiptFields } from './receiptFields.ts'
export {
  ADDRESS_TERM,
  countLogs,
  type LogPlace,
  logPlaces,
  TOPIC_STRIDE,
  visitReceiptTerms,
} from './receiptTerms.ts'
export { recoverUsual } from './recoverUsual.ts'
export {
  CONSOLIDATION_REQUEST_TYPE,
  DEPOSIT_EVENT_TOPIC,
  DEPOSIT_REQUEST_TYPE,
  type DepositResult,
  MAINNET_DEPOSIT_CONTRACT,
  parseDeposits,
  requestsHash,
  WITHDRAWAL_REQUEST_TYPE,
} from './requests.ts'
export { revertReason } from './revertReason.ts'
export {
  RLP_MAX_DEPTH,
  type RlpErrorCode,
  type RlpFailure,
  type RlpResult,
  type RlpValue,
  rlpDecode,
  rlpEncode,
  rlpInteger,
  rlpValueLength,
} from './rlp.ts'
export { isPlaceBehind, type SealedPlace } from './SealedPlace.ts'
export {
  ACCOUNT_DELETED,
  type AccountChange,
  type CodeChange,
  decodeStateDiff,
  encodeStateDiff,
  ownStateDiff,
  type SlotChange,
  STATE_DIFF_MAX_BYTES,
  type StateDiff,
  type StateDiffErrorCode,
  type StateDiffFailure,
  type StateDiffResult,
} from './StateDiff.ts'
export {
  isSigningNative,
  publicKeyOf,
  recoverInJavaScriptOnly,
  recoverPublicKey,
  recoverPublicKeyInto,
  signHash,
} from './secp256k1.ts'
export {
  addressOfPublicKey,
  authoritiesOf,
  recoverAddress,
  recoverAuthorities,
  recoverAuthority,
  recoverSender,
  SECP256K1_HALF_N,
  SECP256K1_N,
} from './sender.ts'
export {
  DIFF_ACCOUNT_BYTES,
  DIFF_SLOT_BYTES,
  joinStateDiff,
  StateDiffFormatError,
  type StateDiffSections,
  splitStateDiff,
} from './stateDiffSections.ts'
export {
  BEACON_ROOTS_CONTRACT,
  CONSOLIDATION_REQUESTS_CONTRACT,
  DEPLOYMENT_PROXY,
  HISTORY_CONTRACT,
  L2_TO_L1_MESSAGE_PASSER,
  SYSTEM_ADDRESS,
  type SystemContract,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from './systemContracts.ts'
export {
  type AccessListTransaction,
  accessListOf,
  authorizationFields,
  authorizationHash,
  type BlobTransaction,
  DELEGATION_PREFIX,
  decodeTransaction,
  effectiveGasPrice,
  encodeTransaction,
  encodeUnsigned,
  type FeeMarketTransaction,
  type LegacyTransaction,
  legacyV,
  maxFeePerGas,
  maxPriorityFeePerGas,
  type SetCodeTransaction,
  signingHash,
  type Transaction,
  type TransactionResult,
  type TransactionType,
  transactionHash,
} from './Transaction.ts'
export type { TransactionExceptionCode, TransactionFailure } from './TransactionException.ts'
export { floorGas, intrinsicGas, type TransactionRules, validateTransaction } from './validate.ts'
export type { Withdrawal } from './Withdrawal.ts'

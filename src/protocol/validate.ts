import { type BlobSchedule, FORK_RULES, type Fork } from './forks.ts'
import { accessListOf, maxFeePerGas, type Transaction } from './Transaction.ts'
import { type TransactionFailure, transactionFailure } from './TransactionException.ts'

/** What a transaction is checked against when neither a block nor a state is looked at. */
export type TransactionRules = {
  fork: Fork
  chainId: bigint
  /** Default: the fork's. */
  blobSchedule?: BlobSchedule
}

/**
 * What is wrong with a transaction in itself, or undefined: chain id, type, sizes, caps and intrinsic gas.
 * Fees, funds and nonce against a block and an account are execution's. Messages in geth's wording.
 */
export function validateTransaction(
  tx: Transaction,
  rules: TransactionRules,
): TransactionFailure | undefined {
  return validateEnvelope(tx, rules) ?? validateType(tx, rules) ?? validateGas(tx, rules.fork)
}

/**
 * Gas charged before execution (Yellow Paper section 6.2, g0): base, calldata, creation and its initcode (EIP-3860),
 * access list (EIP-2930), authorizations (EIP-7702).
 */
export function intrinsicGas(tx: Transaction): bigint {
  const { zeros, nonZeros } = countBytes(tx.data)
  let gas = GAS_TRANSACTION + BigInt(zeros) * GAS_ZERO_BYTE + BigInt(nonZeros) * GAS_NON_ZERO_BYTE
  if (tx.to === undefined) gas += GAS_CREATE + BigInt(Math.ceil(tx.data.length / 32)) * GAS_INITCODE_WORD
  for (const { storageKeys } of accessListOf(tx)) {
    gas += GAS_ACCESS_LIST_ADDRESS + BigInt(storageKeys.length) * GAS_ACCESS_LIST_KEY
  }
  if (tx.type === 4) gas += BigInt(tx.authorizationList.length) * GAS_AUTHORIZATION
  return gas
}

/** The least that a transaction pays for its calldata (EIP-7623); 0 before Prague. */
export function floorGas(tx: Transaction, fork: Fork): bigint {
  const perToken = FORK_RULES[fork].calldataFloorGasPerToken
  if (perToken === undefined) return 0n
  const { zeros, nonZeros } = countBytes(tx.data)
  return GAS_TRANSACTION + BigInt(zeros + nonZeros * TOKENS_PER_NON_ZERO_BYTE) * perToken
}

const GAS_TRANSACTION = 21000n
const GAS_CREATE = 32000n
const GAS_ZERO_BYTE = 4n
/** EIP-2028. */
const GAS_NON_ZERO_BYTE = 16n
const GAS_INITCODE_WORD = 2n
const GAS_ACCESS_LIST_ADDRESS = 2400n
const GAS_ACCESS_LIST_KEY = 1900n
/** EIP-7702, PER_EMPTY_ACCOUNT_COST. */
const GAS_AUTHORIZATION = 25000n
const TOKENS_PER_NON_ZERO_BYTE = 4

/** EIP-2681. */
const NONCE_LIMIT = (1n << 64n) - 1n
const UINT256_LIMIT = 1n << 256n
/** EIP-4844, VERSIONED_HASH_VERSION_KZG. */
const VERSIONED_HASH_KZG = 0x01

function validateEnvelope(tx: Transaction, rules: TransactionRules): TransactionFailure | undefined {
  if (tx.chainId !== undefined && tx.chainId !== rules.chainId) {
    const message = `invalid chain id for signer: have ${tx.chainId} want ${rules.chainId}`
    return transactionFailure('INVALID_CHAINID', message)
  }
  if (tx.nonce >= NONCE_LIMIT)
    return transactionFailure('NONCE_IS_MAX', `nonce has max value: nonce: ${tx.nonce}`)
  const cap = FORK_RULES[rules.fork].maxTransactionGas
  if (cap !== undefined && tx.gasLimit > cap) {
    const message = `transaction gas limit too high (cap: ${cap}, tx: ${tx.gasLimit})`
    return transactionFailure('GAS_LIMIT_EXCEEDS_MAXIMUM', message)
  }
  if (tx.gasLimit * maxFeePerGas(tx) >= UINT256_LIMIT) {
    return transactionFailure(
      'GASLIMIT_PRICE_PRODUCT_OVERFLOW',
      'gas limit times gas price overflows 256 bits',
    )
  }
  return undefined
}

function validateType(tx: Transaction, rules: TransactionRules): TransactionFailure | undefined {
  if (tx.type >= 2 && 'maxPriorityFeePerGas' in tx && tx.maxPriorityFeePerGas > tx.maxFeePerGas) {
    const fees = `maxPriorityFeePerGas: ${tx.maxPriorityFeePerGas}, maxFeePerGas: ${tx.maxFeePerGas}`
    const message = `max priority fee per gas higher than max fee per gas: ${fees}`
    return transactionFailure('PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS', message)
  }
  if (tx.type === 3) return validateBlobs(tx.blobVersionedHashes, rules)
  if (tx.type !== 4) return undefined
  if (!FORK_RULES[rules.fork].setCodeTransactions) {
    return transactionFailure('TYPE_4_TX_PRE_FORK', 'transaction type not supported: 4')
  }
  if (tx.authorizationList.length === 0) {
    return transactionFailure('TYPE_4_EMPTY_AUTHORIZATION_LIST', 'EIP-7702 transaction with empty auth list')
  }
  return undefined
}

function validateBlobs(hashes: Uint8Array[], rules: TransactionRules): TransactionFailure | undefined {
  if (hashes.length === 0)
    return transactionFailure('TYPE_3_TX_ZERO_BLOBS', 'blob transaction missing blob hashes')
  const forkRules = FORK_RULES[rules.fork]
  const perBlock = (rules.blobSchedule ?? forkRules.blobSchedule).max
  const limit = Math.min(perBlock, forkRules.maxBlobsPerTransaction ?? perBlock)
  if (hashes.length > limit) {
    const message = `blob transaction has too many blobs (have ${hashes.length}, max ${limit})`
    return transactionFailure('TYPE_3_TX_BLOB_COUNT_EXCEEDED', message)
  }
  const wrong = hashes.findIndex((hash) => hash[0] !== VERSIONED_HASH_KZG)
  if (wrong < 0) return undefined
  return transactionFailure('TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH', `blob ${wrong} has invalid hash version`)
}

function validateGas(tx: Transaction, fork: Fork): TransactionFailure | undefined {
  const { maxInitcodeSize } = FORK_RULES[fork]
  if (tx.to === undefined && tx.data.length > maxInitcodeSize) {
    const message = `max initcode size exceeded: code size ${tx.data.length} limit ${maxInitcodeSize}`
    return transactionFailure('INITCODE_SIZE_EXCEEDED', message)
  }
  const intrinsic = intrinsicGas(tx)
  if (tx.gasLimit < intrinsic) {
    const message = `intrinsic gas too low: have ${tx.gasLimit}, want ${intrinsic}`
    return transactionFailure('INTRINSIC_GAS_TOO_LOW', message)
  }
  const floor = floorGas(tx, fork)
  if (tx.gasLimit >= floor) return undefined
  const message = `insufficient gas for floor data gas cost: have ${tx.gasLimit}, want ${floor}`
  return transactionFailure('INTRINSIC_GAS_BELOW_FLOOR_GAS_COST', message)
}

function countBytes(data: Uint8Array): { zeros: number; nonZeros: number } {
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  return { zeros, nonZeros: data.length - zeros }
}

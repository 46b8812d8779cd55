import { bytesToHex } from '../lib/index.ts'
import {
  decodeTransaction,
  FORK_RULES,
  type Fork,
  floorGas,
  intrinsicGas,
  maxFeePerGas,
  maxPriorityFeePerGas,
  type Transaction,
} from '../protocol/index.ts'
import { beyondBlockGas, type Refusal, refuse } from './Refusal.ts'

/** Largest envelope that is taken, in bytes (geth's txMaxSize). */
export const RAW_TRANSACTION_LIMIT: number = 128 * 1024

/**
 * Most gas that one transaction may ask for where the fork sets no cap (EIP-7825 does, from Osaka on): what it changes
 * must fit the engine's journal and one diff.
 */
export const UNCAPPED_TRANSACTION_GAS = 100_000_000n

const NONCE_MAX = (1n << 64n) - 1n
const TYPE_BLOB = 3

/** What a transaction is checked against before anything of the state is read. */
export type TransactionRules = { chainId: bigint; fork: Fork; blockGasLimit: bigint }

/**
 * Decodes a transaction and checks what needs neither its signature nor the state, in geth's order and wording
 * (core/txpool/validation.go). Blob transactions are refused: a rollup has no blobs of its own.
 */
export function checkTransaction(
  raw: Uint8Array,
  rules: TransactionRules,
): { kind: 'checked'; transaction: Transaction } | Refusal {
  if (raw.length > RAW_TRANSACTION_LIMIT) {
    return refuse(
      'Pool.OVERSIZED_DATA',
      `oversized data: transaction size ${raw.length}, limit ${RAW_TRANSACTION_LIMIT}`,
    )
  }
  // Also with its sidecar, which does not decode as a transaction of a block.
  if (raw[0] === TYPE_BLOB) {
    return refuse(
      'TransactionException.TYPE_NOT_SUPPORTED',
      'transaction type not supported: tx type 3 (blobs, EIP-4844) is not accepted on this chain',
    )
  }
  const decoded = decodeTransaction(raw)
  if (!decoded.ok) return refuse(decoded.code, decoded.message)
  const { transaction } = decoded
  return (
    checkIdentity(transaction, rules) ??
    checkGas(transaction, rules) ??
    checkFees(transaction) ?? { kind: 'checked', transaction }
  )
}

function checkIdentity(transaction: Transaction, { chainId, fork }: TransactionRules): Refusal | undefined {
  if (transaction.type === 4 && !FORK_RULES[fork].setCodeTransactions) {
    return refuse(
      'TransactionException.TYPE_4_TX_PRE_FORK',
      'transaction type not supported: type 4 rejected, pool not yet in Prague',
    )
  }
  // Without a chain id (before EIP-155) a transaction is valid on every chain: some well-known contracts are deployed
  // at the same address everywhere by such ones.
  if (transaction.chainId !== undefined && transaction.chainId !== chainId) {
    return refuse(
      'TransactionException.INVALID_CHAINID',
      `invalid sender: invalid chain id for signer: have ${transaction.chainId} want ${chainId}`,
    )
  }
  if (transaction.nonce === NONCE_MAX) {
    return refuse('TransactionException.NONCE_IS_MAX', 'nonce has max value')
  }
  if (transaction.type === 4 && transaction.authorizationList.length === 0) {
    return refuse(
      'TransactionException.TYPE_4_EMPTY_AUTHORIZATION_LIST',
      'set code tx must have at least one authorization tuple',
    )
  }
  return undefined
}

function checkGas(transaction: Transaction, { fork, blockGasLimit }: TransactionRules): Refusal | undefined {
  const { gasLimit, data, to } = transaction
  const { maxInitcodeSize, maxTransactionGas = UNCAPPED_TRANSACTION_GAS } = FORK_RULES[fork]
  if (to === undefined && data.length > maxInitcodeSize) {
    return refuse(
      'TransactionException.INITCODE_SIZE_EXCEEDED',
      `max initcode size exceeded: code size ${data.length}, limit ${maxInitcodeSize}`,
    )
  }
  if (gasLimit > maxTransactionGas) {
    return refuse(
      'TransactionException.GAS_LIMIT_EXCEEDS_MAXIMUM',
      `transaction gas limit too high (cap: ${maxTransactionGas}, tx: ${gasLimit})`,
    )
  }
  if (gasLimit > blockGasLimit) {
    return beyondBlockGas()
  }
  const intrinsic = intrinsicGas(transaction)
  const floor = floorGas(transaction, fork)
  if (gasLimit < intrinsic) {
    return refuse(
      'TransactionException.INTRINSIC_GAS_TOO_LOW',
      `intrinsic gas too low: gas ${gasLimit}, minimum needed ${intrinsic}`,
    )
  }
  if (gasLimit < floor) {
    return refuse(
      'TransactionException.INTRINSIC_GAS_BELOW_FLOOR_GAS_COST',
      `insufficient gas for floor data gas cost: gas ${gasLimit}, minimum needed ${floor}`,
    )
  }
  return undefined
}

function checkFees(transaction: Transaction): Refusal | undefined {
  const feeCap = maxFeePerGas(transaction)
  const tipCap = maxPriorityFeePerGas(transaction)
  if (feeCap >= tipCap) return undefined
  return refuse(
    'TransactionException.PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS',
    `max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: ${tipCap}, maxFeePerGas: ${feeCap}`,
  )
}

/** The refusal of a signature that leads to no sender. */
export function invalidSender(hash: Uint8Array): Refusal {
  return refuse(
    'TransactionException.INVALID_SIGNATURE_VRS',
    `invalid sender: invalid transaction v, r, s values: transaction ${bytesToHex(hash)}`,
  )
}

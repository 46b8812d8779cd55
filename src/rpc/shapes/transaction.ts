import { keccak256 } from '../../kernels/index.ts'
import {
  type AccessListEntry,
  type Authorization,
  effectiveGasPrice,
  encodeUnsigned,
  legacyV,
  maxFeePerGas,
  maxPriorityFeePerGas,
  type Transaction,
} from '../../protocol/index.ts'
import { type Hex, hexData, hexQuantity, ZERO_HASH } from '../format.ts'
import type { ViewBlock, ViewPooledTransaction } from '../ViewBlock.ts'
import { decodeExecuted } from './executed.ts'

export type TransactionJson = Record<string, unknown>

/** The transaction at `index` of a block (go-ethereum, newRPCTransaction). */
export function transactionJson(block: ViewBlock, index: number): TransactionJson {
  return executedJson(block, index, decodeExecuted(block.transactions.at(index)!.raw))
}

/** The same of a transaction that nobody has signed. */
export function unsignedTransactionJson(
  block: ViewBlock,
  index: number,
  transaction: Transaction,
): TransactionJson {
  return { ...executedJson(block, index, transaction), v: '0x0' }
}

/** A transaction that nobody has signed and no block has (go-ethereum, types.Transaction.MarshalJSON). */
export function unsignedJson(transaction: Transaction): TransactionJson {
  const fields = { ...signedFields(transaction), hash: hexData(keccak256(encodeUnsigned(transaction))) }
  const isPriced = transaction.type <= 1
  return {
    ...fields,
    v: '0x0',
    gasPrice: isPriced ? hexQuantity(maxFeePerGas(transaction)) : null,
    maxFeePerGas: isPriced ? null : hexQuantity(maxFeePerGas(transaction)),
    maxPriorityFeePerGas: isPriced ? null : hexQuantity(maxPriorityFeePerGas(transaction)),
  }
}

function executedJson(block: ViewBlock, index: number, transaction: Transaction): TransactionJson {
  const { hash, sender } = block.transactions.at(index)!
  return {
    blockHash: block.hash === undefined ? ZERO_HASH : hexData(block.hash),
    blockNumber: hexQuantity(block.number),
    blockTimestamp: hexQuantity(block.timestamp),
    from: hexData(sender),
    hash: hexData(hash),
    transactionIndex: hexQuantity(index),
    ...signedFields(transaction),
    gasPrice: hexQuantity(effectiveGasPrice(transaction, block.baseFeePerGas)),
  }
}

/** A transaction as its sender has signed it. */
export function bareTransactionJson(raw: Uint8Array): TransactionJson {
  const transaction = decodeExecuted(raw)
  const fields = signedFields(transaction)
  return transaction.type <= 1 ? { ...fields, gasPrice: hexQuantity(maxFeePerGas(transaction)) } : fields
}

/** A transaction that waits in the pool. */
export function pooledTransactionJson(pooled: ViewPooledTransaction): TransactionJson {
  return {
    blockHash: null,
    blockNumber: null,
    blockTimestamp: null,
    from: hexData(pooled.sender),
    hash: hexData(pooled.hash),
    transactionIndex: null,
    ...signedFields(pooled.tx),
    gasPrice: hexQuantity(maxFeePerGas(pooled.tx)),
  }
}

function signedFields(transaction: Transaction): TransactionJson {
  return {
    gas: hexQuantity(transaction.gasLimit),
    input: hexData(transaction.data),
    nonce: hexQuantity(transaction.nonce),
    to: transaction.to === undefined ? null : hexData(transaction.to),
    value: hexQuantity(transaction.value),
    type: hexQuantity(transaction.type),
    ...typeFields(transaction),
    r: hexQuantity(transaction.r),
    s: hexQuantity(transaction.s),
  }
}

function typeFields(transaction: Transaction): TransactionJson {
  if (transaction.type === 0) {
    const v = hexQuantity(legacyV(transaction))
    return transaction.chainId === undefined ? { v } : { chainId: hexQuantity(transaction.chainId), v }
  }
  const fields: TransactionJson = {
    accessList: transaction.accessList.map(accessListEntryJson),
    chainId: hexQuantity(transaction.chainId),
    v: hexQuantity(transaction.yParity),
    yParity: hexQuantity(transaction.yParity),
  }
  if (transaction.type === 1) return fields
  fields.maxFeePerGas = hexQuantity(transaction.maxFeePerGas)
  fields.maxPriorityFeePerGas = hexQuantity(transaction.maxPriorityFeePerGas)
  if (transaction.type === 3) {
    fields.maxFeePerBlobGas = hexQuantity(transaction.maxFeePerBlobGas)
    fields.blobVersionedHashes = transaction.blobVersionedHashes.map(hexData)
  }
  if (transaction.type === 4) fields.authorizationList = transaction.authorizationList.map(authorizationJson)
  return fields
}

export function accessListEntryJson(entry: AccessListEntry): { address: Hex; storageKeys: Hex[] } {
  return { address: hexData(entry.address), storageKeys: entry.storageKeys.map(hexData) }
}

function authorizationJson(authorization: Authorization): TransactionJson {
  return {
    chainId: hexQuantity(authorization.chainId),
    address: hexData(authorization.address),
    nonce: hexQuantity(authorization.nonce),
    yParity: hexQuantity(authorization.yParity),
    r: hexQuantity(authorization.r),
    s: hexQuantity(authorization.s),
  }
}

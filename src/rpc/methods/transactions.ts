import { equalBytes } from '../../lib/index.ts'
import { findBlock } from '../blockSelection.ts'
import { ofBlock } from '../FinalTexts.ts'
import { hexData } from '../format.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import {
  type BlockParam,
  parseAddress,
  parseBlockNumber,
  parseHash,
  parseIndex,
  parseUint64,
} from '../params.ts'
import { pooledTransactionJson, transactionJson, transactionReceiptJson } from '../shapes/index.ts'
import { transactionOfNonce } from '../transactionSearch.ts'
import type { ViewBlock } from '../ViewBlock.ts'

/** Transactions, executed or waiting; null for one that isn't there. */
export const TRANSACTION_METHODS: Record<string, Method> = {
  eth_getTransactionByHash: method([required('hash', parseHash)], (context, hash) => {
    const executed = context.view.getTransaction(hash)
    if (executed !== undefined) return describe(context, executed.block, executed.index)
    const pooled = context.view.getPooledTransaction(hash)
    return pooled === undefined ? null : pooledTransactionJson(pooled)
  }),
  eth_getTransactionBySenderAndNonce: method(
    [required('address', parseAddress), required('nonce', parseUint64)],
    (context, address, nonce) => {
      const { view } = context
      const executed = transactionOfNonce(view, address, nonce)
      if (executed !== undefined) return describe(context, executed.block, executed.index)
      for (const pooled of view.pooledTransactions())
        if (pooled.tx.nonce === nonce && equalBytes(pooled.sender, address))
          return pooledTransactionJson(pooled)
      return null
    },
  ),
  eth_getTransactionByBlockNumberAndIndex: method(
    [required('block', parseBlockNumber), required('index', parseIndex)],
    transactionAt,
  ),
  eth_getTransactionByBlockHashAndIndex: method(
    [required('blockHash', parseHash), required('index', parseIndex)],
    (context, hash, index) => transactionAt(context, { hash }, index),
  ),
  eth_getRawTransactionByBlockNumberAndIndex: method(
    [required('block', parseBlockNumber), required('index', parseIndex)],
    rawTransactionAt,
  ),
  eth_getRawTransactionByBlockHashAndIndex: method(
    [required('blockHash', parseHash), required('index', parseIndex)],
    (context, hash, index) => rawTransactionAt(context, { hash }, index),
  ),
  eth_getRawTransactionByHash: method([required('hash', parseHash)], rawTransaction),
  eth_getTransactionReceipt: method([required('hash', parseHash)], (context, hash) => {
    const executed = context.view.getTransaction(hash)
    if (executed === undefined) return null
    return ofBlock(context, executed.block, `receipt ${executed.index}`, () =>
      transactionReceiptJson(executed, context.view),
    )
  }),
}

/** As it is encoded, executed or waiting. */
export function rawTransaction({ view }: RpcContext, hash: Uint8Array): string {
  const executed = view.getTransaction(hash)
  if (executed !== undefined) return hexData(executed.block.transactions.at(executed.index)!.raw)
  const pooled = view.getPooledTransaction(hash)
  return pooled === undefined ? '0x' : hexData(pooled.raw)
}

function transactionAt(context: RpcContext, block: BlockParam, index: number): unknown {
  const found = findBlock(context.view, block)
  return found === undefined || index >= found.transactions.length ? null : describe(context, found, index)
}

function describe(context: RpcContext, block: ViewBlock, index: number): unknown {
  return ofBlock(context, block, `transaction ${index}`, () => transactionJson(block, index))
}

function rawTransactionAt({ view }: RpcContext, block: BlockParam, index: number): string {
  const transaction = findBlock(view, block)?.transactions.at(index)
  return transaction === undefined ? '0x' : hexData(transaction.raw)
}

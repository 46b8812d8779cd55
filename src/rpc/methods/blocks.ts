import { findBlock } from '../blockSelection.ts'
import { ofBlock } from '../FinalTexts.ts'
import { hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import {
  type BlockParam,
  parseBlock,
  parseBlockNumber,
  parseBoolean,
  parseHash,
  parseIndex,
} from '../params.ts'
import { blockJson, headerJson, transactionReceiptJson } from '../shapes/index.ts'
import type { ViewBlock } from '../ViewBlock.ts'

const byNumber = required('block', parseBlockNumber)
const byHash = required('blockHash', parseHash)
const index = required('index', parseIndex)
const full = optional('fullTransactions', parseBoolean, false)

/** Blocks; null for one that isn't there. */
export const BLOCK_METHODS: Record<string, Method> = {
  eth_getBlockByNumber: method([byNumber, full], (context, block, fullTransactions) =>
    describeOnce(context, block, `block ${fullTransactions}`, (found) => blockJson(found, fullTransactions)),
  ),
  eth_getBlockByHash: method([byHash, full], (context, hash, fullTransactions) =>
    describeOnce(context, { hash }, `block ${fullTransactions}`, (found) =>
      blockJson(found, fullTransactions),
    ),
  ),
  eth_getBlockReceipts: method([required('block', parseBlock)], (context, block) =>
    describeOnce(context, block, 'receipts', (found) =>
      Array.from(found.transactions, (_, index) =>
        transactionReceiptJson({ block: found, index }, context.view),
      ),
    ),
  ),
  eth_getBlockTransactionCountByNumber: method([byNumber], (context, block) =>
    describe(context, block, transactionCount),
  ),
  eth_getBlockTransactionCountByHash: method([byHash], (context, hash) =>
    describe(context, { hash }, transactionCount),
  ),
  eth_getHeaderByNumber: method([byNumber], (context, block) => describe(context, block, headerJson)),
  eth_getHeaderByHash: method([byHash], (context, hash) => describe(context, { hash }, headerJson)),
  eth_getUncleByBlockNumberAndIndex: method([byNumber, index], () => null),
  eth_getUncleByBlockHashAndIndex: method([byHash, index], () => null),
  eth_getUncleCountByBlockNumber: method([byNumber], (context, block) =>
    describe(context, block, () => '0x0'),
  ),
  eth_getUncleCountByBlockHash: method([byHash], (context, hash) => describe(context, { hash }, () => '0x0')),
}

function describe(context: RpcContext, block: BlockParam, shape: (block: ViewBlock) => unknown): unknown {
  const found = findBlock(context.view, block)
  return found === undefined ? null : shape(found)
}

/** What is long and stays. */
function describeOnce(
  context: RpcContext,
  block: BlockParam,
  key: string,
  shape: (block: ViewBlock) => unknown,
): unknown {
  return describe(context, block, (found) => ofBlock(context, found, key, () => shape(found)))
}

function transactionCount(block: ViewBlock): string {
  return hexQuantity(block.transactions.length)
}

import { findBlock, stateOf } from '../blockSelection.ts'
import { callsOf, internalOperations, traceEntries, visitCalls } from '../callTree.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import {
  type Parser,
  parseAddress,
  parseBlock,
  parseBlockNumber,
  parseCount,
  parseHash,
  wholeNumber,
} from '../params.ts'
import { decodeOwnReceipt, gasPaid, headerJson, receiptJson, transactionJson } from '../shapes/index.ts'
import { type Found, firstKept, searchTransactions, transactionOfNonce } from '../transactionSearch.ts'
import type { ViewBlock } from '../ViewBlock.ts'
import { executedAt, tracedBlock } from './debugTrace.ts'

/** Otterscan's methods as of this level (docs.otterscan.io/api-docs/ots-api). */
const API_LEVEL = 8
/** Bytes of call data that a list of transactions shows. */
const SELECTOR_BYTES = 4

const parsePageNumber = wholeNumber('uint16')
const parsePageSize: Parser<number> = (value, field) => Math.min(parsePageNumber(value, field), MAX_PAGE)
const MAX_PAGE = 25

/** Otterscan writes block numbers as plain numbers, as Erigon takes them. */
const parsePlainBlockNumber: typeof parseBlockNumber = (value, field) =>
  typeof value === 'number' ? { number: parseCount(value, field) } : parseBlockNumber(value, field)
const parsePlainBlock: typeof parseBlock = (value, field) =>
  typeof value === 'number' ? { number: parseCount(value, field) } : parseBlock(value, field)

const HASH = required('hash', parseHash)
const BLOCK_NUMBER = required('block', parsePlainBlockNumber)
const SEARCH = [
  required('address', parseAddress),
  required('blockNumber', parseCount),
  required('pageSize', parsePageSize),
] as const

/** What Otterscan asks of a node beyond eth_. */
export const OTTERSCAN_METHODS: Record<string, Method> = {
  // By this one Otterscan knows a node that it can ask.
  erigon_getHeaderByNumber: method([BLOCK_NUMBER], ({ view }, block) => {
    const found = findBlock(view, block)
    return found === undefined ? null : headerJson(found)
  }),
  ots_getApiLevel: method([], () => API_LEVEL),
  ots_getInternalOperations: method([HASH], async (context, hash) =>
    internalOperations(await callOf(context, hash)),
  ),
  ots_traceTransaction: method([HASH], async (context, hash) => traceEntries(await callOf(context, hash))),
  ots_getTransactionError: method([HASH], async (context, hash) => {
    const { block, index } = executedAt(context, hash)
    if (decodeOwnReceipt(block.transactions.at(index)!.receipt).status === 1) return '0x'
    return (await callOf(context, hash)).output ?? '0x'
  }),
  ots_hasCode: method(
    [required('address', parseAddress), optional('block', parsePlainBlock, 'latest')],
    ({ view }, address, block) => stateOf(view, block).code(address).length > 0,
  ),
  ots_getBlockDetails: method([BLOCK_NUMBER], (context, block) => describe(findBlock(context.view, block))),
  ots_getBlockDetailsByHash: method([required('blockHash', parseHash)], (context, hash) =>
    describe(context.view.getBlock({ hash })),
  ),
  ots_getBlockTransactions: method(
    [BLOCK_NUMBER, required('pageNumber', parsePageNumber), required('pageSize', parsePageSize)],
    blockTransactions,
  ),
  ots_searchTransactionsBefore: method(SEARCH, async (context, address, blockNumber, pageSize) => {
    const { headNumber } = context.view
    const start = blockNumber === 0n || blockNumber > headNumber ? headNumber : blockNumber - 1n
    const { found, isEnd } = await searchTransactions(context, address, { start, step: -1n, pageSize })
    const newestFirst = found.toSorted(newerFirst)
    return page(context, newestFirst, { firstPage: blockNumber === 0n, lastPage: isEnd })
  }),
  ots_searchTransactionsAfter: method(SEARCH, async (context, address, blockNumber, pageSize) => {
    const start = blockNumber === 0n ? context.view.firstNumber : blockNumber + 1n
    const { found, isEnd } = await searchTransactions(context, address, { start, step: 1n, pageSize })
    return page(context, found.toSorted(newerFirst), { firstPage: isEnd, lastPage: blockNumber === 0n })
  }),
  ots_getTransactionBySenderAndNonce: method(
    [required('address', parseAddress), required('nonce', parseCount)],
    ({ view }, address, nonce) => {
      const found = transactionOfNonce(view, address, nonce)
      return found === undefined ? null : hexData(found.block.transactions.at(found.index)!.hash)
    },
  ),
  ots_getContractCreator: method([required('address', parseAddress)], contractCreator),
}

async function callOf(context: RpcContext, hash: Uint8Array) {
  const { block, index } = executedAt(context, hash)
  return (await callsOf(context, block, { first: index, end: index + 1 }))[0]!
}

function describe(block: ViewBlock | undefined): object | null {
  if (block === undefined) return null
  const fees = Array.from(block.transactions, (_, index) => {
    const { gasUsed, price } = gasPaid(block, index)
    return gasUsed * price
  })
  return {
    block: { ...headerOf(block), transactionCount: block.transactions.length },
    issuance: { blockReward: '0x0', uncleReward: '0x0', issuance: '0x0' },
    totalFees: hexQuantity(fees.reduce((sum, fee) => sum + fee, 0n)),
  }
}

/** The header without its bloom, and without transactions. */
function headerOf(block: ViewBlock): object {
  return { ...headerJson(block), logsBloom: null, size: hexQuantity(block.size), uncles: [] }
}

/** Page 0 has the last transactions; those of a page are in the block's order. */
function blockTransactions(
  { view }: RpcContext,
  param: Parameters<typeof findBlock>[1],
  pageNumber: number,
  pageSize: number,
): object | null {
  const block = findBlock(view, param)
  if (block === undefined) return null
  const { length } = block.transactions
  const end = Math.max(length - pageNumber * pageSize, 0)
  const indexes = Array.from({ length: Math.min(pageSize, end) }, (_, i) => end - Math.min(pageSize, end) + i)
  return {
    fullblock: {
      ...headerOf(block),
      transactionCount: length,
      transactions: indexes.map((index) => withShortInput(transactionJson(block, index))),
    },
    receipts: indexes.map((index) => ({ ...receiptJson(block, index, view), logs: null, logsBloom: null })),
  }
}

function withShortInput(json: Record<string, unknown>): object {
  return { ...json, input: String(json.input).slice(0, 2 + 2 * SELECTOR_BYTES) }
}

function newerFirst(a: Found, b: Found): number {
  return a.block.number === b.block.number ? b.index - a.index : a.block.number < b.block.number ? 1 : -1
}

function page(
  { view }: RpcContext,
  found: Found[],
  { firstPage, lastPage }: { firstPage: boolean; lastPage: boolean },
): object {
  return {
    txs: found.map(({ block, index }) => transactionJson(block, index)),
    receipts: found.map(({ block, index }) => ({
      ...receiptJson(block, index, view),
      timestamp: Number(block.timestamp),
    })),
    ...{ firstPage, lastPage },
  }
}

/** Its block is looked for among those whose state is kept. Null where the address has no code, or has had it from the genesis on. */
async function contractCreator(
  context: RpcContext,
  address: Uint8Array,
): Promise<{ hash: string; creator: string } | null> {
  const { view } = context
  const hasCode = (number: bigint) => stateOf(view, { number }).code(address).length > 0
  const number = firstKept(view, hasCode)
  if (number === undefined || number === 0n) return null
  const block = tracedBlock(context, { number })
  const { length } = block.transactions
  const created = hexData(address)
  for (const [index, root] of (await callsOf(context, block, { first: 0, end: length })).entries()) {
    for (const { call } of visitCalls(root)) {
      if (!call.type.startsWith('CREATE') || call.to !== created) continue
      return { hash: hexData(block.transactions.at(index)!.hash), creator: call.from }
    }
  }
  return null
}

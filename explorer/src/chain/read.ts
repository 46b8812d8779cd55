import { type Hex, isHash, toNumber, toQuantity } from '../lib/hex.ts'
import type { RpcBlock, RpcReceipt, RpcTransaction } from '../rpc/index.ts'
import { node, requestAll } from './node.ts'
import {
  type BlockSummary,
  blockSummary,
  type TransactionSummary,
  transactionSummaries,
} from './summaries.ts'

/** Rows of a page of a list. */
export const PAGE_ROWS = 25

/** The newest block's number. */
export async function readHead(): Promise<number> {
  return toNumber(await node.request<string>('eth_blockNumber'))
}

/** Numbers of blocks before `before`, newest first. */
function numbersBefore(before: number, most: number): number[] {
  return Array.from({ length: Math.min(most, before) }, (_, i) => before - 1 - i)
}

/** Blocks before `before`, newest first, `most` at most; null for those that aren't there. */
export function readBlocksBefore(before: number, most: number): Promise<(RpcBlock | null)[]> {
  return requestAll(
    numbersBefore(before, most).map((n) => ['eth_getBlockByNumber', [toQuantity(n), false]] as const),
  )
}

/** How many transactions blocks have; null for those that aren't there. */
export async function countTransactions(numbers: readonly number[]): Promise<(number | null)[]> {
  const counts = await requestAll<string | null>(
    numbers.map((n) => ['eth_getBlockTransactionCountByNumber', [toQuantity(n)]] as const),
  )
  return counts.map((count) => (count === null ? null : toNumber(count)))
}

/** Blocks before `before` (undefined: from the newest on), newest first, and whether there are older ones. */
export async function readBlocks(
  before: number | undefined,
): Promise<{ blocks: BlockSummary[]; older: number | undefined }> {
  const end = (await readHead()) + 1
  const read = await readBlocksBefore(Math.min(end, before ?? end), PAGE_ROWS)
  const blocks = read.filter((block) => block !== null).map(blockSummary)
  const last = blocks.at(-1)?.number ?? 0
  return { blocks, older: last > 0 && blocks.length === read.length ? last : undefined }
}

/** Blocks that are looked through at a time, and for one page. */
const SCANNED_AT_ONCE = 100
const SCANNED_AT_MOST = 1_000

export type TransactionPage = {
  transactions: TransactionSummary[]
  /** Where to go on; undefined at the chain's beginning. */
  older: number | undefined
  /** Blocks that have been looked through. */
  scanned: number
  /** Blocks that have more than a page of them: only their last ones are here. */
  cut: readonly { number: number; total: number }[]
}

/** Transactions of blocks before `before`, newest first, until there is a page of them. */
export async function readTransactions(before: number | undefined): Promise<TransactionPage> {
  let next = before ?? (await readHead()) + 1
  const begin = next
  const transactions: TransactionSummary[] = []
  const cut: { number: number; total: number }[] = []
  while (next > 0 && transactions.length < PAGE_ROWS && begin - next < SCANNED_AT_MOST) {
    const counted = await countTransactions(numbersBefore(next, SCANNED_AT_ONCE))
    // As far as they are kept.
    const counts = counted.filter((count) => count !== null)
    if (counts.length === 0) return { transactions, older: undefined, scanned: begin - next, cut }
    for (const total of counts) {
      if (transactions.length >= PAGE_ROWS) break
      next--
      if (total > 0) transactions.push(...(await readBlockTransactions(next, 0)))
      if (total > PAGE_ROWS) cut.push({ number: next, total })
    }
  }
  return { transactions, older: next > 0 ? next : undefined, scanned: begin - next, cut }
}

type OtsPage = { fullblock: { transactions: RpcTransaction[] }; receipts: RpcReceipt[] }

/** A page of a block's transactions, the last ones on page 0, newest first; a block may have very many. */
export async function readBlockTransactions(number: number, page: number): Promise<TransactionSummary[]> {
  const read = await node.request<OtsPage | null>('ots_getBlockTransactions', [number, page, PAGE_ROWS])
  return read === null ? [] : transactionSummaries(read.fullblock.transactions, read.receipts).toReversed()
}

/** By number or hash; null for one that isn't there. */
export function readBlock(block: string): Promise<RpcBlock | null> {
  return isHash(block)
    ? node.request('eth_getBlockByHash', [block, false])
    : node.request('eth_getBlockByNumber', [toQuantity(Number(block)), false])
}

export type WholeTransaction = {
  transaction: RpcTransaction
  /** null while it waits in the pool. */
  receipt: RpcReceipt | null
  /** Unix seconds of its block. */
  timestamp: number | undefined
  /** Its block is. */
  isSealed: boolean
}

export async function readTransaction(hash: string): Promise<WholeTransaction | null> {
  const [transaction, receipt] = await Promise.all([
    node.request<RpcTransaction | null>('eth_getTransactionByHash', [hash]),
    node.request<RpcReceipt | null>('eth_getTransactionReceipt', [hash]),
  ])
  if (transaction === null) return null
  const number = receipt?.blockNumber
  const block = number && (await node.request<RpcBlock | null>('eth_getBlockByNumber', [number, false]))
  return {
    ...{ transaction, receipt, timestamp: block ? toNumber(block.timestamp) : undefined },
    isSealed: block ? block.hash !== null : false,
  }
}

export type Account = { balance: bigint; nonce: number; code: Hex }

export async function readAccount(address: string): Promise<Account> {
  const [balance, nonce, code] = await requestAll<Hex>([
    ['eth_getBalance', [address, 'latest']],
    ['eth_getTransactionCount', [address, 'latest']],
    ['eth_getCode', [address, 'latest']],
  ])
  return { balance: BigInt(balance!), nonce: toNumber(nonce!), code: code! }
}

import { type Hex, isHash, toNumber, toQuantity } from '../lib/hex.ts'
import type { RpcBlock, RpcReceipt, RpcTransaction } from '../rpc/index.ts'
import { node, requestAll } from './node.ts'
import { type BlockSummary, blockSummary, type TransactionSummary, transactionSummary } from './summaries.ts'

/** Rows of a page of a list. */
export const PAGE_ROWS = 25

/** Blocks before `before` (undefined: from the newest on), newest first, and whether there are older ones. */
export async function readBlocks(
  before: number | undefined,
): Promise<{ blocks: BlockSummary[]; older: number | undefined; head: number }> {
  const head = toNumber(await node.request<string>('eth_blockNumber'))
  const first = Math.min(head, (before ?? head + 1) - 1)
  const numbers = Array.from({ length: Math.min(PAGE_ROWS, first + 1) }, (_, i) => first - i)
  const read = await requestAll<RpcBlock | null>(
    numbers.map((n) => ['eth_getBlockByNumber', [toQuantity(n), false]] as const),
  )
  const blocks = read.filter((block) => block !== null).map(blockSummary)
  const last = blocks.at(-1)?.number ?? 0
  return { blocks, head, older: last > 0 && blocks.length === numbers.length ? last : undefined }
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
}

/** Transactions of whole blocks before `before`, newest first, until there is a page of them. */
export async function readTransactions(before: number | undefined): Promise<TransactionPage> {
  let next = before ?? toNumber(await node.request<string>('eth_blockNumber')) + 1
  const begin = next
  const transactions: TransactionSummary[] = []
  while (next > 0 && transactions.length < PAGE_ROWS && begin - next < SCANNED_AT_MOST) {
    const numbers = Array.from({ length: Math.min(SCANNED_AT_ONCE, next) }, (_, i) => next - 1 - i)
    const counts = await requestAll<string | null>(
      numbers.map((n) => ['eth_getBlockTransactionCountByNumber', [toQuantity(n)]] as const),
    )
    if (counts[0] === null) return { transactions, older: undefined, scanned: begin - next }
    for (const [i, number] of numbers.entries()) {
      if (transactions.length >= PAGE_ROWS) break
      next = number
      if (toNumber(counts[i] ?? '0x0') > 0)
        transactions.push(...(await readBlockTransactions(number)).toReversed())
    }
  }
  return { transactions, older: next > 0 ? next : undefined, scanned: begin - next }
}

async function readBlockTransactions(number: number): Promise<TransactionSummary[]> {
  const block = await readBlock(String(number))
  return block?.transactions.map((transaction, i) => transactionSummary(transaction, block.receipts[i])) ?? []
}

export type WholeBlock = RpcBlock<RpcTransaction> & { receipts: RpcReceipt[] }

/** By number or hash; null for one that isn't there. */
export async function readBlock(block: string): Promise<WholeBlock | null> {
  const isByHash = isHash(block)
  const reference = isByHash ? block : toQuantity(Number(block))
  const [read, receipts] = await Promise.all([
    node.request<RpcBlock<RpcTransaction> | null>(isByHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber', [
      reference,
      true,
    ]),
    node.request<RpcReceipt[] | null>('eth_getBlockReceipts', [reference]),
  ])
  return read === null ? null : { ...read, receipts: receipts ?? [] }
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

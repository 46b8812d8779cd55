import { type Hex, toNumber } from '../lib/hex.ts'
import type { RpcBlock, RpcHeader, RpcMiniBlock, RpcReceipt, RpcTransaction } from '../rpc/index.ts'

/** What lists show. */
export type MiniBlockSummary = {
  number: number
  blockNumber: number
  transactionCount: number
  gasUsed: number
  sealedMs: number
  /** From its sealing until the page had it; NaN for what was there before. */
  delayMs: number
}

export type BlockSummary = {
  number: number
  hash: Hex | null
  timestamp: number
  gasUsed: number
  gasLimit: number
  baseFeePerGas: bigint
  /** undefined: not asked for yet. */
  transactionCount: number | undefined
}

export type TransactionSummary = {
  hash: Hex
  from: Hex
  to: Hex | null
  created: Hex | null
  value: bigint
  input: Hex
  /** undefined: it waits. */
  blockNumber: number | undefined
  /** undefined: not known here. */
  succeeded: boolean | undefined
  gasUsed: number | undefined
}

export function miniBlockSummary(miniBlock: RpcMiniBlock, delayMs: number): MiniBlockSummary {
  return {
    number: toNumber(miniBlock.mini_block_number),
    blockNumber: toNumber(miniBlock.block_number),
    transactionCount: miniBlock.transactions.length,
    gasUsed: toNumber(miniBlock.gas_used),
    sealedMs: toNumber(miniBlock.mini_block_timestamp) / 1000,
    delayMs,
  }
}

export function blockSummary(block: RpcHeader & { transactions?: RpcBlock['transactions'] }): BlockSummary {
  return {
    number: toNumber(block.number),
    hash: block.hash,
    timestamp: toNumber(block.timestamp),
    gasUsed: toNumber(block.gasUsed),
    gasLimit: toNumber(block.gasLimit),
    baseFeePerGas: BigInt(block.baseFeePerGas),
    transactionCount: block.transactions?.length,
  }
}

/** Of transactions and their receipts, in the same order; those that wait have none. */
export function transactionSummaries(
  transactions: readonly RpcTransaction[],
  receipts: readonly RpcReceipt[],
): TransactionSummary[] {
  return transactions.map((transaction, i) => transactionSummary(transaction, receipts[i]))
}

function transactionSummary(
  transaction: RpcTransaction,
  receipt: RpcReceipt | undefined,
): TransactionSummary {
  return {
    hash: transaction.hash,
    from: transaction.from,
    to: transaction.to,
    created: receipt?.contractAddress ?? null,
    value: BigInt(transaction.value),
    input: transaction.input,
    blockNumber: transaction.blockNumber === null ? undefined : toNumber(transaction.blockNumber),
    succeeded: receipt === undefined ? undefined : receipt.status === '0x1',
    gasUsed: receipt === undefined ? undefined : toNumber(receipt.gasUsed),
  }
}

/** Of several mini-blocks, without those of blocks that were taken back: then a block with such a number begins again. */
export function transactionsOfAll(miniBlocks: readonly RpcMiniBlock[]): TransactionSummary[] {
  return miniBlocks.reduce<TransactionSummary[]>((list, miniBlock) => {
    const kept = begins(miniBlock) ? before(toNumber(miniBlock.block_number), list) : list
    return [...kept, ...transactionSummaries(miniBlock.transactions, miniBlock.receipts)]
  }, [])
}

/** The first of its block. */
export function begins({ index }: RpcMiniBlock): boolean {
  return toNumber(index) === 0
}

/** Of blocks with lower numbers. */
export function before(blockNumber: number, list: readonly TransactionSummary[]): TransactionSummary[] {
  return list.filter((transaction) => (transaction.blockNumber ?? 0) < blockNumber)
}

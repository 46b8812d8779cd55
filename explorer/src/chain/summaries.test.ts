import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RpcMiniBlock, RpcReceipt, RpcTransaction } from '../rpc/index.ts'
import { miniBlockSummary, transactionsOfAll } from './summaries.ts'

const ADDRESS = `0x${'ab'.repeat(20)}` as const

function miniBlock(
  number: number,
  { block, index, hashes }: { block: number; index: number; hashes: string[] },
) {
  const transactions = hashes.map((hash) => ({
    ...{ hash, from: ADDRESS, to: null, value: '0x5', input: '0x60', blockNumber: `0x${block.toString(16)}` },
  }))
  const receipts = hashes.map(() => ({ status: '0x1', gasUsed: '0x5208', contractAddress: ADDRESS }))
  return {
    mini_block_number: `0x${number.toString(16)}`,
    mini_block_timestamp: '0x3d0900',
    block_number: `0x${block.toString(16)}`,
    index: `0x${index.toString(16)}`,
    gas_used: '0x5208',
    digest: '0x',
    parent_digest: '0x',
    transactions: transactions as unknown as RpcTransaction[],
    receipts: receipts as unknown as RpcReceipt[],
  } as RpcMiniBlock
}

describe('summaries', () => {
  it('tell what a list shows of a mini-block and its transactions', () => {
    const one = miniBlock(7, { block: 3, index: 0, hashes: ['0xa'] })
    assert.deepEqual(miniBlockSummary(one, 1.5), {
      ...{ number: 7, blockNumber: 3, transactionCount: 1, gasUsed: 21_000, sealedMs: 4_000, delayMs: 1.5 },
    })
    const [transaction] = transactionsOfAll([one])
    assert.deepEqual(transaction, {
      ...{ hash: '0xa', from: ADDRESS, to: null, created: ADDRESS, value: 5n, input: '0x60' },
      ...{ blockNumber: 3, succeeded: true, gasUsed: 21_000 },
    })
  })

  it('leave out transactions of blocks that were taken back', () => {
    const list = transactionsOfAll([
      miniBlock(1, { block: 1, index: 0, hashes: ['0xa'] }),
      miniBlock(2, { block: 2, index: 0, hashes: ['0xb'] }),
      miniBlock(3, { block: 2, index: 1, hashes: ['0xc'] }),
      miniBlock(4, { block: 3, index: 0, hashes: ['0xd'] }),
      miniBlock(5, { block: 2, index: 0, hashes: ['0xe'] }),
    ])
    assert.deepEqual(
      list.map(({ hash }) => hash),
      ['0xa', '0xe'],
    )
  })
})

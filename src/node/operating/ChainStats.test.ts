import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { LogRecord } from '../../feed/index.ts'
import { ChainStats } from './ChainStats.ts'

it('the chain is counted by the records of its log, and a closed block waits until it is sealed or gone', () => {
  const stats = new ChainStats()
  const follow = (record: object) => stats.follow(record as LogRecord)
  follow({ kind: 'sealMiniBlock', transactionCount: 3, gasUsed: 63_000n })
  follow({ kind: 'sealMiniBlock', transactionCount: 0, gasUsed: 0n })
  assert.equal(stats.sealingLagMs, 0)
  follow({ kind: 'closeBlock', number: 1n })
  assert.ok(stats.sealingLagMs > 0)
  assert.equal(follow({ kind: 'sealHeader', number: 1n })?.number, 1n)
  assert.equal(stats.sealingLagMs, 0)
  follow({ kind: 'closeBlock', number: 2n })
  follow({ kind: 'rewind', blockNumber: 1n })
  assert.equal(stats.sealingLagMs, 0)
  // Of a block that was closed before the start.
  assert.equal(follow({ kind: 'sealHeader', number: 9n }), undefined)
  const { transactions, gasUsed, miniBlocks, blocks, sealingSeconds } = stats
  assert.deepEqual(
    { transactions, gasUsed, miniBlocks, blocks },
    { transactions: 3, gasUsed: 63_000n, miniBlocks: 3, blocks: 2 },
  )
  assert.equal(sealingSeconds.cumulativeCounts().at(-1), 1)
})

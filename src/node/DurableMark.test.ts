import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DurableMark } from './DurableMark.ts'

/** Mini-blocks 1 to 4 end after 3 and 5 transactions of block 7, and 0 and 2 of block 8. */
function markWithFour(): DurableMark {
  const mark = new DurableMark()
  for (const [miniBlock, block, transactionCount] of [
    [1n, 7n, 3],
    [2n, 7n, 5],
    [3n, 8n, 0],
    [4n, 8n, 2],
  ] as const) {
    mark.ended({ miniBlockNumber: miniBlock, blockNumber: block, transactionCount })
  }
  return mark
}

/** The transactions of blocks 7 and 8 that are covered. */
function covered(mark: DurableMark): [number, number] {
  const count = (block: bigint) => [0, 1, 2, 3, 4, 5, 6].filter((index) => mark.covers(block, index)).length
  return [count(7n), count(8n)]
}

describe('DurableMark', () => {
  it('covers the transactions up to the end of the mini-block that it has reached', () => {
    const mark = markWithFour()
    assert.deepEqual(covered(mark), [0, 0])
    mark.reach(0n)
    assert.deepEqual(covered(mark), [0, 0])
    mark.reach(1n)
    assert.deepEqual(covered(mark), [3, 0])
    mark.reach(1n)
    assert.deepEqual(covered(mark), [3, 0])
    mark.reach(3n)
    // Block 7 is behind it, whatever it held.
    assert.deepEqual(covered(mark), [7, 0])
    assert.equal(mark.covers(6n, 1_000), true)
    mark.reach(9n)
    assert.deepEqual(covered(mark), [7, 2])
  })

  it('forgets the oldest ends when no sync comes, and goes on with the next', () => {
    const mark = new DurableMark()
    const count = 100_000
    for (let i = 1; i <= count; i++) {
      mark.ended({ miniBlockNumber: BigInt(i), blockNumber: 1n, transactionCount: i })
    }
    mark.reach(5n)
    assert.equal(mark.covers(1n, 0), false)
    mark.reach(90_000n)
    assert.deepEqual([mark.covers(1n, 89_999), mark.covers(1n, 90_000)], [true, false])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ViewBlock } from '../rpc/index.ts'
import { BlockCache } from './BlockCache.ts'

describe('BlockCache', () => {
  it('forgets the block used longest ago beyond 256 blocks', () => {
    const cache = new BlockCache()
    for (let number = 0; number < 256; number++) cache.set(block(number, 1))
    cache.get(0n)
    cache.set(block(256, 1))
    assert.equal(cache.get(1n), undefined)
    assert.equal(cache.get(0n)?.number, 0n)
  })

  it('forgets blocks beyond so many transactions, but never the newest', () => {
    const cache = new BlockCache()
    for (let number = 0; number < 10; number++) cache.set(block(number, 20_000))
    assert.deepEqual(kept(cache), [7, 8, 9])
    // Setting one again does not count it twice.
    for (let time = 0; time < 10; time++) cache.set(block(9, 20_000))
    assert.deepEqual(kept(cache), [7, 8, 9])
    cache.set(block(10, 1_000_000))
    assert.deepEqual(kept(cache), [10])
    cache.set(block(11, 0))
    assert.deepEqual(kept(cache), [11])
  })
})

function kept(cache: BlockCache): number[] {
  return Array.from({ length: 20 }, (_, number) => number).filter((number) => cache.get(BigInt(number)))
}

function block(number: number, transactionCount: number): ViewBlock {
  return { number: BigInt(number), transactions: { length: transactionCount } } as ViewBlock
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { modelBatch } from './parallelModel.ts'

describe('the model of parallel execution', () => {
  const costs = { execute: 10, speculate: 11, commit: 2 }
  const free = { count: 256, dependsOn: Array.from({ length: 256 }, () => -1) }
  const chain = { count: 256, dependsOn: Array.from({ length: 256 }, (_, i) => i - 1) }

  it('takes with one thread what the transactions take', () => {
    assert.equal(modelBatch(free, costs, 1), 2560)
    assert.equal(modelBatch(chain, costs, 1), 2560)
  })

  it('gains with each thread, up to what committing takes', () => {
    const times = [2, 4, 8, 16].map((threads) => modelBatch(free, costs, threads))
    for (const [i, time] of times.entries()) if (i > 0) assert.ok(time <= times[i - 1]!)
    assert.ok(times[0]! < 1700 && times[0]! > 1300, `${times[0]}`)
    assert.ok(times[3]! >= 512 && times[3]! < 800, `${times[3]}`)
  })

  it('gains nothing where each depends on the one before', () => {
    for (const threads of [2, 8]) assert.ok(modelBatch(chain, costs, threads) > 2400)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RateMeter } from './RateMeter.ts'
import { BOUNDS_MS, Samples } from './Samples.ts'

describe('RateMeter', () => {
  it('sums by the second, and leaves out the one that is not over', () => {
    const meter = new RateMeter(4)
    meter.add(1_000, { transactions: 1, gas: 10 })
    meter.add(1_999, { transactions: 2, gas: 20 })
    meter.add(3_500, { transactions: 4, gas: 40 })
    meter.add(4_000, { transactions: 8, gas: 80 })
    assert.deepEqual(
      meter.series(4_100).map(({ transactions }) => transactions),
      [3, 0, 4],
    )
    assert.deepEqual(meter.mean(4_100, 2), { transactions: 2, gas: 20 })
  })

  it('forgets what is older than it is long', () => {
    const meter = new RateMeter(4)
    meter.add(1_000, { transactions: 1, gas: 1 })
    meter.add(5_000, { transactions: 2, gas: 2 })
    assert.deepEqual(
      meter.series(6_000).map(({ transactions }) => transactions),
      [0, 0, 2],
    )
    meter.clear()
    assert.equal(meter.mean(6_000, 3).transactions, 0)
  })
})

describe('Samples', () => {
  it('counts by the bounds, and keeps the newest', () => {
    const samples = new Samples(4)
    for (const ms of [1000, 0.1, 0.25, 3, 3]) samples.add(ms)
    const bars = samples.bars()
    assert.equal(bars.length, BOUNDS_MS.length + 1)
    assert.equal(bars[0], 2)
    assert.equal(bars[BOUNDS_MS.indexOf(4)], 2)
    assert.equal(bars.at(-1), 0, 'the oldest has gone')
    assert.equal(samples.size, 4)
  })

  it('gives quantiles', () => {
    const samples = new Samples(1000)
    assert.ok(Number.isNaN(samples.quantile(0.5)))
    for (let ms = 1; ms <= 100; ms++) samples.add(ms)
    assert.deepEqual([samples.quantile(0), samples.quantile(0.5), samples.quantile(1)], [1, 51, 100])
    samples.clear()
    assert.equal(samples.size, 0)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { needsNode } from '../lib/index.ts'
import { plot } from './plot.ts'
import { type Sample, Soak } from './Soak.ts'
import { slopePerHour, summary } from './summary.ts'

describe('soak', needsNode, () => {
  it('sees load, mini-blocks, memory, disk and answers', async () => {
    const soak = await Soak.start({ rate: 200, snapshotMiB: 1 })
    try {
      await soak.sample()
      const sample = await soak.sample()
      for (const key of ['transactionsPerSecond', 'miniBlocksPerSecond', 'residentMiB', 'logMiB'] as const)
        assert.ok(sample[key] > 0, key)
      assert.ok(sample.latencyMsP99 >= sample.latencyMsP50 && sample.latencyMsP50 > 0)
    } finally {
      await soak.stop()
    }
  })
})

describe('what a soak shows', () => {
  const samples = Array.from({ length: 10 }, (_, i): Sample => {
    const flat = {
      transactionsPerSecond: 5,
      miniBlocksPerSecond: 100,
      logMiB: 1,
      snapshotsMiB: 1,
      historyMiB: 1,
      mappedMiB: 1,
    }
    return { minute: i, residentMiB: 100 + i, ...flat, latencyMsP50: 1, latencyMsP99: 2 }
  })

  it('has the slope after the warm-up', () => {
    assert.equal(Math.round(slopePerHour(samples, 'residentMiB', { warmUpMinutes: 3 })), 60)
    assert.equal(slopePerHour(samples, 'logMiB', { warmUpMinutes: 3 }), 0)
  })

  it('is a table and a picture', () => {
    assert.match(summary(samples), /memory MiB +102\.5 +104\.5 +108\.5 +102\.0 +108\.0 +109\.0/)
    assert.match(
      plot('RSS', [
        [0, 1],
        [1, 2],
      ]),
      /<polyline [^>]*points="60\.0,\d+\.\d 740\.0,\d+\.\d"/,
    )
  })
})

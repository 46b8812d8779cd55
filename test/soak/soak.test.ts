import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { needsNode } from '../lib/index.ts'
import { plot } from './plot.ts'
import { COLUMNS, type Sample } from './Sample.ts'
import { Soak } from './Soak.ts'
import { slopePerHour, summary } from './summary.ts'

describe('soak', needsNode, () => {
  it('sees load, mini-blocks, memory, disk and answers', async () => {
    const soak = await Soak.start({ rate: 200, snapshotMiB: 1, replica: true })
    try {
      await soak.sample()
      const sample = await soak.sample()
      const told = [
        'transactionsPerSecond',
        'miniBlocksPerSecond',
        'residentMiB',
        'replicaMiB',
        'logMiB',
      ] as const
      for (const key of told) assert.ok(sample[key] > 0, key)
      const heaps = ['heapsMiB', 'mainMiB', 'sequencerMiB', 'sealerMiB', 'externalMiB'] as const
      for (const key of heaps) assert.ok(sample[key] > 1, key)
      const used = sample.mainMiB + sample.sequencerMiB + sample.sealerMiB + sample.recoveryMiB
      assert.ok(used < sample.heapsMiB, 'more is taken from the system than is used')
      assert.ok(sample.latencyMsP99 >= sample.latencyMsP50 && sample.latencyMsP50 > 0)
    } finally {
      await soak.stop()
    }
  })
})

describe('what a soak shows', () => {
  const samples = Array.from({ length: 10 }, (_, i): Sample => {
    const zeros = Object.fromEntries(COLUMNS.map(({ key }) => [key, 0])) as Sample
    return { ...zeros, minute: i, residentMiB: 100 + i }
  })

  it('has the slope after the warm-up', () => {
    assert.equal(Math.round(slopePerHour(samples, 'residentMiB', 3)), 60)
    assert.equal(slopePerHour(samples, 'logMiB', 3), 0)
  })

  it('is a table and a picture', () => {
    assert.match(summary(samples), /memory MiB +102\.5 +104\.5 +108\.5 +102\.0 +108\.0 +109\.0 +60\.0\n/)
    assert.match(
      plot('RSS', [
        [0, 1],
        [1, 2],
      ]),
      /<polyline [^>]*points="60\.0,\d+\.\d 740\.0,\d+\.\d"/,
    )
  })
})

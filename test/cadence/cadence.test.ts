import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { needsNode } from '../lib/index.ts'
import { measureCadence } from './cadence.ts'

describe('mini-blocks of 1 ms', needsNode, () => {
  it('are numbered without gaps, in order of time, and tell every transaction once', async () => {
    const report = await measureCadence({ seconds: 1, miniBlockMs: 1, transactionsPerSecond: 500 })
    assert.equal(report.missing, 0)
    assert.equal(report.transactions, report.sent)
    assert.ok(report.miniBlocks > 1)
    assert.ok(report.intervalsUs[0]! > 0, 'two mini-blocks have one timestamp')
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Prng } from '../../src/lib/index.ts'
import { leveretPresent } from '../lib/index.ts'
import { CrashRun } from './CrashRun.ts'
import { startOnDamaged } from './damage.ts'

describe('kill -9 under load', { skip: leveretPresent() ? false : 'needs a node to start' }, () => {
  const random = new Prng(42)
  const run = new CrashRun(random)
  before(() => run.begin())
  after(() => run.remove())

  for (const number of [0, 1, 2]) {
    it(`loses nothing that a client was told (${number + 1})`, async () => {
      const { acknowledged } = await run.round(number)
      assert.ok(acknowledged > 0, 'the load got no receipt')
    })
  }

  it('cuts a torn end and says so', async () => {
    await run.stop()
    for (const damage of ['truncated', 'garbage appended'] as const) {
      const report = await startOnDamaged(run.folder, damage, random)
      assert.equal(report.outcome, 'started', report.said)
      assert.notEqual(report.said, '', damage)
    }
  })

  it('stops at a flipped bit and names file and offset', async () => {
    const report = await startOnDamaged(run.folder, 'flipped', random)
    assert.equal(report.outcome, 'refused')
    assert.match(report.said, /The log is damaged.*\n.*file: .*segment-\d+\.log {3}offset: \d+/)
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Prng } from '../../src/lib/index.ts'
import { needsNode } from '../lib/index.ts'
import { CrashRun, type Kill, WHOLE } from './CrashRun.ts'
import { DAMAGES, tryDamages } from './damage.ts'
import { DISK_FAULTS, tryDiskFault } from './diskFaults.ts'
import { KILL_POINTS } from './killPoints.ts'

/** A few of each; `npm run crash` has all. */
const POINTS = /^(record half written|pruning: a segment gone)$/
const FAULTS =
  /^(write of the log: half, then ENOSPC|sync of the log: EIO|snapshot: a piece half, then ENOSPC)$/
const CASES =
  /^(newest segment: (a half frame appended|a bit flipped)|newest segment missing|newest snapshot: a bit of a piece flipped|genesis.json: another chain id)$/

describe('kill -9 under load', needsNode, () => {
  const random = new Prng(42)
  const run = new CrashRun(random)
  before(() => run.begin())
  after(() => run.remove())

  const kills: Kill[] = ['at random', 'during start', ...KILL_POINTS.filter(({ name }) => POINTS.test(name))]
  for (const [number, kill] of kills.entries()) {
    const name = typeof kill === 'string' ? kill : kill.name
    it(`loses nothing that a client was told (${name})`, async () => {
      const report = await run.round(number, kill, WHOLE)
      assert.equal(report.kill, name, 'the moment was reached')
      assert.ok(report.acknowledged > 0, 'the load got receipts')
    })
  }

  for (const [index, fault] of DISK_FAULTS.filter(({ name }) => FAULTS.test(name)).entries()) {
    it(`${fault.outcome === 'stops' ? 'stops with the reason' : 'goes on and says so'} (${fault.name})`, async () => {
      assert.equal((await tryDiskFault(run, fault, kills.length + index)).outcome, fault.outcome)
    })
  }

  it('leaves a folder in which everything fits, and that starts without its history', () => run.verify())

  it('says what it recovered from, or stops with the reason', async () => {
    await run.stop()
    const reports = await tryDamages(run, random, CASES)
    assert.equal(reports.length, DAMAGES.filter(({ name }) => CASES.test(name)).length)
    assert.equal(reports.length, 5)
  })
})

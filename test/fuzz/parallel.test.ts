import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ParallelDuel, TIMINGS } from './parallel/ParallelDuel.ts'

/** 15 states with four batches each. */
const SEEDS = 15

describe('batches that are executed ahead', () => {
  for (const timing of TIMINGS) {
    for (const evm of ['interpreter', 'compiled'] as const) {
      it(`give the same bytes, ${timing}, ${evm}`, async () => {
        const duel = new ParallelDuel(timing, evm)
        try {
          for (let seed = 0; seed < SEEDS; seed++) duel.run(seed)
        } finally {
          await duel.close()
        }
        if (timing === 'threads') return // how far they come is up to the machine
        const { committed, conflicted, notSpeculated, unclaimed, overtaken } = duel.stats
        assert.equal(unclaimed + overtaken, 0)
        assert.ok(committed > (timing === 'nonsense' ? 50 : 150), `${committed} committed`)
        if (timing !== 'fresh') assert.ok(conflicted > 20, `${conflicted} conflicted`)
        assert.ok(notSpeculated > 100, `${notSpeculated} not speculated on`)
      })
    }
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tracedEngineModule } from '../../src/kernels/index.ts'
import { LazyDuel } from './lazy/LazyDuel.ts'

/** States with four batches each. */
const SEEDS = 25

describe('batches on a lazy engine', () => {
  for (const evm of ['interpreter', 'compiled'] as const) {
    it(`give the same bytes, ${evm}`, () => {
      const duel = new LazyDuel({ evm })
      for (let seed = 0; seed < SEEDS; seed++) duel.run(seed)
    })
  }

  it('give the same bytes, traced', async () => {
    let steps = 0
    const trace = () => steps++
    const duel = new LazyDuel({
      evm: 'interpreter',
      observedKernel: { module: await tracedEngineModule(), trace },
    })
    for (let seed = 0; seed < SEEDS; seed++) duel.run(seed)
    assert.ok(steps > 0)
  })
})

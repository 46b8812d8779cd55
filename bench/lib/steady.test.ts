import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Plateau, timeSteadily } from './steady.ts'

describe('Plateau', () => {
  it('is reached after three figures in a row that are not 2 % better, disturbed ones left out', () => {
    const plateau = new Plateau()
    const figures = [10, 9, 8.9, 8.85, 5, 5.1, 8, 4.95, 5, 8, 4]
    assert.deepEqual(
      figures.map((figure) => plateau.add(figure)),
      [false, false, false, false, false, false, false, false, true, true, false],
    )
  })
})

describe('timeSteadily', () => {
  it('without time for warming up runs each measured pass once', async () => {
    const passes: number[] = []
    const limits = { minWarmUpMs: 0, maxWarmUpMs: 0, repeats: 3 }
    const { settled } = await timeSteadily((times) => void passes.push(times), limits)
    assert.deepEqual(passes, [1, 1, 1])
    assert.equal(settled, false)
  })

  it('repeats what is too short for the clock, and waits for what is asynchronous', async () => {
    let under = 0
    let most = 0
    await timeSteadily(
      async (times) => {
        assert.equal(under++, 0)
        most = Math.max(most, times)
        await Promise.resolve()
        under--
      },
      { minWarmUpMs: 0, maxWarmUpMs: 5, repeats: 1 },
    )
    assert.ok(most > 1)
  })
})

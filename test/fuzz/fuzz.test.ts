import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Prng } from '../../src/lib/index.ts'
import { needsAnvil, needsNode } from '../lib/index.ts'
import { fuzz } from './fuzz.ts'
import { generate } from './generate.ts'

const needsBoth = { skip: needsAnvil.skip || needsNode.skip }

describe('the random transactions', () => {
  it('are a function of the seed', () => {
    assert.deepEqual(generate(new Prng(7), 60), generate(new Prng(7), 60))
    assert.notDeepEqual(generate(new Prng(7), 60), generate(new Prng(8), 60))
  })

  it('tell Prague from Osaka, with two actions left of the replay', needsAnvil, async () => {
    const { difference, replay } = await fuzz({
      seed: 3,
      count: 120,
      left: 'anvil',
      leftFork: 'prague',
      maxReplays: 3,
    })
    assert.ok(difference, 'two forks agreed')
    assert.ok(replay.length < 20, `${replay.length} actions`)
  })

  it('give the same on a fork of anvil and on anvil', needsBoth, async () => {
    const { difference, tally } = await fuzz({ seed: 4, count: 120, forks: true, maxReplays: 0 })
    const again = 'npm run fuzz -- anvil --fork --seed 4 --count 120'
    assert.equal(
      difference,
      undefined,
      `${difference?.what}: ${difference?.left} and ${difference?.right}; see ${again}`,
    )
    assert.ok(tally.succeeded > 40, 'the transactions do too little')
  })

  it('give the same on Leveret and on anvil', needsBoth, async () => {
    const seed = 20_261
    const { difference, tally } = await fuzz({ seed, count: 150, maxReplays: 0 })
    const again = `npm run fuzz -- anvil --seed ${seed} --count 150`
    assert.equal(
      difference,
      undefined,
      `${difference?.what}: ${difference?.left} and ${difference?.right}; see ${again}`,
    )
    assert.ok(tally.succeeded > 50 && tally.reverted > 10, 'the transactions do too little')
  })
})

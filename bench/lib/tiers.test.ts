import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Engine } from '../../src/execution/index.ts'
import { prepareWorkload } from './executeWorkload.ts'
import { ownWorkloads } from './ownWorkloads.ts'
import { interpretedPart, parseTier } from './tiers.ts'

describe('parseTier', () => {
  it('takes what is known, or what is meant by nothing', () => {
    assert.equal(parseTier(undefined, ['both', 'compiled'], 'both'), 'both')
    assert.equal(parseTier('compiled', ['both', 'compiled'], 'both'), 'compiled')
    assert.throws(
      () => parseTier('auto', ['both', 'compiled'], 'both'),
      /--tier must be one of both, compiled/,
    )
  })
})

describe('interpretedPart', () => {
  const [workload] = ownWorkloads({ tiny: true })

  for (const [evm, part] of [
    ['interpreter', 1],
    ['compiled', 0],
  ] as const) {
    it(`is ${part} in the tier ${evm}`, () => {
      const engine = new Engine({ evm, memoryMiB: 192, evmMemoryMiB: 16 })
      const call = prepareWorkload(engine, workload!)
      const before = engine.tierStats
      assert.equal(interpretedPart(before, engine.tierStats), 0)
      call()
      assert.equal(interpretedPart(before, engine.tierStats), part)
    })
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newFinalTexts, ofBlock } from './FinalTexts.ts'
import { RawJson } from './RawJson.ts'
import { FakeChain } from './testing/index.ts'

describe('ofBlock', () => {
  it('makes anew what may still change, and once what does not', () => {
    const view = new FakeChain()
    const texts = newFinalTexts(16_000)
    const block = view.blocks[0]!
    let made = 0
    const make = () => ({ made: ++made })
    view.durableNumber = -1n
    assert.deepEqual(ofBlock({ view, texts }, block, 'a', make), { made: 1 })
    view.durableNumber = 0n
    for (let i = 0; i < 2; i++)
      assert.deepEqual(ofBlock({ view, texts }, block, 'a', make), new RawJson('{"made":2}'))
    assert.deepEqual(ofBlock({ view, texts }, block, 'b', make), new RawJson('{"made":3}'))
    assert.deepEqual(ofBlock({ view, texts }, { ...block, hash: undefined }, 'a', make), { made: 4 })
  })
})

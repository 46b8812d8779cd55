import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FinalTexts, ofBlock } from './FinalTexts.ts'
import { RawJson } from './RawJson.ts'
import { FakeChain } from './testing/index.ts'

describe('FinalTexts', () => {
  it('keeps what was used last, of so many characters in all', () => {
    const texts = new FinalTexts(160)
    for (let i = 0; i < 16; i++) texts.set(`${i}`, new RawJson('x'.repeat(10)))
    assert.notEqual(texts.get('0'), undefined)
    texts.set('16', new RawJson('x'.repeat(10)))
    assert.notEqual(texts.get('0'), undefined, 'it was used')
    assert.equal(texts.get('1'), undefined, 'it was used longest ago')
  })

  it('does not let one text drive out many', () => {
    const texts = new FinalTexts(160)
    texts.set('large', new RawJson('x'.repeat(11)))
    assert.equal(texts.get('large'), undefined)
  })
})

describe('ofBlock', () => {
  it('makes anew what may still change, and once what does not', () => {
    const view = new FakeChain()
    const texts = new FinalTexts(1000)
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

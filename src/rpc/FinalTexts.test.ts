import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FinalLogs, newFinalTexts, ofBlock } from './FinalTexts.ts'
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

describe('FinalLogs', () => {
  it('remembers logs of blocks that are final, each block its own', () => {
    const view = new FakeChain()
    view.durableNumber = 0n
    const searched = { view, texts: newFinalTexts(16_000) }
    const block = view.blocks[0]!
    FinalLogs.of(searched, block)!.set(1, '{"logIndex":"0x1"}')
    assert.equal(FinalLogs.of(searched, block)!.get(1), '{"logIndex":"0x1"}')
    assert.equal(FinalLogs.of(searched, block)!.get(11), undefined)
    view.durableNumber = 1n
    assert.equal(FinalLogs.of(searched, { ...block, number: 1n })!.get(1), undefined)
  })

  it('remembers none of what may still change', () => {
    const view = new FakeChain()
    const texts = newFinalTexts(16_000)
    const block = view.blocks[0]!
    view.durableNumber = -1n
    assert.equal(FinalLogs.of({ view, texts }, block), undefined)
    view.durableNumber = 0n
    assert.equal(FinalLogs.of({ view, texts }, { ...block, hash: undefined }), undefined)
    assert.equal(FinalLogs.of({ view }, block), undefined)
  })
})

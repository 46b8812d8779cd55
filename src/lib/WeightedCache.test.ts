import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WeightedCache } from './WeightedCache.ts'

describe('WeightedCache', () => {
  const full = (): WeightedCache<number, string> => {
    const cache = new WeightedCache<number, string>(160, ({ length }) => length)
    for (let i = 0; i < 16; i++) cache.set(i, 'x'.repeat(10))
    return cache
  }

  it('keeps what was used last, of so much weight in all', () => {
    const cache = full()
    assert.notEqual(cache.get(0), undefined)
    cache.set(16, 'x')
    assert.notEqual(cache.get(0), undefined, 'it was used')
    assert.equal(cache.get(1), undefined, 'it was used longest ago')
    assert.notEqual(cache.get(2), undefined)
  })

  it('counts a value that is set again once', () => {
    const cache = full()
    for (let i = 0; i < 100; i++) cache.set(5, 'x'.repeat(10))
    assert.notEqual(cache.get(0), undefined)
  })

  it('does not let one value drive out many', () => {
    const cache = full()
    cache.set(16, 'x'.repeat(11))
    assert.equal(cache.get(16), undefined)
    assert.notEqual(cache.get(0), undefined)
  })
})

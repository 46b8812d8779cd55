import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StreamLoad } from './StreamLoad.ts'

const QUIET = { characters: 1_000, transactions: 10 }

describe('StreamLoad', () => {
  it('leaves a stream of very many characters, and takes it up below 1,500 transactions a second', () => {
    const load = new StreamLoad()
    assert.equal(load.isTooMuch({ characters: 6_000_000, transactions: 5_000 }), false)
    assert.equal(load.isTooMuch({ characters: 6_000_001, transactions: 5_000 }), true)
    assert.equal(load.isTooMuch({ characters: 0, transactions: 1_500 }), true)
    assert.equal(load.isTooMuch({ characters: 0, transactions: 1_499 }), false)
  })

  it('leaves one that comes later and later, whatever the clocks say', () => {
    const load = new StreamLoad()
    for (const delayMs of [-60_000, -59_000, -58_000]) {
      load.note(delayMs, 100)
      assert.equal(load.isTooMuch(QUIET), false)
    }
    load.note(-57_999, 100)
    assert.equal(load.isTooMuch(QUIET), true)
  })

  it('comes back to it at half of what it managed', () => {
    const load = new StreamLoad()
    load.note(1, 0)
    load.note(5_000, 400)
    assert.equal(load.isTooMuch({ characters: 0, transactions: 0 }), true)
    assert.equal(load.isTooMuch({ characters: 0, transactions: 200 }), true)
    assert.equal(load.isTooMuch({ characters: 0, transactions: 199 }), false)
    assert.equal(load.isTooMuch(QUIET), false, 'what was late then is forgotten')
  })

  it('begins anew with another connection', () => {
    const load = new StreamLoad()
    load.note(1, 0)
    load.restart()
    load.note(5_000, 0)
    assert.equal(load.isTooMuch(QUIET), false)
  })
})

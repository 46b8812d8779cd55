import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Bans } from './Bans.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** How long a ban holds from now on, in steps of five seconds. */
function lengthOf(bans: Bans, peer: string, nowMs: number): number {
  let ms = 0
  while (bans.has(peer, nowMs + ms)) ms += 5 * SECOND
  return ms
}

describe('Bans', () => {
  it('are short at first, and longer each time', () => {
    const bans = new Bans()
    let nowMs = 0
    const lengths = [1, 2, 3, 4, 5, 6, 7].map(() => {
      bans.add('a', nowMs)
      const length = lengthOf(bans, 'a', nowMs)
      nowMs += length
      return length / SECOND
    })
    assert.deepEqual(lengths, [30, 60, 120, 240, 480, 600, 600])
    assert.equal(bans.has('b', nowMs), false)
  })

  it('are forgotten after an hour', () => {
    const bans = new Bans()
    bans.add('a', 0)
    bans.add('a', 61 * MINUTE)
    assert.equal(lengthOf(bans, 'a', 61 * MINUTE), 30 * SECOND)
    assert.equal(bans.count(61 * MINUTE), 1)
    assert.equal(bans.count(62 * MINUTE), 0)
  })

  it('are bounded: the oldest goes', () => {
    const bans = new Bans()
    for (let i = 0; i <= 1024; i++) bans.add(`${i}`, 0)
    assert.equal(bans.has('0', 1), false)
    assert.equal(bans.count(1), 1024)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LogLine } from '../events/index.ts'
import { EventLog } from '../events/index.ts'
import { Health, READY_LAG_LIMIT_MS } from './Health.ts'
import { LagWatch } from './LagWatch.ts'

describe('Health', () => {
  const failing = (health: Health) =>
    [...health.ready()].filter(([, reason]) => reason !== undefined).map(([check]) => check)

  it('is not ready before the start and while stopping, but alive', () => {
    const health = new Health()
    assert.deepEqual(failing(health), ['started'])
    health.state = 'running'
    assert.deepEqual([failing(health), health.isReady], [[], true])
    health.state = 'stopping'
    assert.deepEqual([failing(health), health.isReady], [['not-stopping'], false])
    assert.equal(health.live().get('threads'), undefined)
  })

  it('is not ready while sealing or the disk is behind, but alive', () => {
    const health = new Health()
    health.state = 'running'
    health.lags = () => ({ sealingMs: READY_LAG_LIMIT_MS + 1, durableMs: READY_LAG_LIMIT_MS })
    assert.deepEqual(failing(health), ['sealing'])
    health.lags = () => ({ sealingMs: 0, durableMs: READY_LAG_LIMIT_MS + 1 })
    assert.equal(health.ready().get('durable'), '5.0 s behind, limit 5 s')
    assert.equal(health.live().get('threads'), undefined)
  })

  it('says how far a replica is behind, in mini-blocks and in time', () => {
    const health = new Health()
    health.state = 'running'
    assert.deepEqual([...health.notes()], [])
    const chain = { isFollowed: true, lagMs: 12.4, lagMiniBlocks: 2n }
    health.lags = () => ({ sealingMs: 0, durableMs: 0, chain })
    assert.deepEqual(failing(health), [])
    assert.equal(health.notes().get('following'), '2 mini-blocks and 12 ms behind')
    chain.lagMs = 6000
    chain.lagMiniBlocks = 600n
    assert.equal(health.ready().get('following'), '600 mini-blocks and 6.0 s behind, limit 5 s')
    chain.isFollowed = false
    assert.equal(health.ready().get('following'), 'no source is followed')
  })

  it('is neither once a thread has failed', () => {
    const health = new Health()
    health.state = 'running'
    health.failure = new Error('The disk is full.\n  next: make room')
    assert.deepEqual([...health.live()], [['threads', 'The disk is full.']])
    assert.deepEqual(failing(health), ['threads'])
  })
})

describe('LagWatch', () => {
  it('tells once that a follower is behind, and once that it has caught up', () => {
    const { told, state, watch } = watched()
    for (const durableMs of [0, 1999, 2001, 3000, 1500, 999, 0]) {
      state.lags = { sealingMs: 0, durableMs }
      watch.look()
    }
    assert.deepEqual(told, [
      ['durable_slow', { lagMs: 2001 }],
      ['durable_caught_up', { lagMs: 999 }],
    ])
    watch.close()
  })

  it('tells how many transactions were refused since the last look', () => {
    const { told, state, watch } = watched()
    watch.look()
    state.overload = { refused: 3, waiting: 9 }
    watch.look()
    watch.look()
    state.overload = { refused: 5, waiting: 8 }
    watch.close()
    assert.deepEqual(told, [
      ['overloaded', { refused: 3, waiting: 9 }],
      ['overloaded', { refused: 2, waiting: 8 }],
    ])
  })
})

function watched() {
  const told: [string, LogLine['fields']][] = []
  const log = new EventLog(({ event, fields }) => told.push([event, fields]))
  const state = { lags: { sealingMs: 0, durableMs: 0 }, overload: { refused: 0, waiting: 0 } }
  const watch = new LagWatch({ tell: log.tell, lags: () => state.lags, overload: () => state.overload })
  return { told, state, watch }
}

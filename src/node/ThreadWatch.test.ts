import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ThreadWatch } from './ThreadWatch.ts'

const nowMs = (): number => performance.timeOrigin + performance.now()

describe('ThreadWatch', () => {
  it('tells how late each mini-block was, and what the thread was at since it was due', () => {
    const watch = new ThreadWatch()
    watch.does('receive')
    watch.sealed(nowMs(), nowMs())
    watch.does('execute')
    const dueMs = nowMs()
    while (nowMs() < dueMs + 2);
    watch.does('write')
    watch.sealed(dueMs, nowMs())
    // Another thread reads.
    const [noted, ...rest] = new ThreadWatch(watch.memory).read()
    assert.deepEqual(rest, [])
    assert.ok(noted!.lateMs >= 2)
    assert.ok(noted!.works.execute >= 1.9 && noted!.works.execute <= noted!.lateMs)
    assert.equal(noted!.works.receive, 0)
    watch.clear()
    assert.deepEqual(watch.read(), [])
  })

  it('gives none that comes before it is due as late', () => {
    const watch = new ThreadWatch()
    watch.sealed(nowMs(), nowMs())
    watch.does('execute')
    watch.sealed(nowMs() + 5, nowMs())
    assert.equal(watch.read()[0]!.lateMs, 0)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../lib/index.ts'
import { COMPILE_SHARE, COMPILE_WINDOW_MS, CompileBudget } from './CompileBudget.ts'

const BURST_MS = COMPILE_SHARE * COMPILE_WINDOW_MS

describe('CompileBudget', () => {
  it('lets a burst through, then asks to wait', () => {
    const budget = new CompileBudget(new ManualClock())
    budget.spend(BURST_MS - 1)
    assert.equal(budget.waitMs, 0)
    budget.spend(101)
    assert.ok(budget.waitMs > 100 / COMPILE_SHARE - 1)
  })

  it('goes on after the time that it said', () => {
    const clock = new ManualClock()
    const budget = new CompileBudget(clock)
    budget.spend(BURST_MS + 37)
    const { waitMs } = budget
    clock.advanceMs(waitMs - 2)
    assert.ok(budget.waitMs > 0)
    clock.advanceMs(2)
    assert.equal(budget.waitMs, 0)
  })

  it('keeps to its share against a stream without end', () => {
    const clock = new ManualClock()
    const budget = new CompileBudget(clock)
    const totalMs = 20 * COMPILE_WINDOW_MS
    let spentMs = 0
    while (clock.nowMs() < totalMs) {
      clock.advanceMs(budget.waitMs)
      clock.advanceMs(30) // one compilation
      budget.spend(30)
      spentMs += 30
    }
    assert.ok(spentMs <= BURST_MS + COMPILE_SHARE * totalMs + 30, `${spentMs}`)
    assert.ok(spentMs >= COMPILE_SHARE * totalMs, `${spentMs}`)
  })

  it('saves up no more than a burst', () => {
    const clock = new ManualClock()
    const budget = new CompileBudget(clock)
    clock.advanceMs(100 * COMPILE_WINDOW_MS)
    budget.spend(BURST_MS)
    assert.ok(budget.waitMs > 0)
  })
})

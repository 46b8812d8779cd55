import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { ParallelChoice } from './ParallelChoice.ts'

/** Runs batches of one gas each that take so long; returns how many were parallel, and the time of all. */
function run(choice: ParallelChoice, batches: number, times: { serial: number; parallel: number }) {
  let [parallel, time] = [0, 0]
  for (let i = 0; i < batches; i++) {
    const isParallel = choice.next()
    const taken = isParallel ? times.parallel : times.serial
    if (isParallel) parallel++
    time += taken
    choice.record(taken, 1)
  }
  return { parallel, time }
}

describe('the choice between one thread and several', () => {
  it('takes what is faster', () => {
    const choice = new ParallelChoice()
    run(choice, 32, { serial: 10, parallel: 6 })
    assert.ok(run(choice, 200, { serial: 10, parallel: 6 }).parallel > 190)
    const other = new ParallelChoice()
    run(other, 32, { serial: 10, parallel: 11 })
    assert.equal(run(other, 200, { serial: 10, parallel: 11 }).parallel, 0)
  })

  it('wants more than a little for a second core', () => {
    const choice = new ParallelChoice()
    run(choice, 32, { serial: 10, parallel: 9.5 })
    assert.equal(run(choice, 200, { serial: 10, parallel: 9.5 }).parallel, 0)
  })

  it('is not misled by batches that others held up', () => {
    const choice = new ParallelChoice()
    // The second trial's first half warms up; three of its other eight have no processor of their own.
    run(choice, 16, { serial: 10, parallel: 10 })
    run(choice, 9, { serial: 10, parallel: 6 })
    run(choice, 3, { serial: 10, parallel: 12 })
    run(choice, 4, { serial: 10, parallel: 6 })
    assert.equal(choice.next(), true)
  })

  it('goes back as soon as threads help no longer', () => {
    const choice = new ParallelChoice()
    run(choice, 32, { serial: 10, parallel: 6 })
    assert.ok(run(choice, 100, { serial: 10, parallel: 11 }).parallel < 10)
  })

  it('loses less than a twentieth in finding out, however slow threads are', () => {
    const { time } = run(new ParallelChoice(), 2_000, { serial: 10, parallel: 100 })
    assert.ok(time < (2_000 * 10) / 0.95, `${time}`)
  })

  it('notices when it has become otherwise', () => {
    const choice = new ParallelChoice()
    run(choice, 500, { serial: 10, parallel: 20 })
    assert.ok(run(choice, 6_000, { serial: 10, parallel: 6 }).parallel > 3_000)
  })
})

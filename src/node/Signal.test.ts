import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Signal } from './Signal.ts'

/** Nothing here waits so long: a wake that is lost is a test that hangs. */
const LONG_MS = 600_000
const SHORT_MS = 1

/** Another thread that wakes once it has been told to in `memory`'s cell 0. */
async function withWaker(signal: Signal, run: (start: () => void) => void): Promise<void> {
  const started = new Int32Array(new SharedArrayBuffer(4))
  const code = `
    const { workerData: { memory, started } } = require('node:worker_threads')
    Atomics.wait(started, 0, 0)
    Atomics.add(new Int32Array(memory), 0, 1)
    Atomics.notify(new Int32Array(memory), 0)`
  const worker = new Worker(code, { eval: true, workerData: { memory: signal.memory, started } })
  await once(worker, 'online')
  run(() => {
    Atomics.store(started, 0, 1)
    Atomics.notify(started, 0)
  })
  await once(worker, 'exit')
}

describe('Signal', () => {
  it('does not lose a wake between mark and wait', () => {
    const signal = new Signal()
    const mark = signal.mark()
    signal.wake()
    signal.wait(mark, LONG_MS)
    signal.waitFor(mark, LONG_MS, () => false)
    signal.spin(mark, LONG_MS)
    assert.notEqual(signal.mark(), mark)
  })

  for (const isSeen of [false, true]) {
    it(`is woken by another thread that is ${isSeen ? '' : 'not '}seen at work`, async () => {
      const signal = new Signal()
      const mark = signal.mark()
      await withWaker(signal, (start) => {
        start()
        signal.waitFor(mark, LONG_MS, () => isSeen)
      })
      assert.equal(signal.mark(), mark + 1)
    })
  }

  it('sleeps on although something is announced', async () => {
    const signal = new Signal()
    signal.announce()
    const mark = signal.mark()
    await withWaker(signal, (start) => {
      signal.wait(mark, SHORT_MS)
      assert.equal(signal.mark(), mark)
      start()
      signal.wait(mark, LONG_MS)
    })
    assert.equal(signal.mark(), mark + 1)
    signal.withdraw()
  })
})

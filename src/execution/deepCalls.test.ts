import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { DEEP_CALLS_MODULE, type DeepRun, runDeepCalls } from './testing/index.ts'

/** As much as V8 gives a thread of its own accord. */
const SMALL_STACK = { stackSizeMb: 1 }

/** Runs the same in a worker. */
async function runInWorker(resourceLimits: { stackSizeMb?: number }): Promise<DeepRun[]> {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData).then(({ runDeepCalls }) => parentPort.postMessage(runDeepCalls('compiled')))`
  const worker = new Worker(source, { eval: true, workerData: DEEP_CALLS_MODULE, resourceLimits })
  return await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
}

describe('calls down to a depth of 1,024', () => {
  const expected = runDeepCalls('interpreter')
  const visible = (runs: DeepRun[]) => runs.map(({ compiledGas: _, ...run }) => run)

  function check(runs: DeepRun[]): void {
    assert.deepEqual(visible(runs), visible(expected))
    for (const { name, compiledGas, gasUsed } of runs) {
      assert.ok(
        compiledGas > 0n || name === 'creations',
        `${name}: ${compiledGas} of ${gasUsed} ran compiled`,
      )
    }
  }

  it('reach it', () => {
    const reached = expected.map(({ name, status }) => `${name}, ${status}`)
    assert.deepEqual(reached, [
      'itself: 1025, 1',
      'itself, with 20 words: 1025, 1',
      'itself, with 250 words: 1025, 1',
      'itself, out of a function that calls itself: 1025, 1',
      'creations, 0',
      'another contract each: 1024, 1',
      'compiled and refused in turn: 513, 1',
    ])
  })

  it('are the same in compiled code, on the main thread', () => check(runDeepCalls('compiled')))

  it('are the same in a worker', async () => check(await runInWorker({})))

  it('are the same in a worker with a small stack', async () => check(await runInWorker(SMALL_STACK)))
})

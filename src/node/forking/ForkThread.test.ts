import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { BaseUnavailableError } from '../../execution/index.ts'
import { RemoteProxy } from '../testing/index.ts'
import { ForkThread } from './ForkThread.ts'

const ADDRESS = new Uint8Array(20).fill(7)
const ENDED = /^the thread that asks the fork's remote has ended/

/** Another thread, which sleeps until it has what it reads. */
const SLEEPER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const read = async () => {
    const { ForkedState } = await import(workerData.url)
    const state = new ForkedState(workerData.port)
    for (let i = 0; i < 2; i++)
      try {
        state.account(new Uint8Array(20))
      } catch (error) {
        parentPort.postMessage(error.message)
      }
  }
  void read()
`

let remote: RemoteProxy
let thread: ForkThread
let failures: Error[]
beforeEach(async () => {
  remote = new RemoteProxy(async () => '')
  remote.isSilent = true
  failures = []
  thread = new ForkThread({ folder: undefined, url: await remote.listen(), blockNumber: 1n }, 60_000)
  thread.onFailure((error) => failures.push(error))
})
afterEach(async () => {
  await thread.close()
  remote.close()
})

/** As a mistake of ours would be. */
function breakThread(): void {
  thread.newReader().postMessage({ request: undefined, isHere: true })
}

describe("a fork's thread that ends by itself", () => {
  it('rejects what waits and what comes, and says why once', async () => {
    const waiting = assert.rejects(thread.request('eth_call', []), { message: ENDED })
    breakThread()
    await waiting
    await once(thread.worker, 'exit')
    await assert.rejects(thread.request('eth_call', []), { message: ENDED })
    thread.serve()
    assert.throws(() => thread.state.account(ADDRESS), { message: ENDED })
    assert.equal(failures.length, 1)
    assert.match(failures[0]!.message, /has ended\.\n {2}reason: .*undefined.*\n {2}next: /)
  })

  it('wakes this thread, which sleeps until it has an answer', () => {
    breakThread()
    for (let i = 0; i < 2; i++)
      assert.throws(() => thread.state.account(ADDRESS), { name: BaseUnavailableError.name, message: ENDED })
  })

  it('wakes other threads, also where it is ended by force', async () => {
    const port = thread.newReader()
    const url = new URL('./ForkedState.ts', import.meta.url).href
    const sleeper = new Worker(SLEEPER, { eval: true, workerData: { url, port }, transferList: [port] })
    const heard: string[] = []
    sleeper.on('message', (message) => heard.push(message))
    while (remote.asked.length === 0) await delay(5)
    await thread.worker.terminate()
    await once(sleeper, 'exit')
    assert.equal(heard.length, 2)
    for (const message of heard) assert.match(message, ENDED)
    assert.equal(failures.length, 1)
  })

  it('has not failed when it is closed', async () => {
    const waiting = assert.rejects(thread.request('eth_call', []), { message: 'node is shutting down' })
    await thread.close()
    await waiting
    assert.deepEqual(failures, [])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { BaseAccount } from '../../execution/index.ts'
import {
  type AnsweringState,
  BridgedState,
  BridgedStateAbsentError,
  BridgedStateFailedError,
  BridgedStateGoneError,
  BridgedStateLateError,
  type BridgeWait,
  bridgeMemory,
  StateAnswers,
  type StateRequest,
} from './StateBridge.ts'

const ADDRESS = new Uint8Array(20).fill(7)
const WORD = new Uint8Array(32).fill(9)
const EMPTY: AnsweringState = {
  account: () => undefined,
  slot: () => new Uint8Array(32),
  code: () => new Uint8Array(0),
  blockHash: () => undefined,
}

/** Both ends on one thread: answers are there before the reader would wait. */
function bridged(state: Partial<AnsweringState>, wait: BridgeWait = {}): BridgedState {
  const memory = bridgeMemory()
  const answers = new StateAnswers(memory)
  return new BridgedState(memory, (request) => answers.answer(request, { ...EMPTY, ...state }), wait)
}

/** The other end as a thread that wakes the reader until it has answered the first request with WORD. */
const LATE_ANSWER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const cells = new Int32Array(workerData.memory, 0, 4)
  const asked = new Int32Array(workerData.asked)
  parentPort.postMessage('ready')
  Atomics.wait(asked, 0, 0)
  for (let i = 0; i < 50; i++) {
    Atomics.notify(cells, 0)
    Atomics.wait(asked, 0, 1, 2)
  }
  new Uint8Array(workerData.memory, 16).fill(9, 0, 32)
  cells[1] = 32
  Atomics.store(cells, 0, 1)
  Atomics.notify(cells, 0)
`

describe('BridgedState', () => {
  it('gives accounts as the other end has them', () => {
    const account: BaseAccount = { nonce: 2n ** 64n - 1n, balance: 2n ** 256n - 1n, codeHash: WORD }
    for (const each of [account, { ...account, hasStorage: true }, { ...account, hasStorage: false }])
      assert.deepEqual(bridged({ account: () => each }).account(ADDRESS), each)
    assert.equal(bridged({}).account(ADDRESS), undefined)
  })

  it('gives slots, codes and hashes', () => {
    const code = new Uint8Array(300_000).fill(1)
    const state = bridged({
      slot: () => WORD,
      code: () => code,
      blockHash: (n) => (n === 5n ? WORD : undefined),
    })
    assert.deepEqual(state.slot(ADDRESS, WORD), WORD)
    assert.deepEqual(state.code(WORD), code)
    assert.deepEqual(state.code(new Uint8Array(32)), code)
    assert.deepEqual(state.blockHash(5n), WORD)
    assert.equal(state.blockHash(6n), undefined)
    assert.deepEqual(bridged({}).code(WORD), new Uint8Array(0))
  })

  it('waits for its own answer, also when it is woken up before', async () => {
    const memory = bridgeMemory()
    const cells = new Int32Array(memory)
    const asked = new SharedArrayBuffer(4)
    const other = new Worker(LATE_ANSWER, { eval: true, workerData: { memory, asked } })
    await new Promise((resolve) => other.once('message', resolve))
    const state = new BridgedState(memory, () => {
      Atomics.store(new Int32Array(asked), 0, 1)
      Atomics.notify(new Int32Array(asked), 0)
    })
    assert.deepEqual(state.slot(ADDRESS, WORD), WORD)
    assert.equal(cells[1], 32)
    await other.terminate()
  })

  it('throws what it is told instead of an answer, and when time is up', () => {
    const told = (tell: (answers: StateAnswers) => void): BridgedState => {
      const memory = bridgeMemory()
      const answers = new StateAnswers(memory)
      return new BridgedState(memory, () => tell(answers))
    }
    for (const [tell, error] of [
      [(answers: StateAnswers) => answers.tellGone(), BridgedStateGoneError],
      [(answers: StateAnswers) => answers.tellAbsent(), BridgedStateAbsentError],
      [(answers: StateAnswers) => answers.fail('why'), BridgedStateFailedError],
    ] as const)
      assert.throws(() => told(tell).slot(ADDRESS, WORD), error)
    const checkTime = () => {
      throw new RangeError('late')
    }
    assert.throws(() => bridged({}, { checkTime }).account(ADDRESS), RangeError)
  })

  it('sleeps no longer than it may', () => {
    const asked: StateRequest[] = []
    const state = new BridgedState(bridgeMemory(), (request) => asked.push(request), { limitMs: 5 })
    assert.throws(() => state.account(ADDRESS), BridgedStateLateError)
    assert.deepEqual(asked, [{ kind: 'account', address: ADDRESS }])
  })
})

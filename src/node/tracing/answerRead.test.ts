import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StateOnItsWayError } from '../../rpc/index.ts'
import {
  type AnsweringState,
  BridgedState,
  BridgedStateFailedError,
  BridgedStateGoneError,
  bridgeMemory,
  StateAnswers,
} from '../bridging/index.ts'
import { StateGoneError } from '../past/index.ts'
import { answerRead } from './answerRead.ts'

const ADDRESS = new Uint8Array(20).fill(7)
const WORD = new Uint8Array(32).fill(9)

/** A state whose slots are what `slot` gives or throws, behind a bridge of which both ends are on this thread. */
function bridged(slot: () => Uint8Array): { state: BridgedState; thrown: unknown[] } {
  const memory = bridgeMemory()
  const answers = new StateAnswers(memory)
  const thrown: unknown[] = []
  const state = new BridgedState(memory, (request) => {
    try {
      answerRead(answers, request, { slot } as Partial<AnsweringState> as AnsweringState)
    } catch (error) {
      thrown.push(error)
    }
  })
  return { state, thrown }
}

describe('answerRead', () => {
  it('gives what is there', () => {
    assert.deepEqual(bridged(() => WORD).state.slot(ADDRESS, WORD), WORD)
  })

  it('tells of a state that is gone', () => {
    const { state, thrown } = bridged(() => {
      throw new StateGoneError(1n)
    })
    assert.throws(() => state.slot(ADDRESS, WORD), BridgedStateGoneError)
    assert.deepEqual(thrown, [])
  })

  it('lets neither end go on after another failure', () => {
    const broken = new TypeError('broken')
    const { state, thrown } = bridged(() => {
      throw broken
    })
    assert.throws(() => state.slot(ADDRESS, WORD), BridgedStateFailedError)
    assert.deepEqual(thrown, [broken])
  })

  it('answers once what is on its way has come, or says why it does not', async () => {
    const memory = bridgeMemory()
    const cells = new Int32Array(memory)
    for (const [arrival, status] of [
      [() => Promise.resolve(), 1],
      [() => Promise.reject(new Error('down')), 4],
    ] as const) {
      cells[0] = 0
      let isThere = false
      const slot = (): Uint8Array => {
        if (isThere) return WORD
        isThere = true
        throw new StateOnItsWayError(arrival())
      }
      const state = { slot } as Partial<AnsweringState> as AnsweringState
      answerRead(new StateAnswers(memory), { kind: 'slot', address: ADDRESS, key: WORD }, state)
      assert.equal(cells[0], 0)
      await new Promise(setImmediate)
      assert.equal(cells[0], status)
    }
  })
})

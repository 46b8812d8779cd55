import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { OutcomeReceiver } from '../../rpc/index.ts'
import { ForwardingIntake } from './ForwardingIntake.ts'

it('transactions of a replica are answered once, also those whose answer comes after it was closed', async () => {
  const sent: number[] = []
  const view = { getTransaction: () => undefined, subscribe: () => () => {} }
  const rules = () => assert.fail('no transaction is too long')
  const intake = new ForwardingIntake({ view, rules, send: (id) => sent.push(id) })
  const settled: string[] = []
  const receiver: OutcomeReceiver = {
    settle: (position, { kind }) => settled.push(`${position} ${kind}`),
    executed: () => assert.fail('a replica has no ring'),
  }
  for (const position of [0, 1, 2]) {
    intake.submit(Uint8Array.of(2, position), receiver, position)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(sent, [1, 2, 3])
  intake.answered(1, [{ code: 'Pool.NONCE_TOO_LOW', message: 'nonce too low' }])
  intake.answered(2, [{ hash: new Uint8Array(32) }])
  intake.close()
  const all = ['0 refused', '1 refused', '2 refused']
  assert.deepEqual(settled.toSorted(), all)
  intake.answered(3, { unreachable: 'gone' })
  assert.deepEqual(settled.toSorted(), all)
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RpcCall } from '../rpc/index.ts'
import { countCalls, stepsOf } from './callSteps.ts'

const call = (input: string, more: object = {}) => ({ type: 'CALL', input, ...more }) as unknown as RpcCall
const log = (data: string, position?: string) => ({ address: '0x1', topics: [], data, position })

describe('callSteps', () => {
  it('puts logs between the calls where they were made', () => {
    const calls = [call('0x01'), call('0x02')]
    const logs = [log('0xa0', '0x0'), log('0xa1', '0x1'), log('0xa2', '0x1'), log('0xa3', '0x2')]
    const steps = stepsOf(call('0x', { calls, logs }))
    assert.deepEqual(
      steps.map((step) => ('topics' in step ? step.data : step.input)),
      ['0xa0', '0x01', '0xa1', '0xa2', '0x02', '0xa3'],
    )
  })

  it('leaves nothing out, whatever the positions say', () => {
    const steps = stepsOf(call('0x', { calls: [call('0x01')], logs: [log('0xa0'), log('0xa1', '0x9')] }))
    assert.equal(steps.length, 3)
    assert.deepEqual(stepsOf(call('0x')), [])
  })

  it('counts calls inside calls', () => {
    assert.equal(countCalls(call('0x', { calls: [call('0x', { calls: [call('0x')] }), call('0x')] })), 4)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from './Connection.ts'
import { RpcServer } from './RpcServer.ts'
import { FakeChain } from './testing/index.ts'

describe('RpcStats', () => {
  it('counts requests by method and outcome, also of batches and notifications, and errors by code', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    chain.stateAt = () => {
      throw new Error('our fault')
    }
    const send = (text: string) => server.handle(text, new Connection())
    const request = (method: string, params: unknown[] = [], id: object = { id: 1 }) =>
      JSON.stringify({ jsonrpc: '2.0', method, params, ...id })
    await send(request('eth_chainId'))
    await send(request('eth_chainId', [], {}))
    await send(request('eth_chainId', [1]))
    await send(request('eth_nothing'))
    await send(request('eth_getBalance', [`0x${'00'.repeat(20)}`, 'latest']))
    const raw = request('eth_sendRawTransaction', ['0x01'])
    await send(`[${raw},${raw},${request('eth_chainId')}]`)
    await send('{')
    const { stats } = server
    const countsOf = (name: string) => {
      const { ok, error, internal_error, seconds } = stats.methods.get(name)!
      return { ok, error, internal_error, timed: seconds.cumulativeCounts().at(-1) }
    }
    assert.deepEqual(countsOf('eth_chainId'), { ok: 3, error: 1, internal_error: 0, timed: 4 })
    assert.deepEqual(countsOf('eth_getBalance'), { ok: 0, error: 0, internal_error: 1, timed: 1 })
    const { ok, error } = countsOf('eth_sendRawTransaction')
    assert.equal(ok + error, 2)
    assert.equal(stats.unknown.error, 1)
    const expected = new Map([
      [-32602, 1],
      [-32601, 1],
      [-32603, 1],
      [-32700, 1],
    ])
    if (error > 0) expected.set(-32000, error)
    assert.deepEqual(new Map([...stats.errors].sort()), new Map([...expected].sort()))
  })
})

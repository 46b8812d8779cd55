import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from '../Connection.ts'
import { RpcServer } from '../RpcServer.ts'
import { ACCOUNT, callMethod, FakeChain, RECIPIENT, resultOf, signTransfer } from '../testing/index.ts'

describe('eth_callAfter', () => {
  const call = { to: RECIPIENT, data: '0x01' }

  it('calls once the nonce is reached', async () => {
    const chain = new FakeChain()
    chain.onCall = () => ({ status: 'success', output: Uint8Array.of(7), gasUsed: 1n })
    const server = new RpcServer(chain)
    const condition = { account: ACCOUNT.address, nonce: '0x2' }
    const pending = callMethod(server, 'eth_callAfter', [call, condition, {}, { number: '0x5' }])
    for (const nonce of [0, 1]) {
      assert.equal(chain.calls.length, 0)
      chain.miniBlocks.fields.set(ACCOUNT.address.toLowerCase(), { nonce: BigInt(nonce + 1), balance: 0n })
      await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(nonce)])
    }
    assert.equal((await pending).result, '0x07')
    assert.equal(chain.calls[0]!.blockOverrides.number, 5n)
    assert.equal(chain.listeners.size, 0)
    assert.equal((await callMethod(server, 'eth_callAfter', [call, condition])).result, '0x07')
  })

  it('gives up after the timeout, and refuses what is no condition', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain, { maxCallAfterTimeoutMs: 5 })
    for (const timeout of [1, 60_000]) {
      const condition = { account: ACCOUNT.address, nonce: '0x1', timeout }
      const { error } = await callMethod(server, 'eth_callAfter', [call, condition])
      assert.deepEqual(error, { code: -32000, message: 'Timeout: timeout waiting for nonce condition' })
    }
    assert.equal(chain.listeners.size, 0)
    for (const condition of [
      undefined,
      5,
      { nonce: '0x1' },
      { account: ACCOUNT.address, nonce: 1 },
      { account: ACCOUNT.address, nonce: '0x1', timeout: 'x' },
    ]) {
      const { error } = await callMethod(server, 'eth_callAfter', [call, condition])
      assert.equal(error!.code, -32602)
    }
  })
})

describe('minMiniBlock', () => {
  const ask = async (server: RpcServer, ...messages: object[]) => {
    const items = messages.map((each, id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId', ...each }))
    const body = JSON.stringify(items.length === 1 ? items[0] : items)
    return JSON.parse((await server.handle(body, new Connection()))!)
  }

  it('waits for the mini-block, in any method, alone and in a batch', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    let isAnswered = false
    const single = ask(server, { minMiniBlock: '0x1' }).then((answer) => {
      isAnswered = true
      return answer
    })
    const send = { method: 'eth_sendRawTransaction', params: [await signTransfer(0)] }
    const batch = ask(server, send, { minMiniBlock: '0x1' }, {})
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(isAnswered, false)
    chain.sealMiniBlock()
    assert.equal((await single).result, '0x7a69')
    assert.deepEqual(
      (await batch).map((each: { id: number; error?: unknown }) => [each.id, each.error]),
      [0, 1, 2].map((id) => [id, undefined]),
    )
    assert.equal((await ask(server, { minMiniBlock: '0x1' })).result, '0x7a69')
    assert.equal(chain.listeners.size, 0)
  })

  it('says which is the newest when it does not come, and waits once for a whole batch', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain, { minMiniBlockTimeoutMs: 50 })
    const startMs = performance.now()
    const late = { minMiniBlock: '0x9' }
    const answers = await ask(server, ...Array.from({ length: 200 }, () => late))
    assert.ok(performance.now() - startMs < 200 * 50)
    const message = 'mini-block 0x9 is not reached, the newest is 0x0'
    for (const { error } of answers) assert.deepEqual(error, { code: -32002, message, data: '0x0' })
    assert.equal((await ask(server, { minMiniBlock: null })).result, '0x7a69')
    const { error } = await ask(server, { minMiniBlock: 'soon' })
    assert.equal(error.code, -32602)
    assert.match(error.message, /^invalid minMiniBlock: /)
  })
})

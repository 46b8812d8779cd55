import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { ConnectionError, RpcError, RpcSocket, type Socket, type Status } from './RpcSocket.ts'

/** A socket whose other end is the test. */
class FakeSocket implements Socket {
  readyState = 0
  readonly sent: { id: number; method: string; params: unknown[] }[] = []
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.readyState = 3
  }

  open(): void {
    this.readyState = 1
    this.onopen!()
  }

  lose(): void {
    this.readyState = 3
    this.onclose!()
  }

  say(message: object): void {
    this.onmessage!({ data: JSON.stringify({ jsonrpc: '2.0', ...message }) })
  }
}

function setUp() {
  const sockets: FakeSocket[] = []
  const states: Status[] = []
  const rpc = new RpcSocket({
    open: () => {
      sockets.push(new FakeSocket())
      return sockets.at(-1)!
    },
    onStatus: (status) => states.push(status),
    requestTimeoutMs: 1000,
    firstRetryMs: 100,
    lastRetryMs: 300,
  })
  return { rpc, sockets, states }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('RpcSocket', () => {
  it('answers requests by their ids, with results and errors', async () => {
    const { rpc, sockets } = setUp()
    sockets[0]!.open()
    const [first, second] = [rpc.request('a', [1]), rpc.request('b')]
    const [a, b] = sockets[0]!.sent.map(({ id }) => id)
    sockets[0]!.say({ id: b, error: { code: 3, message: 'execution reverted', data: '0x12' } })
    sockets[0]!.say({ id: a, result: 'yes' })
    assert.equal(await first, 'yes')
    await assert.rejects(second, (error: RpcError) => {
      assert.ok(error instanceof RpcError)
      assert.deepEqual([error.code, error.message, error.data], [3, 'execution reverted', '0x12'])
      return true
    })
    rpc.close()
  })

  it('keeps what is asked before the connection is there', async () => {
    const { rpc, sockets } = setUp()
    const asked = rpc.request('a')
    assert.equal(sockets[0]!.sent.length, 0)
    sockets[0]!.open()
    sockets[0]!.say({ id: sockets[0]!.sent[0]!.id, result: 1 })
    assert.equal(await asked, 1)
    rpc.close()
  })

  it('comes back after the connection is lost, subscribes again, and says so', async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.after(() => mock.timers.reset())
    const { rpc, sockets, states } = setUp()
    const heard: unknown[] = []
    rpc.subscribe('newHeads', ({ result }) => heard.push(result))
    sockets[0]!.open()
    sockets[0]!.say({ id: sockets[0]!.sent[0]!.id, result: '0x1' })
    const unanswered = assert.rejects(rpc.request('a'), ConnectionError)
    await settled()
    sockets[0]!.say({ method: 'eth_subscription', params: { subscription: '0x1', result: 'one' } })
    sockets[0]!.lose()
    await unanswered
    assert.deepEqual(states, ['connecting', 'open', 'lost'])
    mock.timers.tick(100)
    sockets[1]!.lose()
    mock.timers.tick(199)
    assert.equal(sockets.length, 2, 'the pause has doubled')
    mock.timers.tick(1)
    sockets[2]!.open()
    assert.deepEqual(states.slice(3), ['lost', 'open'])
    const [{ id, method, params }] = sockets[2]!.sent as [{ id: number; method: string; params: unknown[] }]
    assert.deepEqual([method, params], ['eth_subscribe', ['newHeads']])
    sockets[2]!.say({ id, result: '0x7' })
    await settled()
    sockets[2]!.say({ method: 'eth_subscription', params: { subscription: '0x1', result: 'stale' } })
    sockets[2]!.say({ method: 'eth_subscription', params: { subscription: '0x7', result: 'two' } })
    assert.deepEqual(heard, ['one', 'two'])
    rpc.close()
  })

  it('leaves a subscription, also one that has not been answered yet', async () => {
    const { rpc, sockets } = setUp()
    sockets[0]!.open()
    const leave = rpc.subscribe('newHeads', () => assert.fail('left'))
    leave()
    sockets[0]!.say({ id: sockets[0]!.sent[0]!.id, result: '0x1' })
    await settled()
    assert.deepEqual(
      sockets[0]!.sent.map(({ method, params }) => [method, params]),
      [
        ['eth_subscribe', ['newHeads']],
        ['eth_unsubscribe', ['0x1']],
      ],
    )
    sockets[0]!.say({ method: 'eth_subscription', params: { subscription: '0x1', result: 1 } })
    rpc.close()
  })

  it('gives up a request when its time is over, and refuses more than it can keep', async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.after(() => mock.timers.reset())
    const { rpc, sockets } = setUp()
    const many = Array.from({ length: 501 }, () => rpc.request('a').catch((error: Error) => error.message))
    assert.match(String(await many[500]), /too many requests/)
    mock.timers.tick(1000)
    assert.match(String(await many[0]), /not answered a in time/)
    sockets[0]!.open()
    assert.equal(sockets[0]!.sent.length, 0, 'what was given up is not sent')
    rpc.close()
  })
})

describe('a connection of which nothing is heard', () => {
  it('is given up when told to, though it never says that it has ended', async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.after(() => mock.timers.reset())
    const { rpc, sockets, states } = setUp()
    sockets[0]!.open()
    rpc.subscribe('newHeads', () => {})
    const asked = rpc.request('a')
    rpc.renew()
    await assert.rejects(asked, ConnectionError)
    assert.equal(sockets[0]!.readyState, 3)
    mock.timers.tick(100)
    sockets[1]!.open()
    assert.deepEqual(states, ['connecting', 'open', 'lost', 'open'])
    assert.deepEqual(
      sockets[1]!.sent.map(({ method }) => method),
      ['eth_subscribe'],
    )
    assert.equal(sockets[0]!.onclose, null, 'what comes of it later is not heard')
    rpc.close()
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from './Connection.ts'
import { RpcServer } from './RpcServer.ts'
import { FakeChain, signTransfer } from './testing/index.ts'

const makeServer = (limits = {}): RpcServer => new RpcServer(new FakeChain(), limits)
const send = async (server: RpcServer, body: string): Promise<string | undefined> =>
  server.handle(body, new Connection())
const request = (method: string, params: unknown = [], id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })
const error = (code: number, message: string, id = 'null'): string =>
  `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message })}}`

describe('RpcServer', () => {
  const server = makeServer()

  it('answers a request with its id', async () => {
    assert.equal(await send(server, request('eth_chainId')), '{"jsonrpc":"2.0","id":1,"result":"0x7a69"}')
    assert.equal(
      await send(server, request('eth_chainId', [], 'a"b')),
      '{"jsonrpc":"2.0","id":"a\\"b","result":"0x7a69"}',
    )
    assert.equal(
      await send(server, request('eth_chainId', [], null)),
      '{"jsonrpc":"2.0","id":null,"result":"0x7a69"}',
    )
  })

  it('echoes an id that a double would change', async () => {
    for (const id of ['12345678901234567890123', '1.0', '-9007199254740993', '1e2']) {
      const body = `{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"}`
      assert.equal(await send(server, body), `{"jsonrpc":"2.0","id":${id},"result":"0x7a69"}`)
    }
  })

  it('takes bytes as well as text', async () => {
    const answer = await server.handle(new TextEncoder().encode(request('net_version')), new Connection())
    assert.equal(answer, '{"jsonrpc":"2.0","id":1,"result":"31337"}')
  })

  it('answers no notification, failed or not', async () => {
    assert.equal(await send(server, '{"jsonrpc":"2.0","method":"eth_chainId"}'), undefined)
    assert.equal(await send(server, '{"jsonrpc":"2.0","method":"nope"}'), undefined)
    assert.equal(await send(server, '[{"jsonrpc":"2.0","method":"eth_chainId"}]'), undefined)
  })

  it('says what is wrong with a message, in go-ethereum’s words', async () => {
    assert.equal(await send(server, '{"jsonrpc":"2.0",'), error(-32700, 'parse error'))
    assert.equal(await send(server, ''), error(-32700, 'parse error'))
    assert.equal(await send(server, '[]'), error(-32600, 'empty batch'))
    for (const body of ['null', '1', '"x"', '{}', '{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}']) {
      assert.equal(await send(server, body), error(-32600, 'invalid request'))
    }
    assert.equal(await send(server, '{"id":7,"method":"eth_chainId"}'), error(-32600, 'invalid request', '7'))
    assert.equal(await send(server, '[1]'), `[${error(-32600, 'invalid request')}]`)
    assert.equal(
      await send(server, request('eth_nope')),
      error(-32601, 'the method eth_nope does not exist/is not available', '1'),
    )
    assert.equal(
      await send(server, request('constructor')),
      error(-32601, 'the method constructor does not exist/is not available', '1'),
    )
  })

  it('says what is wrong with parameters, in go-ethereum’s words', async () => {
    const cases: [string, unknown, string][] = [
      ['eth_getBalance', [], 'missing value for required argument 0'],
      ['eth_getBalance', [null], 'missing value for required argument 0'],
      ['eth_chainId', [1], 'too many arguments, want at most 0'],
      ['eth_chainId', { a: 1 }, 'non-array args'],
      [
        'eth_getBalance',
        ['ff'],
        'invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type common.Address',
      ],
      ['eth_getBalance', ['0xff'], 'invalid argument 0: hex string has length 2, want 40 for common.Address'],
      ['eth_getBlockByNumber', ['10', false], 'invalid argument 0: hex string without 0x prefix'],
      ['eth_getBlockByNumber', ['0x01', false], 'invalid argument 0: hex number with leading zero digits'],
      [
        'eth_getBlockByNumber',
        ['latest', 'yes'],
        'invalid argument 1: json: cannot unmarshal string into Go value of type bool',
      ],
    ]
    for (const [method, params, message] of cases) {
      assert.equal(await send(server, request(method, params)), error(-32602, message, '1'))
    }
  })

  it('refuses nesting of 100,000 levels as a parse error, and counts no brackets inside strings', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const answer = error(-32700, 'parse error: JSON is nested deeper than 128 levels')
    assert.equal(await send(server, deep), answer)
    assert.equal(await send(server, '{"a":'.repeat(100_000)), answer)
    assert.equal(
      await send(server, `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":${deep}}`),
      answer,
    )
    const quoted = JSON.stringify(`${'['.repeat(1_000)}\\"${'['.repeat(1_000)}`)
    const body = `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","x":${quoted}}`
    assert.equal(await send(server, body), '{"jsonrpc":"2.0","id":1,"result":"0x7a69"}')
  })
})

describe('RpcServer batches', () => {
  it('answers a batch in order, without its notifications', async () => {
    const body = `[${request('eth_chainId', [], 1)},{"jsonrpc":"2.0","method":"eth_chainId"},${request('nope', [], 2)},${request('net_version', [], 3)}]`
    const answers = JSON.parse((await send(makeServer(), body))!)
    assert.deepEqual(
      answers.map((answer: { id: number }) => answer.id),
      [1, 2, 3],
    )
    assert.equal(answers[1].error.code, -32601)
  })

  it('refuses a batch over the limit as a whole, in a list, with the first id of it', async () => {
    const items = Array.from({ length: 1_001 }, (_, i) => request('eth_chainId', [], i))
    assert.equal(await send(makeServer(), `[${items.join()}]`), `[${error(-32600, 'batch too large', '0')}]`)
    const notifications = Array(1_001).fill('{"jsonrpc":"2.0","method":"eth_chainId"}').join()
    assert.equal(await send(makeServer(), `[${notifications}]`), `[${error(-32600, 'batch too large')}]`)
    const answers = JSON.parse((await send(makeServer(), `[${items.slice(1).join()}]`))!)
    assert.equal(answers.length, 1_000)
  })

  it('stops answering when the answers get too large, and answers no notification even then', async () => {
    const items = Array.from({ length: 5 }, (_, i) => request('eth_getBlockByNumber', ['0x0', false], i))
    const notifications = ['eth_chainId', 'eth_sendRawTransaction'].map(
      (method) => `{"jsonrpc":"2.0","method":"${method}","params":[]}`,
    )
    const body = `[${[...items, ...notifications].join()}]`
    const answers = JSON.parse((await send(makeServer({ maxAnswerBytes: 3_000 }), body))!)
    assert.deepEqual(
      answers.map((answer: { error?: { code: number } }) => answer.error?.code),
      [undefined, undefined, -32003, -32003, -32003],
    )
  })

  it('has consecutive sends under way together, and a read sees the sends before it', async () => {
    const chain = new FakeChain()
    let underWay = 0
    let most = 0
    chain.onSubmit = async () => {
      most = Math.max(most, ++underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay--
      return undefined
    }
    const sends = await Promise.all([0, 1, 2].map((nonce) => signTransfer(nonce)))
    const items = [
      ...sends.map((raw) => request('eth_sendRawTransaction', [raw])),
      request('eth_getBlockTransactionCountByNumber', ['pending']),
    ]
    const answers = JSON.parse((await send(new RpcServer(chain), `[${items.join()}]`))!)
    assert.equal(most, 3)
    assert.equal(answers[3].result, '0x3')
  })
})

describe('RpcServer on batches of sends', () => {
  it('answers each as it answers it alone, in order, whatever is between', async () => {
    const raws = [await signTransfer(0), await signTransfer(1), '0x02', await signTransfer(2)]
    const name = 'eth_sendRawTransaction'
    const items = [
      ...raws.map((raw, id) => request(name, [raw], id)),
      request(name, ['0xzz'], 'not hex'),
      request(name, [], 5),
      request(name, [raws[0], 1], 6),
      `{"jsonrpc":"2.0","method":"${name}","params":["${raws[0]}"]}`,
      request(name, [raws[1]], null),
      `{"jsonrpc":"2.0","id":12345678901234567890,"method":"${name}","params":["0x03"]}`,
      request(name, [raws[2]], { a: 1 }),
      request(name, null, 11),
      request('eth_chainId', [], 12),
      request(name, [raws[3]], 13),
      request(name, [raws[3]], 14),
    ]
    const alone = makeServer()
    const expected: string[] = []
    for (const item of items) {
      const answer = await send(alone, item)
      if (answer !== undefined) expected.push(answer)
    }
    assert.equal(await send(makeServer(), `[${items.join()}]`), `[${expected.join()}]`)
  })
})

describe('RpcServer failures', () => {
  it('answers -32603 for a failure of ours and reports it', async () => {
    const chain = new FakeChain()
    chain.onCall = () => {
      throw new Error('the engine is gone.\n  details: none of the caller’s business')
    }
    const reported: unknown[] = []
    const server = new RpcServer(chain, {}, (failure, name) => reported.push(name, failure))
    const answer = await send(server, request('eth_call', [{}]))
    assert.equal(answer, error(-32603, 'internal error: the engine is gone.', '1'))
    assert.equal(reported[0], 'eth_call')
  })

  it('refuses an answer over the limit', async () => {
    const answer = await send(
      makeServer({ maxAnswerBytes: 100 }),
      request('eth_getBlockByNumber', ['0x0', false]),
    )
    assert.equal(answer, error(-32003, 'response too large', '1'))
  })
})

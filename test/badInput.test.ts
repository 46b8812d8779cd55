import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import {
  type Answer,
  accounts,
  bytes,
  type Chain,
  eventually,
  HttpRpc,
  hex,
  type Json,
  leveretPresent,
  needsNode,
  RpcError,
  signatureOf,
  signTransaction,
  startChain,
  type UnsignedTransaction,
  WsRpc,
  withSignature,
} from './lib/index.ts'

const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const sender = accounts[1]!
const good: UnsignedTransaction = {
  type: 2,
  chainId: 31337n,
  nonce: 0n,
  gasLimit: 21_000n,
  maxFeePerGas: 10n ** 11n,
  to: bytes(accounts[2]!.address),
}

let chain: Chain
let rpc: HttpRpc

before(async () => {
  if (!leveretPresent()) return
  chain = await startChain({ target: 'leveret', blockMs: 200 })
  rpc = new HttpRpc(chain.url)
})
after(async () => {
  rpc?.close()
  await chain?.stop()
})
// Whatever came before: the node still answers.
beforeEach(async () => {
  if (!leveretPresent()) return
  assert.equal(await rpc.call('eth_chainId'), '0x7a69')
})

describe('a message that is no request', needsNode, () => {
  it('says which form is wrong', async () => {
    for (const [body, code, reason] of [
      ['{', -32700, /parse error/],
      ['', -32700, /parse error/],
      ['{"jsonrpc":"2.0","id":1,"method":"eth_chainId",}', -32700, /parse error/],
      ['\u0000\u0001', -32700, /parse error/],
      ['1', -32600, /invalid request/],
      ['"eth_chainId"', -32600, /invalid request/],
      ['null', -32600, /invalid request/],
      ['[]', -32600, /empty batch/],
      ['{"id":1,"method":"eth_chainId"}', -32600, /invalid request/],
      ['{"jsonrpc":"2.0","id":1,"method":7}', -32600, /invalid request/],
      ['{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600, /invalid request/],
      ['{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}', -32601, /eth_nothing does not exist/],
      ['{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601, /does not exist/],
      ['{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":7}', -32602, /./],
      [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, -32700, /nested deeper than 128/],
      [
        `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
        -32700,
        /nested/,
      ],
    ] as const) {
      const answer = await post(body)
      assert.equal(answer.error?.code, code, `${body.slice(0, 60)}: ${JSON.stringify(answer)}`)
      assert.match(answer.error!.message, reason, body.slice(0, 60))
    }
  })

  it('is refused by size: 10 MB over http with 413, over WebSocket with code 1009', async () => {
    const large = `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":["${'a'.repeat(10_000_000)}"]}`
    const { status, body } = await rpc.post(large)
    assert.equal(status, 413)
    assert.match(body, /content length too large/)
    const closed = new Promise<number>((done) => {
      const socket = new WebSocket(chain.wsUrl)
      socket.on('open', () => socket.send(large))
      socket.on('error', () => {})
      socket.on('close', done)
    })
    assert.equal(await closed, 1009)
  })

  it('is refused by length when it is a batch over the limit', async () => {
    const batch = Array.from({ length: 1_001 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId' }))
    const { body } = await rpc.post(JSON.stringify(batch))
    const [answer] = JSON.parse(body) as Answer[]
    assert.equal(answer!.error?.code, -32600)
    assert.match(answer!.error!.message, /batch too large/)
    assert.equal((await rpc.batch(Array.from({ length: 1_000 }, () => ['eth_chainId']))).length, 1_000)
  })

  it('answers each item of a mixed batch for itself', async () => {
    const request = (id: number, method: string) => ({ jsonrpc: '2.0', id, method })
    const body = JSON.stringify([
      request(1, 'eth_chainId'),
      5,
      request(2, 'eth_nothing'),
      { jsonrpc: '2.0', method: 'eth_chainId' },
    ])
    const answers = JSON.parse((await rpc.post(body)).body) as Answer[]
    assert.deepEqual(
      answers.map(({ id, result, error }) => [id, result ?? error?.code]),
      [
        [1, '0x7a69'],
        [null, -32600],
        [2, -32601],
      ],
    )
  })

  it('is no http at all, or stops in the middle', async () => {
    for (const text of [
      'hello\r\n\r\n',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    ]) {
      await new Promise<void>((done) => {
        const socket = connect(chain.port, '127.0.0.1', () => {
          socket.write(text)
          setTimeout(() => socket.destroy(), 30)
        })
        socket.on('close', () => done())
        socket.on('error', () => {})
      })
    }
    assert.equal(await rpc.call('web3_clientVersion').then((version: string) => version.length > 0), true)
  })

  it('is garbage over a WebSocket, which stays open', async () => {
    const socket = await WsRpc.open(chain.wsUrl)
    const answers: Json[] = []
    socket.socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString())))
    for (const text of ['{', '[]', 'null', Buffer.from([0xff, 0xfe])]) socket.socket.send(text)
    await eventually('four answers', async () => (answers.length >= 4 ? true : undefined))
    for (const { error } of answers) assert.ok([-32700, -32600].includes(error.code))
    assert.equal(await socket.call('eth_chainId'), '0x7a69')
    socket.close()
  })
})

describe('parameters of the wrong type', needsNode, () => {
  it('are named with what was expected', async () => {
    const { address } = sender
    for (const [method, params] of [
      ['eth_getBalance', []],
      ['eth_getBalance', ['0x1234', 'latest']],
      ['eth_getBalance', [7, 'latest']],
      ['eth_getBalance', [address, 'newest']],
      ['eth_getBalance', [address, '0x']],
      ['eth_getBalance', [address, { blockHash: '0x12' }]],
      ['eth_getBlockByNumber', ['-1', false]],
      ['eth_getBlockByNumber', ['latest', 'yes']],
      ['eth_getTransactionReceipt', ['0xzz']],
      ['eth_getStorageAt', [address, `0x${'11'.repeat(33)}`, 'latest']],
      ['eth_call', ['0x', 'latest']],
      ['eth_call', [{ to: address, data: '0x123' }, 'latest']],
      ['eth_call', [{ to: address, value: '0x1'.padEnd(80, '0') }, 'latest']],
      ['eth_call', [{ to: address }, 'latest', { [address]: { balance: -1 } }]],
      ['eth_getLogs', [{ topics: 'all' }]],
      ['eth_getLogs', [{ fromBlock: '0x5', toBlock: '0x1' }]],
      ['eth_feeHistory', ['0x1', 'latest', [90, 10]]],
      ['eth_feeHistory', ['0x1', 'latest', [101]]],
      ['eth_sendRawTransaction', [{}]],
    ] as const) {
      const failure = await rejected(method, [...params])
      assert.ok(
        [-32602, -32000].includes(failure.code),
        `${method} ${JSON.stringify(params)}: ${failure.message}`,
      )
      assert.ok(failure.message.length > 20, failure.message)
      assert.doesNotMatch(failure.message, /internal error|undefined|Cannot read/)
    }
  })
})

describe('a transaction that is none', needsNode, () => {
  const raw = signTransaction(good, sender.key)

  it('says what is wrong with its bytes', async () => {
    const messages = new Map<string, string>()
    for (const [name, text] of Object.entries({
      nothing: '0x',
      'odd hex': '0x123',
      'no hex': '0xzz',
      'no prefix': hex(raw).slice(2),
      'one byte': '0x00',
      'unknown type': hex(Uint8Array.of(0x7f, ...raw.subarray(1))),
      'blob type': '0x03c0',
      truncated: hex(raw.subarray(0, 60)),
      'one byte too many': `${hex(raw)}00`,
      'not a list': '0x0280',
      'empty list': '0x02c0',
      'long length': `0x02ff${'ff'.repeat(8)}`,
      oversized: `0x02${'00'.repeat(140_000)}`,
    })) {
      const failure = await rejected('eth_sendRawTransaction', [text])
      assert.ok([-32602, -32000].includes(failure.code), `${name}: ${failure.message}`)
      assert.doesNotMatch(failure.message, /internal error|undefined|Cannot read/, name)
      messages.set(name, failure.message)
    }
    assert.match(messages.get('oversized')!, /oversized data/)
    assert.match(messages.get('blob type')!, /type 3/)
    assert.notEqual(messages.get('truncated'), messages.get('unknown type'))
  })

  it('says what is wrong with its signature or chain', async () => {
    const { r, s, yParity } = signatureOf(good, sender.key)
    const signed = (change: Partial<{ v: bigint; r: bigint; s: bigint }>) =>
      hex(withSignature(good, { v: yParity, r, s, ...change }))
    for (const [text, reason] of [
      [signed({ s: GROUP_ORDER - s, v: 1n - yParity }), /signature|v, r, s/],
      [signed({ r: 0n }), /signature|v, r, s/],
      [signed({ s: 0n }), /signature|v, r, s/],
      [signed({ r: GROUP_ORDER }), /signature|v, r, s/],
      [signed({ v: 2n }), /signature|v, r, s|parity/i],
      [signed({ r: 1n << 256n }), /./],
      [hex(signTransaction({ ...good, chainId: 1n }, sender.key)), /invalid chain id.*have 1 want 31337/],
      [hex(signTransaction({ ...good, type: 0, chainId: 5n }, sender.key)), /invalid chain id/],
      [hex(signTransaction({ ...good, nonce: (1n << 64n) - 1n }, sender.key)), /nonce has max value/],
      [hex(signTransaction({ ...good, gasLimit: 1n << 64n }, sender.key)), /./],
    ] as const) {
      const failure = await rejected('eth_sendRawTransaction', [text])
      assert.equal(failure.code, -32000, failure.message)
      assert.match(failure.message, reason)
    }
  })
})

describe('after all that', needsNode, () => {
  it('survives random bodies, random requests and random transactions', async () => {
    const json = fc.jsonValue({ maxDepth: 4 })
    const methods = fc.constantFrom(
      'eth_call',
      'eth_getLogs',
      'eth_getProof',
      'eth_feeHistory',
      'eth_estimateGas',
      'eth_getBlockByNumber',
    )
    const request = fc.record({
      jsonrpc: fc.constant('2.0'),
      id: json,
      method: methods,
      params: fc.oneof(fc.array(json), json),
    })
    const raw = signTransaction(good, accounts[3]!.key)
    const mutated = fc
      .record({ at: fc.nat(raw.length - 1), to: fc.nat(255), cut: fc.nat(raw.length) })
      .map(({ at, to, cut }) => mutate(raw, at, to, cut))
    const send = mutated.map((bad) => ({
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_sendRawTransaction',
      params: [hex(bad)],
    }))
    const body = fc.oneof(
      fc.string(),
      json.map((value) => JSON.stringify(value)),
      request.map((value) => JSON.stringify(value)),
      send.map((value) => JSON.stringify(value)),
    )
    const property = fc.asyncProperty(body, async (text) => {
      const { status, body: answer } = await rpc.post(text)
      assert.equal(status, 200)
      if (answer !== '') assert.doesNotMatch(answer, /"code":-32603|Cannot read|is not a function/)
    })
    await fc.assert(property, { numRuns: 300, seed: 20_261 })
  })

  it('takes a good transaction afterwards, at the nonce that it was before', async () => {
    const raw = hex(signTransaction(good, sender.key))
    const receipt = await rpc.call('eth_sendRawTransactionSync', [raw, 10_000])
    assert.deepEqual([receipt.status, receipt.gasUsed], ['0x1', '0x5208'])
    assert.equal(await rpc.call('eth_getTransactionCount', [sender.address, 'latest']), '0x1')
  })
})

async function post(body: string): Promise<Answer> {
  const answer = await rpc.post(body)
  assert.equal(answer.status, 200, answer.body)
  return JSON.parse(answer.body) as Answer
}

async function rejected(method: string, params: unknown[]): Promise<RpcError> {
  try {
    await rpc.call(method, params)
  } catch (error) {
    assert.ok(error instanceof RpcError, String(error))
    return error
  }
  return assert.fail(`${method} ${JSON.stringify(params).slice(0, 200)} was accepted`)
}

/** Another byte at one place, or nothing behind it. Never the original. */
function mutate(raw: Uint8Array, at: number, to: number, cut: number): Uint8Array {
  const copy = raw.slice(0, cut === 0 ? raw.length : cut)
  const place = Math.min(at, copy.length - 1)
  if (copy.length === raw.length && copy[place] === to) copy[place]! ^= 0xff
  else copy[place] = to
  return copy
}

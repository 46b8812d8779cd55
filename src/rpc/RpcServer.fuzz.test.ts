import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Connection } from './Connection.ts'
import { METHODS } from './methods/index.ts'
import { RpcServer } from './RpcServer.ts'
import { FakeChain, FakeOutlet, signTransfer } from './testing/index.ts'

const NAMES = [...METHODS.keys()]

const hex = fc.oneof(
  fc.constantFrom('0x', '0x0', '0x00', '0X1', '', 'latest', 'pending', 'earliest', 'finalized', '0xg', '0x1'),
  fc.stringMatching(/^0x[0-9a-f]{1,80}$/),
  fc.constant(`0x${'11'.repeat(20)}`),
  fc.constant(`0x${'11'.repeat(32)}`),
  fc.bigInt({ min: 0n, max: 1n << 257n }).map((value) => `0x${value.toString(16)}`),
)

const MEMBERS =
  'from to gas gasPrice value data input accessList authorizationList address topics fromBlock toBlock blockHash blockNumber storageKeys chainId nonce maxFeePerGas maxPriorityFeePerGas state stateDiff balance code __proto__ toString'

const param: fc.Arbitrary<unknown> = fc.letrec((again) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    hex,
    fc.jsonValue(),
    fc.array(again('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...MEMBERS.split(' ')), hex), again('value'), { maxKeys: 4 }),
  ),
})).value as fc.Arbitrary<unknown>

const request = fc.record({
  jsonrpc: fc.constant('2.0'),
  id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
  method: fc.constantFrom(...NAMES),
  params: fc.array(param, { maxLength: 5 }),
})

/** Known codes only, and -32603 (a failure of ours) never. */
const CODES = new Set([-32700, -32600, -32601, -32602, -32000, -32002, -32003, -32005, 3, 4, 5, 6, 4444])

function checkAnswer(answer: { jsonrpc: string; error?: { code: number; message: string } }): void {
  assert.equal(answer.jsonrpc, '2.0')
  assert.ok('result' in answer !== 'error' in answer)
  if (answer.error !== undefined) {
    assert.ok(CODES.has(answer.error.code), JSON.stringify(answer.error))
    assert.ok(answer.error.message.length > 0)
  }
}

async function checkBody(server: RpcServer, body: string | Uint8Array): Promise<void> {
  const connection = new Connection(new FakeOutlet())
  const text = await server.handle(body, connection)
  connection.close()
  if (text === undefined) return
  const answer = JSON.parse(text)
  for (const one of Array.isArray(answer) ? answer : [answer]) checkAnswer(one)
}

async function makeServer(): Promise<RpcServer> {
  const chain = new FakeChain()
  const server = new RpcServer(chain, { syncTimeoutMs: 1, maxSyncTimeoutMs: 1 })
  await chain.submit(Buffer.from((await signTransfer(0)).slice(2), 'hex'))
  return server
}

describe('RpcServer, fuzzed', () => {
  it('answers any parameters of any method with a result or a known error', async () => {
    const server = await makeServer()
    await fc.assert(
      fc.asyncProperty(request, (message) => checkBody(server, JSON.stringify(message))),
      { numRuns: 3_000 },
    )
  })

  it('answers any JSON, text and bytes', async () => {
    const server = await makeServer()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), fc.uint8Array({ maxLength: 300 })), (body) =>
        checkBody(server, body),
      ),
      { numRuns: 2_000 },
    )
  })

  it('answers a request with bytes flipped or cut off', async () => {
    const server = await makeServer()
    const whole = JSON.stringify([
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'eth_getLogs',
        params: [{ fromBlock: '0x0', topics: [null, ['0x00']] }],
      },
      { jsonrpc: '2.0', id: 2, method: 'eth_call', params: [{ to: null, data: '0x' }, 'latest', {}, {}] },
      { jsonrpc: '2.0', id: 3, method: 'eth_sendRawTransactionSync', params: [await signTransfer(1), 5] },
    ])
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const bytes = Buffer.from(whole)
        bytes[at] = byte
        await checkBody(server, cut ? bytes.subarray(0, at) : bytes)
      }),
      { numRuns: 1_000 },
    )
  })

  it('answers nesting of any depth and kind', async () => {
    const server = await makeServer()
    const opening = fc.constantFrom('[', '{"a":', '[[', '{"":[', '["\\"",')
    await fc.assert(
      fc.asyncProperty(opening, fc.nat(100_000), fc.boolean(), (text, depth, inside) => {
        const deep = text.repeat(depth)
        const body = inside ? `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[${deep}]}` : deep
        return checkBody(server, body)
      }),
      { numRuns: 50 },
    )
  })
})

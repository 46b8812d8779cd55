import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { hexToBytes, Prng } from '../lib/index.ts'
import { Connection } from './Connection.ts'
import { RpcServer } from './RpcServer.ts'
import { FakeChain, type Listening, listen, signTransfer } from './testing/index.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 60)
const LIMITS = { maxBodyBytes: 2000, corsOrigins: ['https://good.example'], virtualHosts: ['node.example'] }

const CALL = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
const SLOW = '{"jsonrpc":"2.0","id":2,"method":"eth_getLogs","params":[{}]}'
const HOST = 'Host: node.example\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'

const post = (fields: string, body: string, length: string | number = Buffer.byteLength(body)): string =>
  `POST / HTTP/1.1\r\n${fields}Content-Length: ${length}\r\n\r\n${body}`
const plain = (body: string): string => post(HOST + JSON_TYPE, body)

/** Requests that the plain reader answers, that it hands over, and that are wrong in the ways of smugglers. */
const REQUESTS: readonly string[] = [
  plain(CALL),
  plain(SLOW),
  plain(`[${CALL},${SLOW},${CALL}]`),
  plain('{"jsonrpc":"2.0","method":"eth_chainId"}'),
  plain('{"id":"ü😀","method":'),
  plain('{"jsonrpc":"2.0","id":"ü😀","method":"ü"}'),
  plain(''),
  plain(`${CALL}${' '.repeat(1900)}`),
  plain(`${CALL}${' '.repeat(2000)}`),
  post(`${HOST}${JSON_TYPE}Origin: https://good.example\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Origin: https://bad.example\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Connection: keep-alive\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Connection: close\r\n`, CALL),
  post(`${HOST}Content-Type: application/json-rpc; charset=utf-8\r\n`, CALL),
  post(`${HOST}Content-Type: text/plain\r\n`, CALL),
  post(HOST, CALL),
  post(`Host: evil.example\r\n${JSON_TYPE}`, CALL),
  post(`Host: 10.0.0.7:8545\r\n${JSON_TYPE}`, CALL),
  post(JSON_TYPE, CALL),
  post(`${HOST}${HOST}${JSON_TYPE}`, CALL),
  post(`${HOST}${JSON_TYPE}Content-Length: 4\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Content-Length: ${CALL.length}\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Transfer-Encoding: identity\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Transfer-Encoding : chunked\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X: a\r\n b\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X: \x01\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X: a\nContent-Length: 1\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X: a\rContent-Length: 1\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X : a\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}: a\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X: ü\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Expect: 100-continue\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}Expect: something\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X: ${'a'.repeat(6000)}\r\n`, CALL),
  post(`${HOST}${JSON_TYPE}X: ${'a'.repeat(20_000)}\r\n`, CALL),
  ...['+47', '-1', '0x2f', '47,47', '4 7', '', '1e2', '99999999999999999999'].map((length) =>
    post(HOST + JSON_TYPE, CALL, length),
  ),
  `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n2f\r\n${CALL}\r\n0\r\n\r\n`,
  `POST / HTTP/1.0\r\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `POST / HTTP/1.2\r\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `POST  / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `POST /any?path HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `POST http://node.example/ HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `POST / HTTP/1.1\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `\r\nPOST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `post / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 47\r\n\r\n${CALL}`,
  `GET / HTTP/1.1\r\n${HOST}\r\n`,
  `OPTIONS / HTTP/1.1\r\n${HOST}Origin: https://good.example\r\n\r\n`,
  `PUT / HTTP/1.1\r\n${HOST}Content-Length: 1\r\n\r\na`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
]

/** Sends `pieces` with pauses between, then ends, and reads until the server ends. */
async function talk(port: number, pieces: readonly Buffer[]): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  let received = ''
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
  })
  // The server may close while it is still written to.
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  for (const piece of pieces) {
    if (socket.destroyed) break
    socket.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.end()
  await closed
  return answersIn(received)
}

/** What http says of each answer, without what differs from second to second or from server to server. */
function answersIn(received: string): string[] {
  const isPassing = /^(?:date|connection|keep-alive):/i
  return received.split(/(?=HTTP\/1\.1 \d\d\d )/).map((answer) => {
    const [head = '', ...body] = answer.split('\r\n\r\n')
    const [status, ...fields] = head.split('\r\n')
    const kept = fields.map((field) => field.toLowerCase()).filter((field) => !isPassing.test(field))
    return [status, ...kept.sort(), body.join('\r\n\r\n')].join('\n')
  })
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.toSorted((a, b) => a - b), bytes.length]
  return edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge))
}

describe('attachPlainHttp', () => {
  let both: { fast: Listening; reference: Listening }
  before(async () => {
    both = {
      fast: await listen(new RpcServer(new FakeChain(), LIMITS)),
      reference: await listen(new RpcServer(new FakeChain(), LIMITS), { plain: false }),
    }
  })
  after(async () => {
    await both.fast.close()
    await both.reference.close()
  })

  const compare = async (pieces: readonly Buffer[]): Promise<string[]> => {
    const answers = await talk(both.fast.port, pieces)
    const expected = await talk(both.reference.port, pieces)
    // node:http forgets the answers that it owes when it meets a bad request; here they are sent.
    const last = expected.at(-1)!
    const isForgetful = /^HTTP\/1\.1 4/.test(last) && expected.length < answers.length
    const compared = isForgetful ? [...answers.slice(0, expected.length - 1), answers.at(-1)] : answers
    assert.deepEqual(compared, expected, Buffer.concat(pieces).toString('latin1'))
    return answers
  }

  it('answers every request as node:http does', async () => {
    for (const request of REQUESTS) {
      await compare([Buffer.from(request)])
      await compare([Buffer.from(plain(CALL) + request)])
    }
  })

  it(`answers pipelined requests in order, however they are cut (seed ${SEED})`, async () => {
    const random = new Prng(SEED)
    const usual = REQUESTS.slice(0, 7)
    for (let round = 0; round < ROUNDS; round++) {
      const count = 1 + random.nextInt(6)
      const requests = Array.from({ length: count }, () => usual[random.nextInt(usual.length)]!)
      // Often one of any kind at the end, which may be the end of the connection.
      if (random.nextInt(2) === 0) requests.push(REQUESTS[random.nextInt(REQUESTS.length)]!)
      if (random.nextInt(2) === 0) requests.push(plain(CALL))
      const bytes = Buffer.from(requests.join(''))
      const end = random.nextInt(5) === 0 ? random.nextInt(bytes.length) : bytes.length
      const places = Array.from({ length: random.nextInt(6) }, () => random.nextInt(Math.max(end, 1)))
      await compare(cutAt(bytes.subarray(0, end), places))
    }
  })

  it('answers requests that come byte by byte', async () => {
    const bytes = Buffer.from(plain(CALL) + plain(SLOW) + plain(CALL))
    const answers = await compare(Array.from(bytes, (byte) => Buffer.of(byte)))
    assert.equal(answers.length, 3)
  })

  it('hands over to WebSocket', async () => {
    const socket = connect(both.fast.port, '127.0.0.1')
    const upgrade = `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
    socket.write(plain(CALL) + upgrade)
    const received = await readUntil(socket, 'Sec-WebSocket-Accept')
    assert.match(received, /^HTTP\/1\.1 200 .*HTTP\/1\.1 101 /s)
    socket.destroy()
  })
})

function readUntil(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      if (received.includes(text)) resolve(received)
    })
  })
}

describe('a long answer', () => {
  const LOGS = '{"jsonrpc":"2.0","id":"ü","method":"eth_getLogs","params":[{}]}'

  it('is the same in pieces and in one, over every transport and in a batch', async () => {
    const chain = new FakeChain()
    const log = { address: new Uint8Array(20), topics: [], data: new Uint8Array(1000) }
    chain.logsOfNext = Array.from({ length: 1000 }, () => log)
    await chain.submit(hexToBytes(await signTransfer(0)))
    const server = new RpcServer(chain)
    const whole = (await server.handle(LOGS, new Connection()))!
    assert.ok(whole.length > 2_000_000 && JSON.parse(whole).result.length === 1000)
    for (const usesPlain of [true, false]) {
      const listening = await listen(server, { plain: usesPlain })
      try {
        const ask = async (body: string): Promise<string> => {
          const headers = { 'content-type': 'application/json' }
          return await (await fetch(listening.url, { method: 'POST', headers, body })).text()
        }
        assert.equal(await ask(LOGS), whole)
        assert.equal(await ask(`[${CALL},${LOGS}]`), `[${await ask(CALL)},${whole}]`)
        const [first, second] = await talk(listening.port, [Buffer.from(plain(LOGS) + plain(CALL))])
        assert.ok(first!.length > whole.length && second!.includes('0x7a69'))
      } finally {
        await listening.close()
      }
    }
  })
})

describe('attachPlainHttp, with slow clients', () => {
  it('leaves a request that stays incomplete to the limits of node:http', async () => {
    const listening = await listen(new RpcServer(new FakeChain()))
    try {
      const handedOver = new Promise<void>((resolve) => {
        listening.http.once('request', () => resolve())
      })
      const socket = connect(listening.port, '127.0.0.1')
      socket.write(post(HOST + JSON_TYPE, CALL).slice(0, -1))
      await handedOver
      socket.write('}')
      await readUntil(socket, '"result":"0x7a69"')
      socket.destroy()
    } finally {
      await listening.close()
    }
  })

  it('stops answering a client that does not read, and goes on when it does', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    let asked = 0
    const { answer } = server
    server.answer = (...args) => {
      asked++
      return answer.apply(server, args)
    }
    const listening = await listen(server)
    try {
      const socket = connect(listening.port, '127.0.0.1').pause()
      const body = `{"jsonrpc":"2.0","id":"${'x'.repeat(50_000)}","method":"eth_chainId"}`
      const count = 2000
      for (let i = 0; i < count; i++) socket.write(plain(body))
      let before = -1
      while (asked !== before || asked === 0) {
        before = asked
        await delay(100)
      }
      assert.ok(asked < count, `${asked} of ${count} were answered`)
      let answers = 0
      const all = new Promise<void>((resolve) => {
        socket.on('data', (bytes) => {
          answers += bytes.toString('latin1').split('"result"').length - 1
          if (asked === count) resolve()
        })
      })
      socket.resume()
      await all
      assert.ok(answers > 0)
      socket.destroy()
    } finally {
      await listening.close()
    }
  })

  it('keeps nothing of clients that leave in the middle', async () => {
    const listening = await listen(new RpcServer(new FakeChain()))
    try {
      for (const text of [plain(SLOW), plain(CALL).slice(0, -1), 'POST / HT', '']) {
        const socket = connect(listening.port, '127.0.0.1')
        await once(socket, 'connect')
        if (text !== '') socket.write(text)
        socket.resetAndDestroy()
      }
      for (let open = -1; open !== 0; await delay(1))
        open = await new Promise((resolve) => listening.http.getConnections((_, count) => resolve(count)))
    } finally {
      await listening.close()
    }
  })
})

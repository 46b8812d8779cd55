import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { RpcServer } from './RpcServer.ts'
import { FakeChain, type Listening, listen } from './testing/index.ts'

const CALL = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
const ANSWER = '{"jsonrpc":"2.0","id":1,"result":"0x7a69"}'

const post = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

/** Sends bytes as they are and reads until the connection is closed: for what fetch wouldn't send. */
function sendRaw(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
    socket.write(text)
  })
}

describe('createHttpHandler', () => {
  let listening: Listening
  before(async () => {
    listening = await listen(new RpcServer(new FakeChain()))
  })
  after(() => listening.close())

  it('answers a POST', async () => {
    const response = await post(listening.url, CALL)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(await response.text(), ANSWER)
  })

  it('answers parse errors and notifications with status 200', async () => {
    const bad = await post(listening.url, '{')
    assert.equal(bad.status, 200)
    assert.equal(
      await bad.text(),
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}',
    )
    const silent = await post(listening.url, '{"jsonrpc":"2.0","method":"eth_chainId"}')
    assert.deepEqual([silent.status, await silent.text()], [200, ''])
  })

  it('takes the content types that go-ethereum takes, and 415 for others', async () => {
    for (const type of [
      'application/json; charset=utf-8',
      'application/json-rpc',
      'Application/jsonrequest',
    ]) {
      assert.equal((await post(listening.url, CALL, { 'content-type': type })).status, 200)
    }
    const refused = await post(listening.url, CALL, { 'content-type': 'text/plain' })
    assert.equal(refused.status, 415)
    assert.equal(await refused.text(), 'invalid content type, only application/json is supported\n')
  })

  it('answers a bare GET for health checks, and 405 for other methods', async () => {
    const health = await fetch(listening.url)
    assert.deepEqual([health.status, await health.text()], [200, ''])
    assert.equal((await fetch(listening.url, { method: 'PUT', body: CALL })).status, 405)
    assert.equal((await fetch(listening.url, { method: 'DELETE' })).status, 405)
    assert.equal((await fetch(`${listening.url}/?a=b`)).status, 405)
  })

  it('keeps connections for two minutes, also those with other requests than plain ones', async () => {
    assert.equal((await fetch(listening.url)).headers.get('keep-alive'), 'timeout=120')
  })

  it('refuses a body of 10 MB with 413, announced or not', async () => {
    const body = `[${' '.repeat(10_000_000)}]`
    const announced = await post(listening.url, body)
    assert.equal(announced.status, 413)
    assert.equal(await announced.text(), 'content length too large (10000002>5242880)\n')
    const head =
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
    const answer = await sendRaw(listening.port, `${head}${chunk.repeat(10)}0\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 413 /)
    assert.match(answer, /content length too large \(more than 5242880\)/)
  })

  it('survives garbage and a client that leaves in the middle', async () => {
    const answer = await sendRaw(listening.port, Buffer.from('\x00\xff\x16\x03 garbage\r\n\r\n', 'latin1'))
    assert.match(answer, /^HTTP\/1\.1 400 /)
    const half = connect(listening.port, '127.0.0.1')
    const head =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"json'
    await new Promise<void>((resolve) => half.write(head, () => resolve()))
    half.destroy()
    assert.equal(await (await post(listening.url, CALL)).text(), ANSWER)
  })

  it('lets every page call by default', async () => {
    const response = await post(listening.url, CALL, { origin: 'https://app.example' })
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    const preflight = await fetch(listening.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-headers': 'content-type' },
    })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*')
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type')
    assert.match(preflight.headers.get('access-control-allow-methods')!, /POST/)
  })
})

describe('createHttpHandler with origins and hosts', () => {
  it('names only allowed origins, and refuses foreign hosts', async () => {
    const limits = { corsOrigins: ['https://good.example'], virtualHosts: ['node.example'] }
    const listening = await listen(new RpcServer(new FakeChain(), limits))
    try {
      const good = await post(listening.url, CALL, { origin: 'https://good.example' })
      assert.equal(good.headers.get('access-control-allow-origin'), 'https://good.example')
      const bad = await post(listening.url, CALL, { origin: 'https://bad.example' })
      assert.equal(bad.headers.get('access-control-allow-origin'), null)
      const request = (host: string): string =>
        `POST / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${CALL.length}\r\n\r\n${CALL}`
      assert.match(
        await sendRaw(listening.port, request('evil.example:8545')),
        /^HTTP\/1\.1 403 .*invalid host specified\n$/s,
      )
      assert.match(await sendRaw(listening.port, request('Node.example:8545')), /^HTTP\/1\.1 200 /)
      assert.match(await sendRaw(listening.port, request('10.0.0.7')), /^HTTP\/1\.1 200 /)
      assert.match(await sendRaw(listening.port, request('[::1]:8545')), /^HTTP\/1\.1 200 /)
    } finally {
      await listening.close()
    }
  })
})

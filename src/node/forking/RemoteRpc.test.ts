import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { nameOf, RemoteDownError, RemoteError, RemoteRpc } from './RemoteRpc.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

type Answering = (response: ServerResponse, count: number) => void

/** A server that answers its requests, which it counts from 1, as it is told to. */
async function serve(answering: Answering, credentials = ''): Promise<{ rpc: RemoteRpc; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization ?? '')
    request.resume().on('end', () => answering(response, seen.length))
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    rpc: new RemoteRpc(`http://${credentials}127.0.0.1:${(server.address() as AddressInfo).port}`),
    seen,
  }
}

const say = (response: ServerResponse, answer: object): void => void response.end(JSON.stringify(answer))

describe('RemoteRpc', () => {
  it('tries again what fails for a moment', async () => {
    const { rpc, seen } = await serve((response, count) => {
      if (count === 1) response.writeHead(429).end()
      else if (count === 2) response.socket!.destroy()
      else if (count === 3) say(response, { error: { code: -32005, message: 'slow down' } })
      else say(response, { result: '0x1' })
    })
    assert.equal(await rpc.call('eth_chainId', []), '0x1')
    assert.equal(seen.length, 4)
  })

  it('does not try again what is refused', async () => {
    const { rpc, seen } = await serve((response) =>
      say(response, { error: { code: -32000, message: 'pruned' } }),
    )
    await assert.rejects(rpc.call('eth_getBalance', []), (error) => {
      assert.ok(error instanceof RemoteError)
      assert.deepEqual([error.code, error.reason], [-32000, 'pruned'])
      return true
    })
    assert.equal(seen.length, 1)
  })

  it('gives up in the end, and tries once only as long as the remote is down', async () => {
    const { rpc, seen } = await serve((response) => response.writeHead(503).end())
    await assert.rejects(rpc.call('eth_chainId', []), RemoteDownError)
    assert.equal(seen.length, 5)
    await assert.rejects(rpc.call('eth_chainId', []), /does not answer .*HTTP status 503/)
    assert.equal(seen.length, 6)
  })

  it('has few requests under way at once', async () => {
    const waiting: ServerResponse[] = []
    const { rpc, seen } = await serve((response) => waiting.push(response))
    const all = Promise.all(Array.from({ length: 40 }, () => rpc.call('eth_chainId', [])))
    for (let answered = 0; answered < 40; ) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      assert.ok(seen.length - answered <= 16)
      for (const response of waiting.splice(0)) {
        answered++
        say(response, { result: answered })
      }
    }
    assert.equal(new Set(await all).size, 40)
  })

  it('ends what is under way when it is closed', async () => {
    const { rpc } = await serve(() => rpc.close())
    await assert.rejects(rpc.call('eth_chainId', []), /shutting down/)
    await assert.rejects(rpc.call('eth_chainId', []), /shutting down/)
  })

  it('sends the name and password of its address, and does not tell them', async () => {
    const { rpc, seen } = await serve((response) => say(response, { result: null }), 'me:secret@')
    assert.equal(await rpc.call('eth_chainId', []), null)
    assert.deepEqual(seen, [`Basic ${Buffer.from('me:secret').toString('base64')}`])
    assert.doesNotMatch(rpc.name, /secret/)
    assert.equal(nameOf('https://me:secret@host.example/v2/key?token=1'), 'https://host.example')
  })
})

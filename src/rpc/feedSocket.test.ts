import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { Prng } from '../lib/index.ts'
import type { ByteDuplex } from './feedSocket.ts'
import { RpcServer } from './RpcServer.ts'
import { FakeChain, type Listening, listen } from './testing/index.ts'

let listening: Listening | undefined
afterEach(async () => {
  await listening?.close()
  listening = undefined
})

async function connect(feed?: (duplex: ByteDuplex) => void): Promise<WebSocket> {
  listening = await listen(new RpcServer(new FakeChain()), feed === undefined ? {} : { feed })
  return new WebSocket(`${listening.wsUrl}/feed`)
}

async function closing(socket: WebSocket): Promise<string> {
  const [code, reason] = await once(socket, 'close')
  return `${code} ${reason}`
}

/** Sends back what comes. */
const echo = async ({ incoming, write, close }: ByteDuplex): Promise<void> => {
  for await (const bytes of incoming) await write(bytes)
  close()
}

describe('a WebSocket at /feed', () => {
  it('is closed with a reason where the node has no feed', async () => {
    assert.equal(await closing(await connect()), '4404 this node has no feed')
  })

  it('carries bytes in both directions, also many to a slow reader', async () => {
    const socket = await connect((duplex) => void echo(duplex))
    await once(socket, 'open')
    const sent = new Prng(5).nextBytes(20_000_000)
    const received: Buffer[] = []
    let length = 0
    const isComplete = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        received.push(data)
        length += data.length
        // Slow at first: both sides' buffers fill.
        if (received.length === 1) {
          socket.pause()
          setTimeout(() => socket.resume(), 100)
        }
        if (length === sent.length) resolve()
      })
    })
    for (let at = 0; at < sent.length; at += 300_000) socket.send(sent.subarray(at, at + 300_000))
    await isComplete
    assert.ok(Buffer.concat(received).equals(sent))
    socket.close()
  })

  it('ends what is incoming when the client leaves', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const socket = await connect(async ({ incoming }) => {
      let count = 0
      for await (const bytes of incoming) count += bytes.length
      resolve(count)
    })
    await once(socket, 'open')
    socket.send(new Uint8Array(7))
    socket.close()
    assert.equal(await promise, 7)
  })

  it('takes no text, and does not read messages as JSON-RPC', async () => {
    const socket = await connect(() => {})
    await once(socket, 'open')
    socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')
    assert.equal(await closing(socket), '1003 the feed is binary')
  })

  it('is closed with a reason where there are too many', async () => {
    await connect(() => {})
    const url = `${listening!.wsUrl}/feed`
    const sockets = Array.from({ length: 192 }, () => new WebSocket(url))
    const reasons: string[] = []
    for (const socket of sockets) socket.on('close', (code, reason) => reasons.push(`${code} ${reason}`))
    await Promise.all(sockets.map((socket) => once(socket, 'open')))
    while (reasons.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual(reasons, ['1013 too many readers'])
  })
})

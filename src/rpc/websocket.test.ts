import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { hexToBytes } from '../lib/index.ts'
import type { ViewMiniBlock } from './MiniBlockView.ts'
import { RpcServer } from './RpcServer.ts'
import {
  FakeChain,
  followingStatus,
  type Listening,
  listen,
  resultOf,
  signTransfer,
} from './testing/index.ts'

type Message = {
  id?: number
  result?: unknown
  error?: { code: number; message: string }
  params?: { subscription: string; miniBlock: string; result: unknown }
}

/** A client that keeps what it receives, in order. */
class Client {
  readonly socket: WebSocket
  readonly received: Message[] = []
  #lastId = 0

  constructor(url: string) {
    this.socket = new WebSocket(url)
    this.socket.setMaxListeners(0)
    this.socket.on('message', (data) => this.received.push(JSON.parse(String(data))))
  }

  async request(method: string, ...params: unknown[]): Promise<Message> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open')
    const id = ++this.#lastId
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return this.until((message) => message.id === id)
  }

  async until(matches: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.received.find(matches)
      if (found !== undefined) return found
      await once(this.socket, 'message')
    }
  }

  notifications(id: unknown): unknown[] {
    return this.received
      .filter(({ params }) => params?.subscription === id)
      .map(({ params }) => params!.result)
  }
}

let chain: FakeChain
let server: RpcServer
let listening: Listening
let client: Client

async function start(): Promise<void> {
  chain = new FakeChain()
  server = new RpcServer(chain)
  listening = await listen(server)
  client = new Client(listening.wsUrl)
}

describe('attachWebSocket', () => {
  before(start)
  after(() => listening.close())
  afterEach(() => assert.equal(client.socket.readyState, WebSocket.OPEN))

  it('answers requests, batches and parse errors', async () => {
    assert.equal((await client.request('eth_chainId')).result, '0x7a69')
    client.socket.send('nonsense')
    assert.equal((await client.until(({ id }) => id === null)).error!.code, -32700)
    client.socket.send(Buffer.from('{"jsonrpc":"2.0","id":"binary","method":"eth_chainId"}'))
    assert.equal((await client.until(({ id }) => (id as unknown) === 'binary')).result, '0x7a69')
  })

  it('sends answers of every length, and beyond ASCII, as whole texts', async () => {
    const lengths = [...Array(80).keys(), ...Array.from({ length: 160 }, (_, i) => 65_400 + i)]
    for (const name of [...lengths.map((length) => 'm'.repeat(length + 1)), 'é', '中'.repeat(70)]) {
      const { error } = await client.request(name)
      assert.equal(error!.message, `the method ${name} does not exist/is not available`)
    }
  })

  it('announces heads, logs and pending transactions, each after the id of its subscription', async () => {
    const heads = (await client.request('eth_subscribe', 'newHeads')).result
    const address = `0x${'07'.repeat(20)}`
    const logs = (await client.request('eth_subscribe', 'logs', { address })).result
    const otherLogs = (await client.request('eth_subscribe', 'logs', { address: `0x${'08'.repeat(20)}` }))
      .result
    const hashes = (await client.request('eth_subscribe', 'newPendingTransactions')).result
    const full = (await client.request('eth_subscribe', 'newPendingTransactions', true)).result
    chain.logsOfNext = [{ address: hexToBytes(address), topics: [], data: new Uint8Array(0) }]
    const raw = await signTransfer(0)
    const hash = (await client.request('eth_sendRawTransaction', raw)).result
    chain.seal()
    await client.until(({ params }) => params?.subscription === heads)
    assert.deepEqual(client.notifications(hashes), [hash])
    assert.equal((client.notifications(full)[0] as { hash: string }).hash, hash)
    const [log] = client.notifications(logs) as { blockHash: string; transactionHash: string }[]
    assert.deepEqual([log!.blockHash, log!.transactionHash], [`0x${'00'.repeat(32)}`, hash])
    assert.deepEqual(client.notifications(otherLogs), [])
    const [head] = client.notifications(heads) as { number: string; miniBlockCount: string; hash: string }[]
    assert.deepEqual([head!.number, head!.miniBlockCount], ['0x1', '0x3'])
    assert.match(head!.hash, /^0x[0-9a-f]{64}$/)
    assert.ok(!('transactions' in head!))
  })

  it('announces a queued transaction once', async () => {
    const id = (await client.request('eth_subscribe', 'newPendingTransactions')).result
    const raw = await signTransfer(1)
    const hash = (await import('viem')).keccak256(raw)
    chain.emit({ kind: 'queued', hash: hexToBytes(hash) })
    await client.request('eth_sendRawTransaction', raw)
    assert.deepEqual(client.notifications(id), [hash])
  })

  it('sends nothing after eth_unsubscribe, and says when there is no such subscription', async () => {
    const id = (await client.request('eth_subscribe', 'newHeads')).result
    assert.equal((await client.request('eth_unsubscribe', id)).result, true)
    assert.deepEqual((await client.request('eth_unsubscribe', id)).error, {
      code: -32000,
      message: 'subscription not found',
    })
    chain.emit({ kind: 'sealed', block: chain.blocks[0]!, miniBlockCount: 1 })
    await client.request('eth_chainId')
    assert.deepEqual(client.notifications(id), [])
  })
})

describe('eth_subscribe', () => {
  before(start)
  after(() => listening.close())

  it('refuses unknown subscriptions and parameters that do not fit', async () => {
    assert.deepEqual((await client.request('eth_subscribe', 'nope')).error, {
      code: -32601,
      message: 'no "nope" subscription in eth namespace',
    })
    assert.equal(
      (await client.request('eth_subscribe', 5)).error!.message,
      'invalid argument 0: expected subscription name as first argument',
    )
    assert.equal(
      (await client.request('eth_subscribe', 'logs', { topics: 5 })).error!.message,
      'invalid argument 1: json: cannot unmarshal number into Go struct field input.topics of type []interface {}',
    )
    assert.match(
      (await client.request('eth_subscribe', 'newHeads', {})).error!.message,
      /^too many arguments/,
    )
    assert.match(
      (await client.request('eth_subscribe', 'newPendingTransactions', 1)).error!.message,
      /type bool$/,
    )
  })

  it('announces mini-blocks with their offsets in the EVM block', async () => {
    const id = (await client.request('eth_subscribe', 'miniBlocks')).result
    chain.logsOfNext = [{ address: new Uint8Array(20), topics: [], data: new Uint8Array(0) }]
    await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(0)])
    const block = chain.blocks.at(-1)!
    const miniBlock: ViewMiniBlock = {
      number: 77n,
      timestampUs: 1_700_000_000_000_123n,
      blockNumber: block.number,
      indexInBlock: 2,
      gasUsed: 21_000n,
      digest: new Uint8Array(32).fill(0xaa),
      parentDigest: new Uint8Array(32).fill(0xbb),
      block,
      firstTransactionIndex: 1,
      transactionCount: 1,
      heads: [],
      chunks: [],
    }
    await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(1)])
    chain.emit({ kind: 'miniBlock', miniBlock })
    await client.until(({ params }) => params?.subscription === id)
    const [payload] = client.notifications(id) as [Record<string, unknown>]
    const { transactions, receipts, ...head } = payload
    assert.deepEqual(head, {
      payload_id: '0xaaaaaaaaaaaaaaaa',
      mini_block_number: '0x4d',
      mini_block_timestamp: '0x60a24181e407b',
      block_number: '0x1',
      block_timestamp: '0x6553f101',
      index: '0x2',
      tx_offset: '0x1',
      log_offset: '0x1',
      gas_offset: '0x5208',
      timestamp: '0x60a24181e407b',
      gas_used: '0x5208',
      digest: `0x${'aa'.repeat(32)}`,
      parent_digest: `0x${'bb'.repeat(32)}`,
    })
    const [transaction] = transactions as { hash: string }[]
    assert.equal((receipts as { transactionHash: string }[])[0]!.transactionHash, transaction!.hash)
  })

  it('listens to the chain only while somebody is subscribed', async () => {
    const other = new Client(listening.wsUrl)
    await other.request('eth_subscribe', 'newHeads')
    assert.equal(chain.listeners.size, 1)
    const done = once(client.socket, 'close')
    client.socket.close()
    await done
    assert.equal(chain.listeners.size, 1)
    other.socket.terminate()
    while (chain.listeners.size > 0) await new Promise((resolve) => setImmediate(resolve))
    client = new Client(listening.wsUrl)
    await client.request('eth_chainId')
  })
})

describe('eth_subscribe of syncing', () => {
  before(start)
  after(() => listening.close())

  it('tells of a sequencer at once that it is not syncing, and takes no options', async () => {
    const id = (await client.request('eth_subscribe', 'syncing')).result
    await client.until(({ params }) => params?.subscription === id)
    assert.deepEqual(client.notifications(id), [false])
    await client.request('eth_unsubscribe', id)
    for (const options of [{}, { fromMiniBlock: '0x1' }])
      assert.deepEqual((await client.request('eth_subscribe', 'syncing', options)).error, {
        code: -32602,
        message: 'too many arguments, want at most 1',
      })
  })

  it('tells when a follower falls behind, how far it is each minute, and when it has caught up', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    chain.following = followingStatus({ lagMiniBlocks: 0n, lagMs: 60_000 })
    const id = (await client.request('eth_subscribe', 'syncing')).result
    chain.following = followingStatus({ lagMiniBlocks: 7n, lagMs: 5001 })
    t.mock.timers.tick(59_000)
    chain.following = followingStatus({ lagMiniBlocks: 5n, lagMs: 5001 })
    const late = (await client.request('eth_subscribe', 'syncing')).result
    t.mock.timers.tick(2000)
    chain.following = followingStatus({ lagMiniBlocks: 5n, lagMs: 5000 })
    t.mock.timers.tick(2000)
    await client.request('eth_unsubscribe', id)
    await client.request('eth_unsubscribe', late)
    chain.following = undefined
    const newest = Number(chain.miniBlocks.newest)
    const behind = (lag: number): object => ({
      syncing: true,
      status: {
        ...{ StartingBlock: 0, CurrentBlock: Number(chain.headNumber) },
        ...{ HighestBlock: Number(chain.headNumber) + 1 },
        ...{ CurrentMiniBlock: newest, HighestMiniBlock: newest + lag },
      },
    })
    assert.deepEqual(client.notifications(id), [false, behind(7), behind(5), false])
    assert.deepEqual(client.notifications(late), [behind(5), behind(5), false])
  })
})

describe('a slow reader', () => {
  let listening: Listening
  afterEach(() => listening.close())

  it('is told why it is dropped and from where to resume, and harms nobody else', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain, { maxSendBufferBytes: 2_000_000 })
    listening = await listen(server)
    const [slow, other] = [new Client(listening.wsUrl), new Client(listening.wsUrl)]
    const mini = (await slow.request('eth_subscribe', 'miniBlocks')).result as string
    const logs = (await slow.request('eth_subscribe', 'logs')).result as string
    await slow.request('eth_subscribe', 'newPendingTransactions')
    const live = (await other.request('eth_subscribe', 'miniBlocks')).result
    const closed = once(slow.socket, 'close')
    slow.socket.pause()
    let sent = 0n
    // Far more than the kernel's own buffers hold.
    for (; server.stats.readersDropped.full === 0 && sent < 100n; sent++) {
      chain.logsOfNext = [{ address: new Uint8Array(20), topics: [], data: new Uint8Array(400_000) }]
      await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(Number(sent))])
      chain.sealMiniBlock()
      const number = `0x${(sent + 1n).toString(16)}`
      await other.until(({ params }) => params?.subscription === live && params?.miniBlock === number)
    }
    slow.socket.resume()
    const [code, reason] = await closed
    const last = slow.received.at(-1) as unknown as {
      method: string
      params: { reason: string; resume: Record<string, { fromMiniBlock: string; fromIndex: string }> }
    }
    assert.equal(code, 1013)
    assert.equal(last.method, 'leveret_dropped')
    assert.equal(last.params.reason, 'send buffer is full (2000000 bytes): read faster')
    assert.deepEqual(Object.keys(last.params.resume), [mini, logs])
    const { fromMiniBlock } = last.params.resume[mini]!
    assert.equal(String(reason), `${last.params.reason}; resume with fromMiniBlock ${fromMiniBlock}`)
    // It goes on behind what it has got.
    for (const id of [mini, logs]) {
      const places = slow.received
        .filter(({ params }) => params?.subscription === id)
        .map(({ params }) => BigInt(params!.miniBlock))
      assert.deepEqual(
        places,
        places.map((_, i) => BigInt(i + 1)),
      )
      // Behind the one notification of its last mini-block, or before the next.
      const { fromMiniBlock, fromIndex } = last.params.resume[id]!
      const passed = BigInt(fromMiniBlock) - 1n + BigInt(fromIndex)
      assert.deepEqual([passed, BigInt(fromIndex) < 2n], [BigInt(places.length), true])
    }
    assert.equal(other.notifications(live).length, Number(sent))
  })

  it('is dropped when it reads nothing of what it missed', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain, { maxStallMs: 50, replayBufferBytes: 1_000 })
    listening = await listen(server)
    for (let nonce = 0; nonce < 20; nonce++) {
      chain.logsOfNext = [{ address: new Uint8Array(20), topics: [], data: new Uint8Array(400_000) }]
      await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(nonce)])
      chain.sealMiniBlock()
    }
    const client = new Client(listening.wsUrl)
    await client.request('eth_subscribe', 'miniBlocks', { fromMiniBlock: '0x1' })
    const closed = once(client.socket, 'close')
    client.socket.pause()
    while (chain.listeners.size > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    client.socket.resume()
    const [code, reason] = await closed
    assert.equal(code, 1013)
    assert.match(String(reason), /^nothing was read for 50 ms; resume with fromMiniBlock 0x/)
  })
})

describe('attachWebSocket limits', () => {
  const withServer = async (
    limits: object,
    run: (l: Listening, s: RpcServer) => Promise<void>,
  ): Promise<void> => {
    const server = new RpcServer(new FakeChain(), limits)
    const listening = await listen(server)
    try {
      await run(listening, server)
    } finally {
      await listening.close()
    }
  }

  it('closes with 1009 for a message over the limit', async () => {
    await withServer({ maxBodyBytes: 1_000 }, async (listening) => {
      const client = new Client(listening.wsUrl)
      await client.request('eth_chainId')
      client.socket.send(' '.repeat(1_001))
      assert.equal((await once(client.socket, 'close'))[0], 1009)
    })
  })

  it('limits subscriptions', async () => {
    await withServer({ maxSubscriptions: 1 }, async (listening) => {
      const client = new Client(listening.wsUrl)
      await client.request('eth_subscribe', 'newHeads')
      const { error } = await client.request('eth_subscribe', 'newHeads')
      assert.deepEqual(error, { code: -32000, message: 'too many subscriptions (max 1)' })
    })
  })

  it('answers all requests when more arrive than may be under way', async () => {
    await withServer({ maxRequestsInFlight: 4 }, async (listening) => {
      const client = new Client(listening.wsUrl)
      const answers = await Promise.all(Array.from({ length: 1 }, () => client.request('eth_chainId')))
      const many = await Promise.all(
        Array.from({ length: 100 }, () => client.request('eth_getBalance', `0x${'00'.repeat(20)}`)),
      )
      assert.ok([...answers, ...many].every(({ result }) => typeof result === 'string'))
    })
  })

  it('refuses pages of foreign origins', async () => {
    await withServer({ corsOrigins: ['https://good.example'] }, async (listening) => {
      const bad = new WebSocket(listening.wsUrl, { origin: 'https://bad.example' })
      const [failure] = await once(bad, 'error')
      assert.match(String(failure), /403/)
      const good = new WebSocket(listening.wsUrl, { origin: 'https://good.example' })
      await once(good, 'open')
      const own = new WebSocket(listening.wsUrl, { origin: listening.url })
      await once(own, 'open')
    })
  })

  it('has no subscriptions over http', async () => {
    const server = new RpcServer(new FakeChain())
    await assert.rejects(resultOf(server, 'eth_subscribe', ['newHeads']), /notifications not supported/)
  })

  it('says goodbye with 1001 when the node stops', async () => {
    const listening = await listen(new RpcServer(new FakeChain()))
    const client = new Client(listening.wsUrl)
    await client.request('eth_chainId')
    const closed = once(client.socket, 'close')
    const stopped = listening.close()
    assert.ok([1001, 1006].includes((await closed)[0]))
    await stopped
  })
})

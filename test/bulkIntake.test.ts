/** POST /transactions of a started node, over real sockets. docs/bulk-intake.md says what is held here. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  accounts,
  type BulkAnswer,
  BulkClient,
  bytes,
  type Chain,
  delay,
  eventually,
  HttpRpc,
  hex,
  leveretPresent,
  needsNode,
  signTransaction,
  startChain,
  transactionHash,
} from './lib/index.ts'

const EXECUTED = 0
const QUEUED = 1
const REFUSED = 2
const STREAM_ERROR = 255

function transfer(
  nonce: number,
  { account = 0, data }: { account?: number; data?: Uint8Array } = {},
): Uint8Array {
  const tx = {
    type: 2,
    chainId: 31337n,
    nonce: BigInt(nonce),
    gasLimit: data === undefined ? 21_000n : 8_000_000n,
    maxFeePerGas: 10n ** 11n,
    to: bytes(accounts[9]!.address),
    value: 1n,
  } as const
  return signTransaction(data === undefined ? tx : { ...tx, data }, accounts[account]!.key)
}

const hashOf = (raw: Uint8Array): string => hex(transactionHash(raw)).slice(2)

/** A stream whose answers are collected. */
async function open(chain: Chain): Promise<{ client: BulkClient; answers: BulkAnswer[] }> {
  const answers: BulkAnswer[] = []
  const client = await BulkClient.open(chain.url, (answer) => answers.push(answer))
  return { client, answers }
}

let chain: Chain
let rpc: HttpRpc

before(async () => {
  if (!leveretPresent()) return
  chain = await startChain({ target: 'leveret' })
  rpc = new HttpRpc(chain.url)
})

after(async () => {
  rpc?.close()
  await chain?.stop()
})

describe('POST /transactions', needsNode, () => {
  it('answers each transaction while the stream goes on, when its receipt can be read', async () => {
    const { client, answers } = await open(chain)
    for (let nonce = 0; nonce < 3; nonce++) {
      const raw = transfer(nonce)
      client.write(BulkClient.encode([raw]))
      await eventually('an answer', async () => answers[nonce])
      const { status, hash, message } = answers[nonce]!
      assert.deepEqual([status, hash, message], [EXECUTED, hashOf(raw), ''])
      const receipt = await rpc.call('eth_getTransactionReceipt', [`0x${answers[nonce]!.hash}`])
      assert.equal(receipt.status, '0x1')
    }
    client.end()
    await client.ended
    client.close()
  })

  it('keeps order among thousands, with refused and waiting ones between', async () => {
    const { client, answers } = await open(chain)
    const expected: [status: number, hash: string][] = []
    const raws: Uint8Array[] = []
    const add = (status: number, raw: Uint8Array) => {
      raws.push(raw)
      expected.push([status, hashOf(raw)])
    }
    for (let nonce = 0; nonce < 3000; nonce++) {
      const raw = transfer(nonce, { account: 1 })
      add(EXECUTED, raw)
      // Refused by the sequencer, by recovery, as no transaction at all.
      if (nonce % 100 === 50) add(REFUSED, raw)
      if (nonce % 70 === 3) add(REFUSED, raw.subarray(0, 40))
      if (nonce % 500 === 7) add(REFUSED, new Uint8Array(0))
      if (nonce % 1000 === 9) add(QUEUED, transfer(10_000 + nonce, { account: 2 }))
    }
    const bytes = BulkClient.encode(raws)
    // In pieces that end anywhere.
    for (let offset = 0; offset < bytes.length; offset += 9_973)
      client.write(bytes.subarray(offset, offset + 9_973))
    client.end()
    await client.ended
    assert.deepEqual(
      answers.map(({ status, hash }) => [status, hash]),
      expected,
    )
    assert.match(answers[expected.findIndex(([status]) => status === REFUSED)]!.message, /rlp|transaction/)
    assert.equal(await rpc.call('eth_getTransactionCount', [accounts[1]!.address]), '0xbb8')
    client.close()
  })

  it('says what is wrong with a transaction that is too long, and with an end in the middle', async () => {
    for (const [nonce, wrong, message] of [
      [0, Buffer.of(0, 2, 0, 1), 'transaction 1 has 131073 bytes, limit 131072'],
      [1, Buffer.of(0, 0, 0, 5, 1), 'the stream ends within transaction 1'],
    ] as const) {
      const { client, answers } = await open(chain)
      const raw = transfer(nonce, { account: 3 })
      client.write(Buffer.concat([BulkClient.encode([raw]), wrong]))
      client.end()
      await client.ended
      assert.deepEqual(
        answers.map(({ status }) => status),
        [EXECUTED, STREAM_ERROR],
      )
      assert.equal(answers[1]!.message, message)
      client.close()
    }
  })
})

describe('POST /transactions?senders', needsNode, () => {
  it('executes what each has signed, whoever is said to have, and however often he came', async () => {
    const answers: BulkAnswer[] = []
    const path = '/transactions?senders'
    const client = await BulkClient.open(chain.url, (answer) => answers.push(answer), path)
    const [raws, senders]: [Uint8Array[], Uint8Array[]] = [[], []]
    const count = 2000
    for (let nonce = 0; nonce < count; nonce++) {
      raws.push(transfer(nonce, { account: 7 }))
      // Nobody, another who comes often too, and himself.
      const claimed =
        nonce % 10 === 3 ? new Uint8Array(20) : bytes(accounts[nonce % 10 === 7 ? 8 : 7]!.address)
      raws.push(transfer(nonce, { account: 8 }))
      senders.push(claimed, bytes(accounts[8]!.address))
    }
    client.write(BulkClient.encode(raws, senders))
    client.end()
    await client.ended
    client.close()
    assert.deepEqual(
      answers.map(({ status, hash, message }) => [status, hash, message]),
      raws.map((raw) => [EXECUTED, hashOf(raw), '']),
    )
    for (const account of [7, 8]) {
      const nonce = await rpc.call('eth_getTransactionCount', [accounts[account]!.address])
      assert.equal(Number(nonce), count)
    }
    const wronglyClaimed = await rpc.call('eth_getTransactionReceipt', [`0x${hashOf(raws[14]!)}`])
    assert.equal(wronglyClaimed.from, accounts[7]!.address.toLowerCase())
  })
})

describe('POST /transactions with more than there is room for', needsNode, () => {
  it('takes the largest transactions, and more of them than the ring has room for', async () => {
    const { client, answers } = await open(chain)
    const count = 200
    const data = new Uint8Array(127 * 1024)
    for (let nonce = 0; nonce < count; nonce++) {
      if (!client.write(BulkClient.encode([transfer(nonce, { account: 4, data })]))) await client.drained()
    }
    client.end()
    await client.ended
    assert.deepEqual(
      answers.map(({ status, message }) => [status, message]),
      Array(count).fill([EXECUTED, '']),
    )
    client.close()
  })

  it('stops reading while its answers are not read, and goes on when they are', async () => {
    const { client, answers } = await open(chain)
    client.pause()
    const refused = BulkClient.encode(Array(50_000).fill(transfer(0, { account: 0 }).subarray(0, 50)))
    let rounds = 0
    let isWaiting = false
    while (!isWaiting && rounds < 50) {
      rounds++
      if (client.write(refused)) continue
      // Not drained within a moment: nobody reads.
      isWaiting = await Promise.race([client.drained().then(() => false), delay(500).then(() => true)])
    }
    assert.ok(isWaiting, 'the server has taken 130 MB without its answers being read')
    assert.equal(BigInt(await rpc.call('eth_chainId')), 31337n, 'others are served')
    client.resume()
    client.end()
    await client.ended
    assert.equal(answers.length, rounds * 50_000)
    assert.ok(answers.every(({ status }) => status === REFUSED))
    client.close()
  })

  it('survives clients that go away in the middle', async () => {
    for (let i = 0; i < 5; i++) {
      const { client } = await open(chain)
      client.write(
        BulkClient.encode(Array.from({ length: 50 }, (_, n) => transfer(i * 50 + n, { account: 5 }))),
      )
      client.write(Buffer.of(0, 0))
      if (i % 2 === 0) await delay(5)
      client.close()
    }
    const { client, answers } = await open(chain)
    client.write(BulkClient.encode([transfer(0, { account: 6 })]))
    await eventually('an answer', async () => answers[0])
    assert.equal(answers[0]!.status, EXECUTED)
    client.close()
  })

  it('is refused as JSON-RPC is: by method, content type and path', async () => {
    const post = (path: string, type: string, method = 'POST') =>
      fetch(`${chain.url}${path}`, { method, headers: { 'content-type': type }, body: new Uint8Array(4) })
    assert.equal((await post('/transactions', 'application/octet-stream', 'PUT')).status, 405)
    assert.equal((await post('/', 'application/octet-stream')).status, 415)
    assert.equal((await post('/transactions', 'text/plain')).status, 415)
    const empty = await post('/transactions', 'application/octet-stream')
    assert.equal(empty.status, 200)
    assert.equal(empty.headers.get('content-type'), 'application/octet-stream')
    assert.equal(empty.headers.get('access-control-allow-origin'), null)
  })
})

describe('POST /transactions of a node that stops', needsNode, () => {
  it('tells no more than what holds, and stops in time', async () => {
    const chain = await startChain({ target: 'leveret' })
    const { client, answers } = await open(chain)
    const raws = Array.from({ length: 5000 }, (_, nonce) => transfer(nonce))
    client.write(BulkClient.encode(raws))
    await eventually('answers', async () => (answers.length > 500 ? true : undefined))
    await chain.stop()
    await client.ended.catch(() => {})
    const statuses = answers.map(({ status }) => status)
    const executed = statuses.filter((status) => status === EXECUTED).length
    assert.deepEqual(statuses.slice(0, executed), Array(executed).fill(EXECUTED))
    for (const { status, message } of answers.slice(executed)) {
      assert.deepEqual([status, message], [REFUSED, 'node is shutting down'])
    }
  })
})

import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { Engine } from '../../execution/index.ts'
import {
  BodyDecoder,
  decodeEntry,
  EntryChain,
  type FeedHello,
  type FeedSource,
  LogOrder,
  payloadOf,
  readLog,
  signWithKey,
} from '../../feed/index.ts'
import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import { SnapshotReader } from '../../state/index.ts'
import type { Node } from '../nodeOptions.ts'
import { loadSnapshot, tailOf } from '../startPoint.ts'
import { callNode, signedTransaction, testNodes } from '../testing/index.ts'
import { openFeed } from '../transport/index.ts'
import { PublishingError } from './PublishingError.ts'
import type { PublishingOptions } from './publishingOptions.ts'

const KEY = '0x4646464646464646464646464646464646464646464646464646464646464646'
const KEY_ADDRESS = '0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f'
const ON: PublishingOptions = { port: 0, key: { kind: 'hex', hex: KEY } }
const TO = `0x${'99'.repeat(20)}`

const { folder, start } = testNodes()

async function send(node: Node, nonce: bigint): Promise<void> {
  const raw = signedTransaction({ nonce, gasLimit: 21_000n, value: 1n, to: TO })
  await callNode(node, 'eth_sendRawTransaction', [raw])
}

/** Follows a stream from the genesis snapshot on, up to a record; checks everything, and gives the payloads of its records. */
async function follow(
  feed: FeedSource,
  upTo: bigint,
): Promise<{ payloads: Uint8Array[]; entries: Uint8Array[] }> {
  const { genesisHash, signer } = await feed.hello()
  const engine = new Engine({ evm: 'interpreter' })
  const path = join(folder(), 'snapshots', 'snapshot-000000000000.state')
  const order = new LogOrder(tailOf(loadSnapshot(path, (diff) => engine.applyDiff(diff))).order)
  const decoder = new BodyDecoder({
    account: (address) => engine.getAccount(address),
    slot: (address, key) => engine.getStorage(address, key),
  })
  const chain = new EntryChain({ genesisHash, signer, nextRecord: 0n })
  const payloads: Uint8Array[] = []
  const entries: Uint8Array[] = []
  if (upTo === 0n) return { payloads, entries }
  for await (const bytes of feed.entries(0n)) {
    const entry = decodeEntry(bytes)
    chain.accept(entry)
    entries.push(bytes)
    for (const { frame, record } of decoder.records(entry)) {
      order.accept(record, payloadOf(frame))
      if (record.kind === 'chunk' || record.kind === 'rewind') engine.applyDiff(record.diff)
      payloads.push(payloadOf(frame))
    }
    if (chain.nextRecord >= upTo) break
  }
  return { payloads, entries }
}

/** Asks until a source has come so far. */
async function reached(feed: FeedSource, isReached: (hello: FeedHello) => boolean): Promise<FeedHello> {
  for (;;) {
    const hello = await feed.hello()
    if (isReached(hello)) return hello
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('a node that publishes', () => {
  test('gives its log, signed, to whoever connects', async () => {
    const node = await start({ publish: ON })
    const feed = await openFeed(node.feedUrl!)
    for (let nonce = 0n; nonce < 5n; nonce++) await send(node, nonce)
    const { nextRecord, ...hello } = await reached(feed, ({ miniBlockNumber }) => miniBlockNumber >= 5n)
    assert.equal(bytesToHex(hello.signer), KEY_ADDRESS)
    assert.equal(bytesToHex(hello.genesisHash), node.genesisHash)
    assert.equal(hello.chainId, 31337n)
    const { payloads } = await follow(feed, nextRecord)
    const logged = [...readLog(join(folder(), 'log'))].map(({ payload }) => payload)
    assert.ok(payloads.length >= Number(nextRecord))
    assert.deepEqual(payloads, logged.slice(0, payloads.length))
    feed.close()
  })

  test('gives its genesis and its snapshot, and hands transactions on', async () => {
    const node = await start({ publish: ON, mining: 'auto' })
    const feed = await openFeed(node.feedUrl!)
    await send(node, 0n)
    await reached(feed, ({ miniBlockNumber }) => miniBlockNumber >= 1n)
    assert.deepEqual(Buffer.from(await feed.genesis()), readFileSync(join(folder(), 'genesis.json')))
    const pieces: Uint8Array[] = []
    for await (const piece of feed.snapshot()) pieces.push(piece)
    const copy = join(folder(), 'snapshots', 'copy')
    writeFileSync(copy, Buffer.concat(pieces))
    const reader = new SnapshotReader(copy)
    assert.equal(reader.head.blockNumber, 0n)
    reader.close()
    const raw = (nonce: bigint) =>
      hexToBytes(signedTransaction({ nonce, gasLimit: 21_000n, value: 1n, to: TO }))
    const [taken, waiting, wrong] = await feed.submit([raw(1n), raw(7n), Uint8Array.of(1)])
    assert.ok('hash' in taken! && taken.expectedNonce === undefined)
    assert.ok('hash' in waiting! && waiting.expectedNonce === 2n)
    assert.ok('code' in wrong!)
    const receipt = await callNode(node, 'eth_getTransactionReceipt', [bytesToHex(taken.hash)])
    assert.equal(receipt.status, '0x1')
    feed.close()
  })

  test('goes on where it stopped, with the same entries before', async () => {
    const first = await start({ publish: ON })
    await send(first, 0n)
    await first.close()
    // Nobody publishes what comes now, until the next start.
    const silent = await start()
    assert.equal(silent.feedUrl, undefined)
    await send(silent, 1n)
    await silent.close()
    const second = await start({ publish: ON })
    const feed = await openFeed(second.feedUrl!)
    await send(second, 2n)
    const { nextRecord, epoch } = await reached(feed, ({ miniBlockNumber }) => miniBlockNumber >= 3n)
    const before = await follow(feed, nextRecord)
    feed.close()
    await second.close()
    const third = await start({ publish: ON })
    const again = await openFeed(third.feedUrl!)
    const after = await follow(again, nextRecord)
    assert.deepEqual(after.entries.slice(0, before.entries.length), before.entries)
    assert.equal(epoch, 0n)
    again.close()
  })

  test('begins the next epoch where entries may have been lost', async () => {
    const first = await start({ publish: ON, epoch: 3n })
    await send(first, 0n)
    await first.close()
    await assert.rejects(start({ publish: ON, epoch: 2n }), PublishingError)
    // As the machine leaves it that stops while the node runs.
    writeFileSync(join(folder(), 'feed', 'term'), '3 another-boot\n')
    await assert.rejects(start({ publish: ON, epoch: 3n }), /the machine stopped/)
    const second = await start({ publish: ON })
    assert.ok(second.recovered.some((remark) => remark.includes('epoch 4')))
    const feed = await openFeed(second.feedUrl!)
    await send(second, 1n)
    const { nextRecord, epoch } = await reached(feed, ({ miniBlockNumber }) => miniBlockNumber >= 2n)
    assert.equal(epoch, 4n)
    await follow(feed, nextRecord)
    feed.close()
  })

  test('begins the next epoch where the folder of entries was lost', async () => {
    const first = await start({ publish: ON, epoch: 3n })
    await send(first, 0n)
    await first.close()
    rmSync(join(folder(), 'feed'), { recursive: true })
    // Mini-blocks that nobody publishes are not of an earlier one, either.
    const silent = await start()
    await send(silent, 1n)
    await silent.close()
    await assert.rejects(start({ publish: ON, epoch: 3n }), /nothing tells/)
    const second = await start({ publish: ON })
    assert.ok(second.recovered.some((remark) => remark.includes('epoch 4')))
    const feed = await openFeed(second.feedUrl!)
    await send(second, 2n)
    const { nextRecord, epoch } = await reached(feed, ({ miniBlockNumber }) => miniBlockNumber >= 3n)
    assert.equal(epoch, 4n)
    await follow(feed, nextRecord)
    feed.close()
  })
})

describe('the key of a node that publishes', () => {
  test('is made on a local chain, for its owner only, and kept', async () => {
    const publish = { port: 0 }
    const signers: string[] = []
    for (let i = 0; i < 2; i++) {
      const node = await start({ publish })
      const feed = await openFeed(node.feedUrl!)
      signers.push(bytesToHex((await feed.hello()).signer))
      feed.close()
      await node.close()
    }
    assert.equal(signers[0], signers[1])
    assert.equal(statSync(join(folder(), 'feed.key')).mode & 0o777, 0o600)
  })

  test('must be given on others', async () => {
    const genesis = JSON.stringify({
      config: { chainId: 5, cancunTime: 0 },
      ...{ gasLimit: '0x1c9c380', difficulty: '0x0', alloc: { [TO]: { balance: '0x1' } } },
    })
    const publish = { port: 0 }
    await assert.rejects(start({ genesis, publish }), /no key to sign with/)
    assert.ok(!existsSync(join(folder(), 'feed.key')))
  })

  test('may be another process', async () => {
    const refusals = [
      [401, 'who are you'],
      [200, '{"error":{"message":"locked"}}'],
    ] as const
    let asked = 0
    const server = createServer((request, response) => {
      assert.equal(request.headers.authorization, `Basic ${btoa('me:secret')}`)
      let text = ''
      request.on('data', (piece) => (text += piece))
      request.on('end', () => {
        const { method, params } = JSON.parse(text)
        assert.equal(method, 'eth_sign')
        assert.equal(params[0], KEY_ADDRESS)
        const signature = signWithKey(hexToBytes(params[1]), hexToBytes(KEY))
        signature[64]! += 27
        const signed = [
          200,
          JSON.stringify({ jsonrpc: '2.0', id: 1, result: bytesToHex(signature) }),
        ] as const
        const [status, answer] = refusals[asked++] ?? signed
        response.writeHead(status).end(answer)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const key = { kind: 'remote', url: `http://me:secret@127.0.0.1:${port}`, address: KEY_ADDRESS } as const
    const told: string[] = []
    const node = await start({
      publish: { port: 0, key },
      log: (line) => void told.push(inspect(line)),
    })
    const feed = await openFeed(node.feedUrl!)
    await send(node, 0n)
    const { nextRecord } = await reached(feed, ({ miniBlockNumber }) => miniBlockNumber >= 1n)
    await follow(feed, nextRecord)
    const reasons = told.filter((line) => line.includes('feed_unsigned')).join()
    assert.match(reasons, /it does not answer \(HTTP status 401: .*it answers locked/s)
    assert.doesNotMatch(told.join(), /secret/)
    feed.close()
    await node.close()
    server.close()
  })

  test('may be gone when the node stops: what is not signed is left for the next start', async () => {
    const signer: { says: 'gone' | 'nothing' | 'signs' } = { says: 'gone' }
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const piece of request) text += piece
      if (signer.says === 'gone') request.socket.destroy()
      if (signer.says !== 'signs') return
      const digest = hexToBytes(JSON.parse(text).params[1])
      response.end(JSON.stringify({ result: bytesToHex(signWithKey(digest, hexToBytes(KEY))) }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const key = { kind: 'remote', url: `http://127.0.0.1:${port}`, address: KEY_ADDRESS } as const
    for (const says of ['gone', 'nothing'] as const) {
      signer.says = says
      const asked = new Promise((resolve) => server.once('request', resolve))
      const node = await start({ publish: { port: 0, key } })
      await callNode(node, 'anvil_mine', ['0x20'])
      await asked
      await node.close()
      // Its thread has ended by itself, with all that was sent on the disk.
      assert.equal(readFileSync(join(folder(), 'feed', 'term'), 'utf8'), '0\n')
    }
    signer.says = 'signs'
    const node = await start({ publish: { port: 0, key } })
    const feed = await openFeed(node.feedUrl!)
    const { nextRecord } = await reached(feed, ({ miniBlockNumber }) => miniBlockNumber >= 32n)
    await follow(feed, nextRecord)
    feed.close()
    await node.close()
    server.close()
  })

  test('must be at an http address where it is another process', async () => {
    const key = { kind: 'remote', url: 'localhost:8550', address: KEY_ADDRESS } as const
    await assert.rejects(start({ publish: { port: 0, key } }), /the remote signer has no http address/)
  })
})

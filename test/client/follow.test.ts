/** The follower of pages, over real WebSockets. */
import assert from 'node:assert/strict'
import { afterEach, before, describe, it } from 'node:test'
import { FollowError, type Follower, type FollowOptions, follow } from '../../src/client/index.ts'
import type { FeedEntry, LogRecord } from '../../src/feed/index.ts'
import { entriesOf, testSigner } from '../../src/feed/testing/index.ts'
import { bytesToHex } from '../../src/lib/index.ts'
import { eventually } from '../lib/index.ts'
import { FeedNode } from './FeedNode.ts'
import { recordedChain } from './recordedChain.ts'

const SEQUENCER = bytesToHex(testSigner().address) as `0x${string}`

let records: LogRecord[]
let entries: FeedEntry[]
before(async () => {
  records = await recordedChain()
  entries = await entriesOf(records)
})

let node: FeedNode | undefined
let follower: Follower | undefined
afterEach(async () => {
  follower?.close()
  follower = undefined
  await node?.close()
})

/** A node that has the first `count` entries, and a follower of it, with what that tells. */
async function begin(count: number, options: Partial<FollowOptions> = {}) {
  node = await FeedNode.start(entries.slice(0, count))
  follower = await follow({ url: node.url, ...options })
  const told = { miniBlocks: [] as bigint[], blocks: [] as bigint[], status: [] as string[] }
  const failed = Promise.withResolvers<FollowError>()
  follower.on('miniBlock', ({ number }) => told.miniBlocks.push(number))
  follower.on('block', ({ number }) => told.blocks.push(number))
  follower.on('status', (status) => told.status.push(status))
  follower.on('failed', failed.resolve)
  /** Waits until that is told; fails with the follower. */
  const tells = (what: string, isTold: () => boolean): Promise<void> =>
    Promise.race([
      eventually(what, async () => (isTold() ? true : undefined)).then(() => {}),
      failed.promise.then((error) => Promise.reject(error)),
    ])
  return { node, follower, told, failed: failed.promise, tells }
}

const sealed = (from: number): bigint[] =>
  entries.slice(from).flatMap(({ miniBlockNumber }, i, all) => {
    const before = i === 0 ? entries[from - 1]?.miniBlockNumber : all[i - 1]!.miniBlockNumber
    return miniBlockNumber === before ? [] : [miniBlockNumber]
  })

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error) => (error instanceof FollowError ? error.code : Promise.reject(error)),
  )

describe('a follower', () => {
  it('tells of every mini-block and block that comes, over lost connections', async () => {
    const half = Math.floor(entries.length / 2)
    const { told, tells } = await begin(half)
    for (let at = half; at < entries.length; at += 7) {
      node!.add(entries.slice(at, at + 7))
      if (at % 3 === 0) node!.drop()
    }
    const last = entries.at(-1)!.miniBlockNumber
    const headers = records.flatMap((record) => (record.kind === 'sealHeader' ? [record.number] : []))
    // The last header comes behind the last mini-block.
    const isWhole = () => told.miniBlocks.at(-1) === last && told.blocks.at(-1) === headers.at(-1)
    await tells('the last', isWhole)
    assert.deepEqual(told.miniBlocks.slice(-sealed(half).length), sealed(half))
    assert.ok(node!.connections > 1)
    assert.deepEqual([...new Set(told.status)].toSorted(), ['connecting', 'following'])
    assert.deepEqual(told.blocks, headers.slice(-told.blocks.length))
    assert.equal(follower!.block!.number, headers.at(-1))
  })

  it('joins anew where the node no longer has what it needs', async () => {
    const { told, tells } = await begin(20)
    node!.add(entries.slice(20, 30))
    await tells('the first', () => told.miniBlocks.length > 0)
    const cut = entries.at(-12)!.firstRecord
    node!.replace(await entriesOf(records.slice(Number(cut)), { nextRecord: cut }))
    node!.drop()
    const last = entries.at(-1)!.miniBlockNumber
    await tells('the last', () => told.miniBlocks.at(-1) === last)
  })

  it('trusts who is named first, or who is told', async () => {
    const { follower: trusting } = await begin(20)
    assert.equal(trusting.sequencer, SEQUENCER)
    const other = bytesToHex(testSigner(0x47).address) as `0x${string}`
    assert.equal(await codeOf(follow({ url: node!.url, sequencer: other })), 'WRONG_SIGNER')
    const pinned = await follow({ url: node!.url.replace('http', 'ws'), sequencer: SEQUENCER })
    pinned.close()
  })

  it('says where there is no feed, and where there is nobody', async () => {
    node = await FeedNode.start(entries)
    const { url } = node
    await node.close()
    assert.equal(await codeOf(follow({ url })), 'UNREACHABLE')
  })
})

describe('a follower of a liar', () => {
  const liars: [string, string, (node: FeedNode) => void][] = [
    ['alters a byte of an entry', 'WRONG_SIGNER', (n) => (n.lie = (bytes) => altered(bytes, 100))],
    ['sends cut entries', 'MALFORMED', (n) => (n.lie = (bytes) => bytes.subarray(0, 90))],
    [
      'does not keep to the protocol',
      'MALFORMED',
      (n) => (n.garble = (bytes) => bytes.map((byte) => byte ^ 0x55)),
    ],
  ]
  for (const [what, code, lie] of liars) {
    it(`that ${what} ends with ${code}`, async () => {
      const { failed, told, tells } = await begin(20)
      node!.add(entries.slice(20, 30))
      await tells('the first', () => told.miniBlocks.length > 0)
      lie(node!)
      node!.add(entries.slice(30))
      assert.equal((await failed).code, code)
      const count = told.miniBlocks.length
      const { connections } = node!
      await new Promise((resolve) => setTimeout(resolve, 300))
      assert.deepEqual([told.miniBlocks.length, node!.connections], [count, connections])
    })
  }

  it('that signs with another key ends with WRONG_SIGNER', async () => {
    const { failed } = await begin(30)
    node!.add((await entriesOf(records, { signer: testSigner(0x47) })).slice(30))
    assert.equal((await failed).code, 'WRONG_SIGNER')
  })

  it('that withholds entries ends with GAP', async () => {
    const { failed } = await begin(30)
    node!.add(entries.slice(31))
    assert.equal((await failed).code, 'GAP')
  })
})

function altered(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy[at]! ^= 1
  return copy
}

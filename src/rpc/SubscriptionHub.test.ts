import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak256 } from 'viem'
import { hexToBytes } from '../lib/index.ts'
import { EMPTY_CODE_HASH, type StateDiff } from '../protocol/index.ts'
import { Connection } from './Connection.ts'
import { RpcServer } from './RpcServer.ts'
import { callMethod, FakeChain, FakeOutlet, type Notification, signTransfer } from './testing/index.ts'

const ADDRESS = `0x${'0a'.repeat(20)}`
const OTHER = `0x${'0b'.repeat(20)}`
const KEY = new Uint8Array(32).fill(7)

/** A chain, a server, and what executes some transfers and seals a mini-block. */
async function start() {
  const chain = new FakeChain()
  const server = new RpcServer(chain)
  const transfers = await Promise.all(Array.from({ length: 40 }, (_, nonce) => signTransfer(nonce)))
  let count = 0
  const execute = async (times = 1): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const account = {
        address: hexToBytes(OTHER),
        deleted: false,
        nonce: BigInt(count),
        balance: 5n,
        codeHash: EMPTY_CODE_HASH,
      }
      chain.diffOfNext = { accounts: [account], slots: [], codes: [] }
      chain.logsOfNext = [{ address: hexToBytes(ADDRESS), topics: [], data: Uint8Array.of(count) }]
      await chain.submit(hexToBytes(transfers[count++]!))
    }
  }
  const miniBlock = async (times = 1): Promise<void> => {
    await execute(times)
    chain.sealMiniBlock()
  }
  return { chain, server, execute, miniBlock }
}

async function subscribe(
  server: RpcServer,
  params: unknown[],
  outlet = new FakeOutlet(),
): Promise<{ id: string; outlet: FakeOutlet; connection: Connection }> {
  const connection = new Connection(outlet)
  const { result, error } = await callMethod(server, 'eth_subscribe', params, connection)
  assert.equal(error, undefined)
  return { id: result as string, outlet, connection }
}

/** Without what differs between two subscriptions, and what is told of a block as soon as it is known. */
const streamOf = (notifications: Notification[]): unknown[] =>
  notifications.map(({ miniBlock, index, result }) => ({
    ...{ miniBlock, index },
    result: JSON.parse(JSON.stringify(result), (key, value) =>
      key === 'blockHash' || key === 'promise' ? undefined : value,
    ),
  }))

const diffOf = (parts: Partial<StateDiff>): StateDiff => ({ accounts: [], slots: [], codes: [], ...parts })

const TOPICS: readonly [name: string, options: object][] = [
  ['miniBlocks', {}],
  ['newHeads', {}],
  ['logs', { address: ADDRESS }],
  ['transactionReceipts', {}],
  ['stateChanges', {}],
  ['stateChanges', { addresses: [ADDRESS, OTHER] }],
]

describe('a notification', () => {
  it('carries its number in the subscription, its mini-block and its place there', async () => {
    const { server, execute, miniBlock } = await start()
    await miniBlock()
    await execute(2)
    const { id, outlet } = await subscribe(server, ['logs', {}])
    await execute(1)
    await miniBlock(2)
    await miniBlock(1)
    const places = (await outlet.of(id, 4)).map(({ sequence, miniBlock, index }) =>
      [sequence, miniBlock, index].map(Number),
    )
    // Two logs of the second mini-block came before the subscription.
    assert.deepEqual(places, [
      [0, 2, 2],
      [1, 2, 3],
      [2, 2, 4],
      [3, 3, 0],
    ])
  })
})

describe('stateChanges', () => {
  it('gives each watched account that changed, with its fields also where only slots did', async () => {
    const { chain, server, execute } = await start()
    const { id, outlet } = await subscribe(server, ['stateChanges', [ADDRESS]])
    await execute()
    const slot = { address: hexToBytes(ADDRESS), key: KEY, value: KEY.map((_, i) => (i === 31 ? 9 : 0)) }
    const fields = { deleted: false, nonce: 3n, balance: 16n, codeHash: EMPTY_CODE_HASH }
    chain.diffOfNext = diffOf({ accounts: [{ address: hexToBytes(ADDRESS), ...fields }] })
    await chain.submit(hexToBytes(await signTransfer(10)))
    chain.diffOfNext = diffOf({ slots: [slot] })
    await chain.submit(hexToBytes(await signTransfer(11)))
    chain.sealMiniBlock()
    await chain.submit(hexToBytes(await signTransfer(12)))
    chain.miniBlocks.fields.set(ADDRESS, { nonce: 4n, balance: 17n })
    chain.sealMiniBlock()
    const storage = { [`0x${'07'.repeat(32)}`]: '0x9' }
    const block = { address: ADDRESS, blockNumber: '0x1', storage }
    assert.deepEqual(streamOf(await outlet.of(id, 2)), [
      {
        ...{ miniBlock: '0x1', index: '0x0' },
        result: { ...block, nonce: 3, balance: '0x10', transactionIndex: '0x1', transactionCount: '0x2' },
      },
      {
        ...{ miniBlock: '0x2', index: '0x0' },
        result: { ...block, nonce: 4, balance: '0x11', transactionIndex: '0x3', transactionCount: '0x1' },
      },
    ])
  })

  it('gives all changes of each mini-block when no account is named', async () => {
    const { server, miniBlock } = await start()
    const { id, outlet } = await subscribe(server, ['stateChanges'])
    await miniBlock(2)
    const [{ result }] = (await outlet.of(id, 1)) as [Notification]
    assert.equal(result.mini_block_number, '0x1')
    assert.deepEqual(
      result.state_changes.map((chunk: { accounts: { nonce: number }[] }) => chunk.accounts[0]!.nonce),
      [0, 1],
    )
  })
})

describe('transactionReceipts', () => {
  it('gives the receipts of each mini-block together, all or those that are wanted', async () => {
    const { chain, server, miniBlock } = await start()
    const all = await subscribe(server, ['transactionReceipts'])
    const raw = await signTransfer(10)
    const wanted = keccak256(raw)
    const some = await subscribe(server, ['transactionReceipts', { transactionHashes: [wanted] }])
    await miniBlock(2)
    await miniBlock(0)
    await chain.submit(hexToBytes(raw))
    chain.sealMiniBlock()
    const told = await all.outlet.of(all.id, 2)
    assert.deepEqual(
      told.map(({ miniBlock, index, result }) => [miniBlock, index, result.length]),
      [
        ['0x1', '0x0', 2],
        ['0x3', '0x0', 1],
      ],
    )
    const [{ miniBlock: place, result }] = (await some.outlet.of(some.id, 1)) as [Notification]
    assert.equal(place, '0x3')
    assert.deepEqual(result, told[1]!.result)
    assert.deepEqual([result[0].transactionHash, result[0].miniBlock], [wanted, '0x3'])
  })

  it('refuses more hashes than go-ethereum takes, and what are none', async () => {
    const { server } = await start()
    const hash = `0x${'11'.repeat(32)}`
    const error = async (options: unknown): Promise<string | undefined> => {
      const connection = new Connection(new FakeOutlet())
      return (await callMethod(server, 'eth_subscribe', ['transactionReceipts', options], connection)).error
        ?.message
    }
    assert.match((await error({ transactionHashes: new Array(201).fill(hash) })) ?? '', /exceed max number/)
    assert.match((await error({ transactionHashes: ['0x11'] })) ?? '', /invalid argument 1/)
    assert.match((await error([hash])) ?? '', /invalid argument 1/)
  })
})

describe('fromMiniBlock', () => {
  for (const [name, options] of TOPICS) {
    it(`gives ${name} ${JSON.stringify(options)} again and goes on, nothing missing and nothing twice`, async () => {
      const { chain, server, execute, miniBlock } = await start()
      const live = await subscribe(server, [name, ...(Object.keys(options).length === 0 ? [] : [options])])
      for (let i = 0; i < 4; i++) await miniBlock(2)
      chain.seal()
      await miniBlock()
      await execute()
      // While it reads, the chain goes on; at the end in the middle of a mini-block.
      let left = 3
      chain.miniBlocks.beforeEach = async () => {
        if (left-- > 0) await miniBlock()
        else if (left === -1) await execute()
      }
      const from = name === 'stateChanges' ? '0x1' : '0x2'
      const late = await subscribe(server, [name, { ...options, fromMiniBlock: from }])
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
      await miniBlock()
      chain.seal()
      await miniBlock()
      const expected = (await live.outlet.of(live.id, 2)).filter(
        ({ miniBlock }) => Number(miniBlock) >= Number(from),
      )
      const got = await late.outlet.of(late.id, expected.length)
      assert.deepEqual(streamOf(got), streamOf(expected))
      assert.deepEqual(
        got.map(({ sequence }) => Number(sequence)),
        [...got.keys()],
      )
    })
  }
})

describe('fromMiniBlock and fromIndex', () => {
  it('goes on within a mini-block with fromIndex', async () => {
    const { server, miniBlock } = await start()
    const live = await subscribe(server, ['logs', {}])
    await miniBlock(3)
    await miniBlock(2)
    const late = await subscribe(server, ['logs', { fromMiniBlock: '0x1', fromIndex: '0x2' }])
    const all = await live.outlet.of(live.id, 5)
    assert.deepEqual(streamOf(await late.outlet.of(late.id, 3)), streamOf(all.slice(2)))
  })

  it('knows nonce and balance of an account of which only slots changed, from the changes before', async () => {
    const { chain, server } = await start()
    chain.stateAt = () => ({
      balance: () => 100n,
      nonce: () => 1n,
      code: () => new Uint8Array(0),
      storage: (_, key) => key,
    })
    const address = hexToBytes(ADDRESS)
    const slots = [{ address, key: KEY, value: KEY }]
    const fields = { deleted: false, nonce: 2n, balance: 50n, codeHash: EMPTY_CODE_HASH }
    for (const [nonce, diff] of [
      diffOf({ slots }),
      diffOf({ accounts: [{ address, ...fields }] }),
      diffOf({ slots }),
    ].entries()) {
      chain.diffOfNext = diff
      await chain.submit(hexToBytes(await signTransfer(nonce)))
      chain.sealMiniBlock()
    }
    const fieldsFrom = async (from: string, count: number) => {
      const { id, outlet } = await subscribe(server, [
        'stateChanges',
        { addresses: [ADDRESS], fromMiniBlock: from },
      ])
      return (await outlet.of(id, count)).map(({ result }) => [result.nonce, result.balance])
    }
    assert.deepEqual(await fieldsFrom('0x1', 3), [
      [1, '0x64'],
      [2, '0x32'],
      [2, '0x32'],
    ])
    assert.deepEqual(await fieldsFrom('0x3', 1), [[2, '0x32']])
  })

  it('leaves them out where the state before is not kept', async () => {
    const { chain, server } = await start()
    chain.diffOfNext = diffOf({ slots: [{ address: hexToBytes(ADDRESS), key: KEY, value: KEY }] })
    await chain.submit(hexToBytes(await signTransfer(0)))
    chain.sealMiniBlock()
    const { id, outlet } = await subscribe(server, [
      'stateChanges',
      { addresses: [ADDRESS], fromMiniBlock: '0x1' },
    ])
    const [{ result }] = (await outlet.of(id, 1)) as [Notification]
    assert.deepEqual(Object.keys(result), [
      'address',
      'storage',
      'blockNumber',
      'transactionIndex',
      'transactionCount',
    ])
  })
})

describe('a replay', () => {
  it('waits while the reader is behind', async () => {
    const { server, miniBlock } = await start()
    await miniBlock()
    await miniBlock()
    const outlet = new FakeOutlet()
    outlet.isBehind = true
    let go = (): void => {}
    outlet.caughtUp = () => new Promise((resolve) => (go = resolve))
    const { id } = await subscribe(server, ['miniBlocks', { fromMiniBlock: '0x1' }], outlet)
    await outlet.of(id, 1)
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(outlet.notifications.length, 1)
    outlet.isBehind = false
    go()
    await outlet.of(id, 2)
  })

  it('brings a few to the present at a time', async () => {
    const { chain, miniBlock } = await start()
    const server = new RpcServer(chain, { maxReplays: 1 })
    await miniBlock()
    const slow = new FakeOutlet()
    slow.isBehind = true
    let go = (): void => {}
    slow.caughtUp = () => new Promise((resolve) => (go = resolve))
    await subscribe(server, ['miniBlocks', { fromMiniBlock: '0x1' }], slow)
    let isSubscribed = false
    const second = subscribe(server, ['miniBlocks', { fromMiniBlock: '0x1' }]).then((subscribed) => {
      isSubscribed = true
      return subscribed
    })
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(isSubscribed, false)
    go()
    const { id, outlet } = await second
    await outlet.of(id, 1)
  })

  it('says when that is not kept, not there yet, or makes no sense', async () => {
    const { chain, server, miniBlock } = await start()
    for (let i = 0; i < 3; i++) await miniBlock()
    chain.miniBlocks.oldest = 2n
    const errorOf = async (...params: unknown[]) =>
      (await callMethod(server, 'eth_subscribe', params, new Connection(new FakeOutlet()))).error
    assert.deepEqual(await errorOf('miniBlocks', { fromMiniBlock: '0x1' }), {
      code: 4444,
      message: 'mini-blocks before 2 are not kept',
      data: '0x2',
    })
    assert.deepEqual(await errorOf('miniBlocks', { fromMiniBlock: '0x5' }), {
      code: -32000,
      message: "mini-block 0x5 isn't there yet, the newest is 0x3",
    })
    assert.match(
      (await errorOf('newPendingTransactions', { fromMiniBlock: '0x2' }))!.message,
      /can't be resumed/,
    )
    for (const options of [
      { fromMiniBlock: 2 },
      { fromMiniBlock: '0x0' },
      { fromIndex: '0x1' },
      { fromMiniBlock: '0x2', fromIndex: -1 },
    ]) {
      const error = await errorOf('logs', options)
      assert.equal(error?.code, -32602, JSON.stringify(options))
      assert.match(error.message, /^invalid argument 1: /)
    }
    assert.match((await errorOf('stateChanges', 5))!.message, /^invalid argument 1: /)
    // Nothing of them is left.
    assert.equal(chain.listeners.size, 0)
  })

  it('drops the reader when the log is pruned before it has read that far', async () => {
    const { chain, server, miniBlock } = await start()
    for (let i = 0; i < 3; i++) await miniBlock()
    const outlet = new FakeOutlet()
    const { id } = await subscribe(server, ['miniBlocks', { fromMiniBlock: '0x1' }], outlet)
    chain.miniBlocks.oldest = 2n
    await outlet.of(id, 0)
    while (outlet.dropped.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(outlet.dropped, ['mini-blocks before 2 are not kept'])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hexToBytes } from '../../lib/index.ts'
import { RpcServer } from '../RpcServer.ts'
import { callMethod, FakeChain, resultOf, signTransfer } from '../testing/index.ts'

const ADDRESS = `0x${'aa'.repeat(20)}`
const TOPIC = `0x${'bb'.repeat(32)}`

const log = (data: number) => ({
  address: hexToBytes(ADDRESS),
  topics: [hexToBytes(TOPIC)],
  data: Uint8Array.of(data),
})

async function start(limits = {}): Promise<{
  chain: FakeChain
  server: RpcServer
  /** A transaction with logs of these data; gives its hash. */
  send: (...data: number[]) => Promise<string>
  changes: (id: string) => Promise<never[]>
}> {
  const chain = new FakeChain()
  const server = new RpcServer(chain, limits)
  let nonce = 0
  return {
    chain,
    server,
    send: async (...data) => {
      chain.logsOfNext = data.map(log)
      return await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(nonce++)])
    },
    changes: (id) => resultOf(server, 'eth_getFilterChanges', [id]),
  }
}

const dataOf = (logs: { data: string }[]): number[] => logs.map(({ data }) => Number(data))

describe('eth_newFilter', () => {
  it('gives logs of transactions that are executed from then on, once, in open blocks too', async () => {
    const { chain, server, send, changes } = await start()
    await send(1)
    const id = await resultOf(server, 'eth_newFilter', [{ address: ADDRESS }])
    assert.match(id, /^0x[1-9a-f][0-9a-f]*$/)
    assert.deepEqual(await changes(id), [])
    await send(2, 3)
    assert.deepEqual(dataOf(await changes(id)), [2, 3])
    await send(4)
    chain.seal()
    await send(5)
    assert.deepEqual(dataOf(await changes(id)), [4, 5])
    assert.deepEqual(await changes(id), [])
    const all = await resultOf(server, 'eth_getFilterLogs', [id])
    assert.deepEqual(dataOf(all), [5], 'as eth_getLogs: of the latest block')
  })

  it('tells two questions at once apart', async () => {
    const { server, send, changes } = await start()
    const id = await resultOf(server, 'eth_newFilter', [{}])
    await send(1)
    const [first, second] = await Promise.all([changes(id), changes(id)])
    assert.deepEqual([dataOf(first), second], [[1], []])
  })

  it('gives what exceeds a limit with the next question', async () => {
    const { server, send, changes } = await start({ maxLogsResults: 2 })
    const id = await resultOf(server, 'eth_newFilter', [{}])
    await send(1, 2, 3)
    await send(4, 5)
    const pages = [await changes(id), await changes(id), await changes(id), await changes(id)]
    assert.deepEqual(pages.map(dataOf), [[1, 2], [3, 4], [5], []])
  })

  it('keeps to its blocks', async () => {
    const { chain, server, send, changes } = await start()
    const id = await resultOf(server, 'eth_newFilter', [{ fromBlock: '0x2', toBlock: '0x2' }])
    for (const data of [1, 2, 3]) {
      await send(data)
      chain.seal()
    }
    assert.deepEqual(dataOf(await changes(id)), [2])
    const { error } = await callMethod(server, 'eth_newFilter', [{ fromBlock: '0x3', toBlock: '0x2' }])
    assert.equal(error?.message, 'invalid block range params')
  })
})

describe('the other filters', () => {
  it('give hashes of blocks as they are sealed', async () => {
    const { chain, server, send, changes } = await start({ maxFilterChanges: 2 })
    const id = await resultOf(server, 'eth_newBlockFilter')
    for (let i = 0; i < 3; i++) {
      await send()
      chain.seal()
    }
    const hashes = chain.blocks.slice(-3).map(({ hash }) => `0x${Buffer.from(hash!).toString('hex')}`)
    assert.deepEqual([await changes(id), await changes(id)], [hashes.slice(0, 2), hashes.slice(2)])
    assert.equal((await callMethod(server, 'eth_getFilterLogs', [id])).error?.message, 'filter not found')
  })

  it('give transactions when they are queued or executed, once', async () => {
    const { chain, server, send, changes } = await start()
    const id = await resultOf(server, 'eth_newPendingTransactionFilter')
    const full = await resultOf(server, 'eth_newPendingTransactionFilter', [true])
    const executed = await send()
    assert.deepEqual(await changes(id), [executed])
    assert.deepEqual(
      (await changes(full)).map(({ hash }) => hash),
      [executed],
    )
    const raw = await signTransfer(1)
    const hash = hexToBytes((await import('viem')).keccak256(raw))
    const name = `0x${Buffer.from(hash).toString('hex')}`
    chain.pooled.set(name, { hash, sender: new Uint8Array(20), raw: hexToBytes(raw) } as never)
    chain.emit({ kind: 'queued', hash })
    assert.deepEqual(await changes(id), [name])
    chain.pooled.clear()
    assert.equal(await send(), name)
    assert.deepEqual(await changes(id), [], 'it was told when it was queued')
    for (const each of [id, full]) assert.equal(await resultOf(server, 'eth_uninstallFilter', [each]), true)
    assert.equal(chain.listeners.size, 0)
  })

  it('are gone when they are uninstalled, or not asked for long; and are so many at most', async ({
    mock,
  }) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const { server, changes } = await start({ maxFilters: 2, filterTimeoutMs: 50 })
    const [first, second] = [
      await resultOf(server, 'eth_newBlockFilter'),
      await resultOf(server, 'eth_newBlockFilter'),
    ]
    assert.notEqual(first, second)
    const refused = await callMethod(server, 'eth_newBlockFilter')
    assert.equal(refused.error?.message, 'too many filters (max 2)')
    assert.equal(await resultOf(server, 'eth_uninstallFilter', [first]), true)
    assert.equal(await resultOf(server, 'eth_uninstallFilter', [first]), false)
    assert.deepEqual(await changes(second), [])
    mock.timers.tick(51)
    const { error } = await callMethod(server, 'eth_getFilterChanges', [second])
    assert.deepEqual([error?.code, error?.message], [-32000, 'filter not found'])
    server.close()
  })
})

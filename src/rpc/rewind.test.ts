import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, hexToBytes } from '../lib/index.ts'
import { Connection } from './Connection.ts'
import { RpcServer } from './RpcServer.ts'
import { callMethod, FakeChain, FakeOutlet, resultOf, signTransfer } from './testing/index.ts'

const ADDRESS = `0x${'0a'.repeat(20)}`
const OTHER = `0x${'0b'.repeat(20)}`

/** Blocks 1, 2 and 3 have the logs 1, 2 and 3, block 3 is open. */
async function start() {
  const chain = new FakeChain()
  const server = new RpcServer(chain)
  let nonce = 0
  const send = async (data: number) => {
    chain.logsOfNext = [{ address: hexToBytes(ADDRESS), topics: [], data: Uint8Array.of(data) }]
    await chain.submit(hexToBytes(await signTransfer(nonce++)))
  }
  const begin = async () => {
    for (const data of [1, 2, 3]) {
      if (data > 1) chain.seal()
      await send(data)
    }
  }
  const changes = (id: string): Promise<Log[]> => resultOf(server, 'eth_getFilterChanges', [id])
  return { chain, server, send, begin, changes }
}

type Log = { data: string; removed: boolean; blockNumber: string }

const plain = (logs: Log[]) =>
  logs.map(({ data, removed, blockNumber }) => [Number(data), removed, Number(blockNumber)])

describe('a chain that goes back', () => {
  it('takes the logs back of those who subscribed to them, and tells the head again', async () => {
    const { chain, server, begin, send } = await start()
    await begin()
    const outlet = new FakeOutlet()
    const connection = new Connection(outlet)
    const subscribe = async (...params: unknown[]) =>
      (await callMethod(server, 'eth_subscribe', params, connection)).result as string
    const all = await subscribe('logs', {})
    const others = await subscribe('logs', { address: OTHER })
    const heads = await subscribe('newHeads')
    chain.rewind(1n)
    await send(7)
    const told = (await outlet.of(all, 3)).map(({ result }) => result as Log)
    assert.deepEqual(plain(told), [
      [2, true, 2],
      [3, true, 3],
      [7, false, 2],
    ])
    const [head] = await outlet.of(heads, 1)
    assert.equal((head!.result as { hash: string }).hash, bytesToHex(chain.blocks[1]!.hash!))
    assert.equal((await outlet.of(others, 0)).length, 0)
  })

  it('takes back what filters gave, and nothing else', async () => {
    const { chain, server, begin, send, changes } = await start()
    const early = await resultOf(server, 'eth_newFilter', [{}])
    const blocks = await resultOf(server, 'eth_newBlockFilter', [])
    await begin()
    const late = await resultOf(server, 'eth_newFilter', [{ address: ADDRESS }])
    assert.equal((await changes(early)).length, 3)
    await changes(blocks)
    await send(4)
    chain.rewind(1n)
    await send(9)
    chain.seal()
    // Log 4 was never told.
    assert.deepEqual(plain(await changes(early)), [
      [2, true, 2],
      [3, true, 3],
      [9, false, 2],
    ])
    assert.deepEqual(await changes(early), [])
    assert.deepEqual(plain(await changes(late)), [[9, false, 2]])
    assert.deepEqual(await changes(blocks), [bytesToHex(chain.blocks[2]!.hash!)])
  })
})

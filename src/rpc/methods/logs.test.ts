import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RpcServer } from '../RpcServer.ts'
import { callMethod, FakeChain, resultOf, signTransfer } from '../testing/index.ts'

const address = (n: number): string => `0x${n.toString(16).padStart(2, '0').repeat(20)}`
const topic = (n: number): string => `0x${n.toString(16).padStart(2, '0').repeat(32)}`
const bytes = (hex: string): Uint8Array => Buffer.from(hex.slice(2), 'hex')

/** Blocks 1 to 3 with two logs each: address n, topics [n, 9] and [n, 8, 7]; data tells block and log. */
async function chainWithLogs(limits = {}): Promise<{ chain: FakeChain; server: RpcServer }> {
  const chain = new FakeChain()
  const server = new RpcServer(chain, limits)
  for (let n = 1; n <= 3; n++) {
    chain.logsOfNext = [
      { address: bytes(address(n)), topics: [topic(n), topic(9)].map(bytes), data: Uint8Array.of(n, 0) },
      {
        address: bytes(address(n)),
        topics: [topic(n), topic(8), topic(7)].map(bytes),
        data: Uint8Array.of(n, 1),
      },
    ]
    await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(n - 1)])
    if (n < 3) chain.seal()
  }
  return { chain, server }
}

describe('eth_getLogs', () => {
  it('filters by addresses and topics', async () => {
    const { server } = await chainWithLogs()
    const find = async (filter: object): Promise<string[]> => {
      const logs: { data: string }[] = await resultOf(server, 'eth_getLogs', [
        { fromBlock: '0x0', ...filter },
      ])
      return logs.map(({ data }) => data.slice(2))
    }
    assert.deepEqual(await find({}), ['0100', '0101', '0200', '0201', '0300', '0301'])
    assert.deepEqual(await find({ address: address(2) }), ['0200', '0201'])
    assert.deepEqual(await find({ address: [address(1), address(3)] }), ['0100', '0101', '0300', '0301'])
    assert.deepEqual(await find({ address: [] }), await find({}))
    assert.deepEqual(await find({ topics: [topic(1)] }), ['0100', '0101'])
    assert.deepEqual(await find({ topics: [null, topic(9)] }), ['0100', '0200', '0300'])
    assert.deepEqual(await find({ topics: [[topic(1), topic(2)], [topic(8)]] }), ['0101', '0201'])
    assert.deepEqual(await find({ topics: [null, null, topic(7)] }), ['0101', '0201', '0301'])
    assert.deepEqual(await find({ topics: [null, null, null] }), ['0101', '0201', '0301'])
    assert.deepEqual(await find({ topics: [[topic(1), null]] }), await find({}))
    assert.deepEqual(await find({ topics: [topic(9)] }), [])
    assert.deepEqual(await find({ fromBlock: '0x2', toBlock: '0x2' }), ['0200', '0201'])
    assert.deepEqual(await find({ fromBlock: 'latest', toBlock: 'pending' }), ['0300', '0301'])
  })

  it('reads the newest block unless told otherwise, and one block by its hash', async () => {
    const { chain, server } = await chainWithLogs()
    const logs: { blockNumber: string }[] = await resultOf(server, 'eth_getLogs', [{}])
    assert.deepEqual(
      logs.map(({ blockNumber }) => blockNumber),
      ['0x3', '0x3'],
    )
    const blockHash = `0x${Buffer.from(chain.blocks[2]!.hash!).toString('hex')}`
    const byHash: object[] = await resultOf(server, 'eth_getLogs', [{ blockHash, topics: [null, topic(9)] }])
    assert.equal(byHash.length, 1)
    assert.equal((byHash[0] as { blockHash: string }).blockHash, blockHash)
  })

  it('refuses bad filters in go-ethereum’s words', async () => {
    const { chain, server } = await chainWithLogs()
    const failure = async (filter: unknown): Promise<unknown> => {
      const { error } = await callMethod(server, 'eth_getLogs', [filter])
      return [error?.code, error?.message]
    }
    assert.deepEqual(await failure({ fromBlock: '0x2', toBlock: '0xffff' }), [
      -32602,
      'block range extends beyond current head block',
    ])
    assert.deepEqual(await failure({ fromBlock: '0x2', toBlock: '0x1' }), [
      -32602,
      'invalid block range params',
    ])
    assert.deepEqual(await failure({ blockHash: topic(1) }), [-32000, 'unknown block'])
    chain.firstNumber = 2n
    assert.deepEqual(await failure({ fromBlock: '0x1' }), [-32000, 'blocks before 2 are not kept'])
    assert.deepEqual(await failure({ blockHash: topic(1), fromBlock: '0x1' }), [
      -32602,
      'invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
    ])
    assert.deepEqual(await failure({ topics: [1, 2, 3, 4, 5] }), [
      -32602,
      'invalid argument 0: exceed max topics',
    ])
    assert.deepEqual(await failure({ topics: [5] }), [-32602, 'invalid argument 0: invalid topic(s)'])
    assert.deepEqual(await failure({ address: 5 }), [
      -32602,
      'invalid argument 0: invalid addresses in query',
    ])
    assert.deepEqual(await failure({ address: ['0x00', 7] }), [
      -32602,
      'invalid argument 0: hex has invalid length 1 after decoding; expected 20 for address',
    ])
    assert.deepEqual(await failure({ address: [7] }), [
      -32602,
      'invalid argument 0: non-string address at index 0',
    ])
    assert.deepEqual(await failure({ address: 'xyz' }), [
      -32602,
      'invalid argument 0: invalid address: hex string without 0x prefix',
    ])
  })

  it('keeps to its limits', async () => {
    const { server } = await chainWithLogs({ maxLogsBlockRange: 2n, maxLogsResults: 3, maxFilterItems: 2 })
    const failure = async (filter: object): Promise<unknown> => {
      const { error } = await callMethod(server, 'eth_getLogs', [filter])
      return [error?.code, error?.message]
    }
    assert.deepEqual(await failure({ fromBlock: '0x0' }), [
      -32005,
      'block range is too large: 4 blocks (max 2)',
    ])
    assert.deepEqual(await failure({ fromBlock: '0x2' }), [
      -32005,
      'query returned more than 3 results: ask for fewer blocks or a narrower filter',
    ])
    const many = [address(1), address(2), address(3)]
    assert.deepEqual(await failure({ address: many }), [-32602, 'exceed max addresses'])
    assert.deepEqual(await failure({ topics: [many.map((_, i) => topic(i))] }), [-32602, 'exceed max topics'])
  })
})

describe('eth_getLogs of blocks that are final', () => {
  it('gives the same again, also to filters that find others of their logs', async () => {
    const { chain, server } = await chainWithLogs()
    chain.durableNumber = chain.headNumber
    const everything = { fromBlock: '0x0', toBlock: 'latest' }
    const all: object[] = await resultOf(server, 'eth_getLogs', [everything])
    const some: object[] = await resultOf(server, 'eth_getLogs', [{ ...everything, address: address(2) }])
    assert.deepEqual(await resultOf(server, 'eth_getLogs', [everything]), all)
    const ofTwo = all.filter((log) => (log as { address: string }).address === address(2))
    assert.ok(ofTwo.length > 0 && ofTwo.length < all.length)
    assert.deepEqual(some, ofTwo)
  })
})

describe('eth_getLogsWithCursor', () => {
  it('gives page after page what eth_getLogs gives, also inside of a transaction', async () => {
    const { server } = await chainWithLogs()
    const filter = { fromBlock: '0x0', toBlock: 'latest', topics: [null, [topic(9), topic(8)]] }
    const all: object[] = await resultOf(server, 'eth_getLogs', [filter])
    for (const maxLogsResults of [1, 2, 4, 5, 6, 7]) {
      const { server: limited } = await chainWithLogs({ maxLogsResults })
      const pages: object[][] = []
      let cursor: string | undefined
      do {
        const page: { logs: object[]; cursor?: string } = await resultOf(limited, 'eth_getLogsWithCursor', [
          { ...filter, ...(cursor === undefined ? {} : { cursor }) },
        ])
        pages.push(page.logs)
        cursor = page.cursor
      } while (cursor !== undefined)
      assert.deepEqual(pages.flat(), all)
      assert.equal(pages.length, Math.ceil(6 / maxLogsResults))
    }
  })

  it('pages by the size of answers, and one block', async () => {
    const { chain, server } = await chainWithLogs({ maxAnswerBytes: 700 })
    const blockHash = `0x${Buffer.from(chain.blocks[1]!.hash!).toString('hex')}`
    const first: { logs: object[]; cursor: string } = await resultOf(server, 'eth_getLogsWithCursor', [
      { blockHash },
    ])
    assert.deepEqual([first.logs.length, first.cursor], [1, '0x1-1'])
    const { cursor } = first
    const second: object = await resultOf(server, 'eth_getLogsWithCursor', [{ blockHash, cursor }])
    assert.deepEqual(Object.keys(second), ['logs'])
  })

  it('refuses cursors that are none, or of another query', async () => {
    const { server } = await chainWithLogs()
    for (const [cursor, message] of [
      ['', 'invalid argument 0: invalid cursor'],
      [7, 'invalid argument 0: invalid cursor'],
      ['0x1-', 'invalid argument 0: invalid cursor'],
      ['0x7-0', 'the cursor is of another query'],
    ]) {
      const { error } = await callMethod(server, 'eth_getLogsWithCursor', [{ fromBlock: '0x1', cursor }])
      assert.equal(error?.message, message)
    }
  })
})

describe('LogWriter', () => {
  it('writes what logJson says, of logs of any shape', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    chain.logsOfNext = [0, 1, 2, 3, 4].flatMap((count) =>
      [0, 1, 31, 32, 60, 300].map((length) => ({
        address: bytes(address(count)),
        topics: Array.from({ length: count }, (_, i) => bytes(topic(i))),
        data: new Uint8Array(length).fill(7),
      })),
    )
    const hash = await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(0)])
    const receipt: { logs: object[] } = await resultOf(server, 'eth_getTransactionReceipt', [hash])
    const logs: object[] = await resultOf(server, 'eth_getLogs', [{}])
    assert.equal(JSON.stringify(logs), JSON.stringify(receipt.logs))
    assert.equal(logs.length, 30)
  })
})

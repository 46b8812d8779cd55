import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Address, encodeFunctionData, type Hex, numberToHex, pad } from 'viem'
import {
  accounts,
  assertBlockForm,
  assertHeaderForm,
  assertReceiptForm,
  bytes,
  type Call,
  type Chain,
  Clients,
  compile,
  delay,
  eventually,
  HttpRpc,
  hex,
  type Json,
  leveretOnly,
  sealedBlock,
  signTransaction,
  startChain,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'

/** What Blockscout's indexer asks, in its variants for geth and for Nethermind and Erigon. */
const TRACER = { tracer: 'callTracer', timeout: '5s' }
const sender = accounts[4]!.address.toLowerCase() as Address
const poor = unfundedAccount(80).address.toLowerCase() as Address
const reverter = compile('Reverter')
const delegate = compile('Delegate')
const increment = encodeFunctionData({ ...reverter, functionName: 'increment' })
const failing = encodeFunctionData({ ...reverter, functionName: 'withReason' })

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let counter: Address
let multicall: Address
/** Of a call with two inside, of one that fails inside, of a creation. */
let receipts: Record<'nested' | 'failed' | 'created', Json>
/** Those blocks and all between, in order. */
let numbers: Hex[]

before(async () => {
  chain = await startChain({ blockMs: 250 })
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  counter = (await clients.deploy(reverter, [])).toLowerCase() as Address
  multicall = (await clients.deploy(delegate, [])).toLowerCase() as Address
  const nested = await execute([
    { to: poor, value: 7n, data: '0x' },
    { to: counter, value: 0n, data: increment },
  ])
  await delay(300)
  const failed = await execute([{ to: counter, value: 0n, data: failing }], 200_000n)
  const created = await receiptOf(
    await clients.wallet(4).sendTransaction({ data: reverter.bytecode, gas: 2_000_000n }),
  )
  receipts = { nested, failed, created }
  const [first, last] = [nested, created].map((receipt) => Number(receipt.blockNumber)) as [number, number]
  numbers = Array.from({ length: last - first + 1 }, (_, i) => numberToHex(first + i))
  for (const number of numbers) await sealedBlock(rpc, number)
})
after(async () => {
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

async function execute(calls: { to: Address; value: bigint; data: Hex }[], gas?: bigint): Promise<Json> {
  const value = calls.reduce((sum, call) => sum + call.value, 0n)
  const data = encodeFunctionData({ ...delegate, functionName: 'execute', args: [calls] })
  const limit = gas === undefined ? {} : { gas }
  return await receiptOf(await clients.wallet(4).sendTransaction({ to: multicall, data, value, ...limit }))
}

async function receiptOf(hash: Hex): Promise<Json> {
  await clients.receipt(hash)
  return await rpc.call('eth_getTransactionReceipt', [hash])
}

const all = (method: string, ...params: unknown[]): Call[] =>
  numbers.map((number) => [method, [number, ...params]])

describe('Blockscout’s block fetchers', () => {
  it('fetch blocks with their transactions, then all receipts, in batches', async () => {
    const blocks: Json[] = await rpc.results(all('eth_getBlockByNumber', true))
    for (const [index, block] of blocks.entries()) {
      assertBlockForm(block)
      assert.equal(block.number, numbers[index])
      if (index > 0) assert.equal(block.parentHash, blocks[index - 1].hash)
    }
    const transactions: Json[] = blocks.flatMap((block) => block.transactions)
    const batch: Call[] = transactions.map(({ hash }) => ['eth_getTransactionReceipt', [hash]])
    for (const [index, receipt] of (await rpc.results(batch)).entries()) {
      assertReceiptForm(receipt)
      const { hash, blockHash, transactionIndex } = transactions[index]
      assert.deepEqual(
        [receipt.transactionHash, receipt.blockHash, receipt.transactionIndex],
        [hash, blockHash, transactionIndex],
      )
    }
    const byBlock: Json[] = (await rpc.results(all('eth_getBlockReceipts'))).flat()
    assert.deepEqual(
      byBlock.map((receipt) => receipt.transactionHash),
      transactions.map(({ hash }) => hash),
    )
  })

  it('fetch balances and codes of many addresses at given blocks', async () => {
    const number = receipts.nested.blockNumber
    const before = numberToHex(BigInt(number) - 1n)
    const address = receipts.created.contractAddress
    const values = await rpc.results([
      ['eth_getBalance', [poor, before]],
      ['eth_getBalance', [poor, number]],
      ['eth_getCode', [address, before]],
      ['eth_getCode', [address, receipts.created.blockNumber]],
      ['eth_getBalance', [multicall, number]],
    ])
    const code = await clients.client.getCode({ address: counter })
    assert.deepEqual(values, ['0x0', '0x7', '0x', code, '0x0'])
  })

  it('find no uncles', async () => {
    const block = await sealedBlock(rpc, numbers[0]!)
    assert.deepEqual(block.uncles, [])
    assert.equal(await rpc.call('eth_getUncleByBlockHashAndIndex', [block.hash, '0x0']), null)
  })

  it('hear of new heads, each of which is there by then', async () => {
    const socket = await WsRpc.open(chain.wsUrl)
    const heads: Json[] = []
    await socket.subscribe('newHeads', (head) => heads.push(head))
    await receiptOf(await clients.wallet(5).sendTransaction({ to: poor, value: 1n }))
    await eventually('a head', async () => (heads.length > 0 ? true : undefined))
    for (const head of heads) {
      assertHeaderForm(head)
      const block = await rpc.call('eth_getBlockByNumber', [head.number, true])
      assert.deepEqual([block.hash, block.stateRoot], [head.hash, head.stateRoot])
    }
    assert.ok(BigInt(await rpc.call('eth_blockNumber')) >= BigInt(heads[0].number))
    assert.equal(await rpc.call('eth_syncing'), false)
    socket.close()
  })

  it('see what waits in the pool, by sender and nonce', async () => {
    const to = bytes(poor)
    const tx = { type: 2, chainId: 31337n, gasLimit: 21_000n, maxFeePerGas: 10n ** 10n, to } as const
    const raw = hex(signTransaction({ ...tx, nonce: 5n, value: 3n }, accounts[6]!.key))
    const hash = await rpc.call('eth_sendRawTransaction', [raw])
    const { queued } = await rpc.call('txpool_content')
    const bySender = Object.entries(queued as Record<string, Json>).find(
      ([address]) => address.toLowerCase() === accounts[6]!.address.toLowerCase(),
    )
    const waiting = bySender?.[1]['5']
    assert.deepEqual([waiting.hash, waiting.value, waiting.blockHash], [hash, '0x3', null])
  })
})

describe('Blockscout’s internal transactions of geth', () => {
  it('come from callTracer, by transaction and in a batch', async () => {
    const batch: Call[] = [receipts.nested, receipts.failed, receipts.created].map(({ transactionHash }) => [
      'debug_traceTransaction',
      [transactionHash, TRACER],
    ])
    const [nested, failed, created] = await rpc.results(batch)
    assert.deepEqual([nested.type, nested.from, nested.to], ['CALL', sender, multicall])
    assert.equal(nested.gasUsed, receipts.nested.gasUsed)
    assert.deepEqual(
      nested.calls.map(({ type, from, to, value, input }: Json) => [type, from, to, value, input]),
      [
        ['CALL', multicall, poor, '0x7', '0x'],
        ['CALL', multicall, counter, '0x0', increment],
      ],
    )
    assert.equal(BigInt(nested.calls[1].output), 1n)
    assert.deepEqual([failed.error, failed.revertReason], ['execution reverted', 'no such thing'])
    assert.deepEqual([failed.calls[0].error, failed.calls[0].to], ['execution reverted', counter])
    assert.deepEqual([created.type, created.to], ['CREATE', receipts.created.contractAddress])
    assert.equal(created.input, reverter.bytecode)
    assert.equal(created.output, await rpc.call('eth_getCode', [created.to, 'latest']))
  })

  it('come by block, each with its hash, and the first call alone', async () => {
    const blocks: Json[] = await rpc.results(all('debug_traceBlockByNumber', TRACER))
    for (const [index, results] of blocks.entries()) {
      const { transactions } = await sealedBlock(rpc, numbers[index]!)
      assert.deepEqual(
        results.map(({ txHash }: Json) => txHash),
        transactions,
      )
      for (const { txHash, result } of results) {
        assert.deepEqual(await rpc.call('debug_traceTransaction', [txHash, TRACER]), result)
      }
    }
    const config = { ...TRACER, tracerConfig: { onlyTopCall: true } }
    const top = await rpc.call('debug_traceTransaction', [receipts.nested.transactionHash, config])
    assert.deepEqual([top.to, top.calls], [multicall, undefined])
  })

  it('say what is not there', leveretOnly('anvil gives an empty trace'), async () => {
    const [answer] = await rpc.batch([['debug_traceTransaction', [pad('0x5'), TRACER]]])
    assert.ok(answer!.error !== undefined, JSON.stringify(answer))
  })
})

describe('Blockscout’s internal transactions of Nethermind and Erigon', () => {
  it('come from trace_replayBlockTransactions', async () => {
    const replays: Json[] = (await rpc.results(all('trace_replayBlockTransactions', ['trace']))).flat()
    const blocks: Json[] = await rpc.results(all('eth_getBlockByNumber', false))
    assert.deepEqual(
      replays.map(({ transactionHash }) => transactionHash),
      blocks.flatMap(({ transactions }) => transactions),
    )
    const traceOf = (receipt: Json): Json[] =>
      replays.find(({ transactionHash }) => transactionHash === receipt.transactionHash).trace
    assert.deepEqual(
      traceOf(receipts.nested).map(({ type, action, traceAddress, subtraces }) => [
        ...[type, action.callType, action.from, action.to, action.value],
        ...[traceAddress.join(), subtraces],
      ]),
      [
        ['call', 'call', sender, multicall, '0x7', '', 2],
        ['call', 'call', multicall, poor, '0x7', '0', 0],
        ['call', 'call', multicall, counter, '0x0', '1', 0],
      ],
    )
    assert.deepEqual(
      traceOf(receipts.failed).map(({ error }) => error),
      ['Reverted', 'Reverted'],
    )
    const [creation] = traceOf(receipts.created)
    assert.deepEqual(
      [creation.type, creation.action.init, creation.result.address],
      ['create', reverter.bytecode, receipts.created.contractAddress],
    )
    assert.equal(creation.result.code, await rpc.call('eth_getCode', [creation.result.address, 'latest']))
  })

  it('and the block’s traces have no rewards', async () => {
    for (const [index, traces] of (await rpc.results(all('trace_block'))).entries()) {
      const { hash, transactions } = await sealedBlock(rpc, numbers[index]!)
      assert.deepEqual([...new Set(traces.map((trace: Json) => trace.transactionHash))], transactions)
      for (const trace of traces) {
        assert.notEqual(trace.type, 'reward')
        assert.deepEqual([trace.blockHash, trace.blockNumber], [hash, Number(numbers[index])])
        assert.equal(transactions[trace.transactionPosition], trace.transactionHash)
      }
    }
  })
})

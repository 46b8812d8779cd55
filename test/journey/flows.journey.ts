import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Contract, FallbackProvider, type InterfaceAbi, JsonRpcProvider } from 'ethers'
import { type Address, encodeFunctionData, type Hex, parseAbiItem, parseGwei } from 'viem'
import { accounts, type Chain, Clients, compile, eventually, leveretOnly, startChain } from '../lib/index.ts'

/** Flows of viem and ethers beside sending and reading: watching, filling in, batching, confirmations. */
const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const reverter = compile('Reverter')
const increment = encodeFunctionData({ ...reverter, functionName: 'increment' })
const counted = parseAbiItem('event Counted(address indexed by, uint256 value)')

let chain: Chain
let clients: Clients
let counter: Address

before(async () => {
  chain = await startChain({ blockMs: 250 })
  clients = new Clients(chain)
  counter = await clients.deploy(reverter, [])
})
after(async () => {
  await clients?.close()
  await chain?.stop()
})

async function count(who = 0): Promise<Hex> {
  const hash = await clients.wallet(who).sendTransaction({ to: counter, data: increment })
  await clients.receipt(hash)
  return hash
}

describe('viem’s watchers', () => {
  it('hear each event once, in order, polling over http and over a WebSocket', async () => {
    for (const client of [clients.client, clients.socketClient]) {
      const heard: (Hex | null)[] = []
      const unwatch = client.watchEvent({
        ...{ address: counter, event: counted, args: { by: bob }, pollingInterval: 20 },
        onLogs: (logs) => heard.push(...logs.map(({ transactionHash }) => transactionHash)),
      })
      // Until a poller's first question is answered, nobody listens.
      await eventually('the first event', async () => {
        const hash = await count(1)
        return await eventually('it heard', async () => heard.includes(hash) || undefined, 300).catch(
          () => undefined,
        )
      })
      const sent = [await count(1), await count(1), await count(1)]
      await count(0)
      await eventually('the events', async () => heard.includes(sent[2]!) || undefined)
      unwatch()
      assert.deepEqual(heard.slice(-3), sent)
      assert.equal(new Set(heard).size, heard.length)
    }
  })

  it('hear of block numbers that rise by one', async () => {
    const numbers: bigint[] = []
    const unwatch = clients.client.watchBlockNumber({
      ...{ emitMissed: true, emitOnBegin: true, pollingInterval: 20 },
      onBlockNumber: (number) => numbers.push(number),
    })
    await eventually('four blocks', async () => {
      await count(2)
      return numbers.length >= 4 || undefined
    })
    unwatch()
    for (const [index, number] of numbers.entries()) assert.equal(number, numbers[0]! + BigInt(index))
  })

  it('hear of sealed blocks over a WebSocket', async () => {
    const blocks: { number: bigint | null; hash: Hex | null }[] = []
    const unwatch = clients.socketClient.watchBlocks({ onBlock: (block) => blocks.push(block) })
    await eventually('two blocks', async () => {
      await count(2)
      return blocks.length >= 2 || undefined
    })
    unwatch()
    for (const { number, hash } of blocks) {
      assert.equal((await clients.client.getBlock({ blockHash: hash! })).number, number)
    }
  })
})

describe('viem’s filters', () => {
  it('tell what happened since they were asked, once, and all of it on demand', async () => {
    const { client } = clients
    const fromBlock = await client.getBlockNumber()
    const filter = await client.createEventFilter({
      ...{ address: counter, event: counted, args: { by: accounts[8]!.address } },
      fromBlock,
    })
    const blocks = await client.createBlockFilter()
    const pending = await client.createPendingTransactionFilter()
    const hashes = [await count(8), await count(8)]
    await count(9)
    const changes = await client.getFilterChanges({ filter })
    assert.deepEqual(
      changes.map(({ transactionHash, eventName }) => [transactionHash, eventName]),
      hashes.map((hash) => [hash, 'Counted']),
    )
    assert.deepEqual(await client.getFilterChanges({ filter }), [])
    hashes.push(await count(8))
    const more = await client.getFilterChanges({ filter })
    assert.deepEqual(
      more.map(({ transactionHash }) => transactionHash),
      hashes.slice(2),
    )
    const logs = await client.getFilterLogs({ filter })
    assert.deepEqual(
      logs.map(({ transactionHash }) => transactionHash),
      hashes,
    )
    const announced = await client.getFilterChanges({ filter: pending })
    for (const hash of hashes) assert.equal(announced.filter((each) => each === hash).length, 1)
    const { blockNumber } = await client.getTransactionReceipt({ hash: hashes[2]! })
    const seen: Hex[] = []
    await eventually('the block', async () => {
      seen.push(...(await client.getFilterChanges({ filter: blocks })))
      const { hash } = await client.getBlock({ blockNumber })
      return (hash !== null && seen.includes(hash)) || undefined
    })
    assert.equal(new Set(seen).size, seen.length)
    assert.equal(await client.uninstallFilter({ filter }), true)
    assert.equal(await client.uninstallFilter({ filter }), false)
  })
})

describe('viem’s preparing', () => {
  it('simulates a write, and the write does what was simulated', async () => {
    const { result, request } = await clients.client.simulateContract({
      ...{ address: counter, abi: reverter.abi, functionName: 'increment', account: alice },
    })
    await clients.receipt(
      await clients.wallet(0).writeContract({ ...request, account: clients.wallet(0).account }),
    )
    const value = await clients.client.readContract({ address: counter, ...reverter, functionName: 'count' })
    assert.equal(value, result)
  })

  it('reads many in one call, without a contract on the chain that does so', async () => {
    const read = { address: counter, abi: reverter.abi }
    const results = await clients.client.multicall({
      contracts: [
        { ...read, functionName: 'count' },
        { ...read, functionName: 'divide', args: [84n, 2n] },
        { ...read, functionName: 'withReason' },
      ],
      deployless: true,
    })
    assert.deepEqual(
      results.map(({ status }) => status),
      ['success', 'success', 'failure'],
    )
    const value = await clients.client.readContract({ ...read, functionName: 'count' })
    assert.deepEqual([results[0]!.result, results[1]!.result], [value, 42n])
  })

  it('fills a transaction in so that it can be sent as it is', async () => {
    const wallet = clients.wallet(3)
    const fees = await clients.client.estimateFeesPerGas()
    const { baseFeePerGas } = await clients.client.getBlock()
    assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas && fees.maxFeePerGas < parseGwei('10'))
    assert.ok(fees.maxFeePerGas >= baseFeePerGas!)
    const request = await wallet.prepareTransactionRequest({ to: counter, data: increment })
    assert.deepEqual([request.nonce, request.chainId, request.type], [0, 31337, 'eip1559'])
    const receipt = await wallet.sendRawTransactionSync({
      serializedTransaction: await wallet.signTransaction(request),
    })
    assert.deepEqual([receipt.status, receipt.to], ['success', counter.toLowerCase()])
    assert.ok(receipt.gasUsed <= request.gas)
    assert.equal(receipt.logs.length, 1)
  })
})

describe('viem’s raw requests', () => {
  it('trace', async () => {
    const hash = await count(4)
    const request = clients.client.request as (call: { method: string; params: unknown[] }) => Promise<never>
    const calls: { to: string; gasUsed: Hex } = await request({
      ...{ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] },
    })
    const { gasUsed } = await clients.client.getTransactionReceipt({ hash })
    assert.deepEqual([calls.to, BigInt(calls.gasUsed)], [counter.toLowerCase(), gasUsed])
  })
})

describe('ethers’ polling', () => {
  it('tells block numbers that rise by one, each with its block', async () => {
    const numbers: number[] = []
    const listener = (number: number) => numbers.push(number)
    await clients.provider.on('block', listener)
    await eventually('four blocks', async () => {
      await count(5)
      return numbers.length >= 4 || undefined
    })
    await clients.provider.off('block', listener)
    for (const [index, number] of numbers.entries()) {
      assert.equal(number, numbers[0]! + index)
      assert.equal((await clients.provider.getBlock(number))?.number, number)
    }
  })

  it('waits for confirmations', leveretOnly('anvil makes no block without a transaction'), async () => {
    const response = await clients.signer(6).sendTransaction({ to: bob, value: 1n })
    const receipt = await response.wait(2)
    assert.equal(receipt?.status, 1)
    assert.ok((await clients.provider.getBlockNumber()) > receipt!.blockNumber)
    const block = await clients.provider.getBlock(receipt!.blockNumber)
    assert.ok(block?.transactions.includes(receipt!.hash))
  })

  it('hears a contract’s events by polling logs', async () => {
    const contract = new Contract(counter, reverter.abi as InterfaceAbi, clients.provider)
    const heard: bigint[] = []
    await contract.on('Counted', (_by: string, value: bigint) => heard.push(value))
    await eventually('three events', async () => {
      await count(7)
      return heard.length >= 3 || undefined
    })
    await contract.off('Counted')
    for (const [index, value] of heard.entries()) assert.equal(value, heard[0]! + BigInt(index))
  })
})

describe('ethers’ providers', () => {
  it('batch as many requests as they are told to', async () => {
    const options = { staticNetwork: true, batchMaxCount: 10, cacheTimeout: -1 }
    const provider = new JsonRpcProvider(chain.url, 31337, options)
    const nonces = await Promise.all(
      Array.from({ length: 35 }, (_, i) => provider.getTransactionCount(accounts[i % 10]!.address)),
    )
    const single = await Promise.all(
      accounts.map(({ address }) => clients.client.getTransactionCount({ address })),
    )
    assert.deepEqual(
      nonces,
      nonces.map((_, i) => single[i % 10]),
    )
    provider.destroy()
  })

  it('agree with one another under FallbackProvider', async () => {
    const providers = [1, 2, 3].map(() => new JsonRpcProvider(chain.url, 31337, { staticNetwork: true }))
    const fallback = new FallbackProvider(providers, 31337, { quorum: 2 })
    assert.equal(await fallback.getBalance(alice), await clients.client.getBalance({ address: alice }))
    const logs = await fallback.getLogs({ address: counter, fromBlock: 0, toBlock: 'latest' })
    const value = await clients.client.readContract({ address: counter, ...reverter, functionName: 'count' })
    assert.equal(BigInt(logs.length), value)
    assert.equal(BigInt(logs.at(-1)!.data), value)
    fallback.destroy()
    for (const provider of providers) provider.destroy()
  })
})

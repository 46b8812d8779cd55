import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Address, encodeFunctionData, erc20Abi, type Hex, numberToHex, pad, toEventSelector } from 'viem'
import {
  accounts,
  assertBlockForm,
  assertLogForm,
  assertReceiptForm,
  type Call,
  type Chain,
  Clients,
  compile,
  delay,
  eventually,
  HttpRpc,
  type Json,
  sealedBlock,
  startChain,
} from '../lib/index.ts'

/** What graph-node asks of a chain to index a subgraph with event, call and block handlers. */
const TRANSFER = toEventSelector('Transfer(address,address,uint256)')
const APPROVAL = toEventSelector('Approval(address,address,uint256)')
const [alice, bob, carol] = [0, 1, 2].map((index) => accounts[index]!.address.toLowerCase() as Address)
const token = compile('Token')

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let gold: Address
let silver: Address
/** Of the calls of gold, in order. */
const calls: Json[] = []
const mints: Json[] = []

before(async () => {
  chain = await startChain({ blockMs: 200 })
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  gold = (await clients.deploy(token, ['Gold', 'AU'])).toLowerCase() as Address
  silver = (await clients.deploy(token, ['Silver', 'AG'])).toLowerCase() as Address
  for (let round = 1n; round <= 3n; round++) {
    mints.push(await transact(gold, 'mint', [bob, 100n * round]))
    await transact(silver, 'mint', [bob, round])
    calls.push(await transact(gold, 'approve', [carol, round]))
    await delay(250)
  }
  await sealedBlock(rpc, calls.at(-1).blockNumber)
})
after(async () => {
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

async function transact(to: Address, functionName: string, args: unknown[]): Promise<Json> {
  const data = encodeFunctionData({ abi: token.abi, functionName, args })
  const hash = await clients.wallet(0).sendTransaction({ to, data })
  await clients.receipt(hash)
  return await rpc.call('eth_getTransactionReceipt', [hash])
}

/** A block with its hash, as the ingestor keeps it. */
async function pointer(receipt: Json): Promise<{ number: Hex; hash: Hex }> {
  return await sealedBlock(rpc, receipt.blockNumber)
}

describe('graph-node’s ingestor', () => {
  it('identifies the chain by its version and genesis hash', async () => {
    const [version, genesis] = await rpc.results([
      ['net_version', []],
      ['eth_getBlockByNumber', ['0x0', false]],
    ])
    assert.equal(version, '31337')
    assertBlockForm(genesis)
  })

  it('follows the newest block that has a hash back to what it knows, by parent hash', async () => {
    const newest = await eventually('a newest block with a hash', async () => {
      const block = await rpc.call('eth_getBlockByNumber', ['latest', false])
      return block.hash === null ? undefined : block
    })
    assertBlockForm(newest)
    let block = newest
    const first = await pointer(mints[0])
    while (block.hash !== first.hash) {
      const parent = await rpc.call('eth_getBlockByHash', [block.parentHash, true])
      assertBlockForm(parent)
      assert.equal(BigInt(parent.number), BigInt(block.number) - 1n)
      block = parent
    }
    assert.ok(block.transactions.some((tx: Json) => tx.hash === mints[0].transactionHash))
  })

  it('takes the finalized block for one that stays', async () => {
    const final = await rpc.call('eth_getBlockByNumber', ['finalized', false])
    assertBlockForm(final)
    assert.equal((await rpc.call('eth_getBlockByNumber', [final.number, false])).hash, final.hash)
  })

  it('reads the receipts of a block by its hash, at once or in a batch, and they are those of the block', async () => {
    const block = await rpc.call('eth_getBlockByHash', [(await pointer(calls[0])).hash, true])
    const hashes: Hex[] = block.transactions.map((tx: Json) => tx.hash)
    const receipts: Json[] = await rpc.call('eth_getBlockReceipts', [{ blockHash: block.hash }])
    for (const receipt of receipts) assertReceiptForm(receipt)
    assert.deepEqual(
      receipts.map((receipt) => [receipt.transactionHash, receipt.blockHash]),
      hashes.map((hash) => [hash, block.hash]),
    )
    assert.deepEqual(await rpc.call('eth_getBlockReceipts', [block.hash]), receipts)
    const batch: Call[] = hashes.map((hash) => ['eth_getTransactionReceipt', [hash]])
    assert.deepEqual(await rpc.results(batch), receipts)
  })
})

describe('graph-node’s event handlers', () => {
  it('scan ranges for addresses and topics', async () => {
    const last = numberToHex(BigInt(calls.at(-1).blockNumber))
    const range = { fromBlock: numberToHex(BigInt(mints[0].blockNumber)), toBlock: last }
    const find = async (address: Address[], topics: unknown[]): Promise<Json[]> => {
      const logs: Json[] = await rpc.call('eth_getLogs', [{ ...range, address, topics }])
      for (const log of logs) assertLogForm(log)
      return logs
    }
    const both = await find([gold, silver], [[TRANSFER, APPROVAL]])
    assert.equal(both.length, 9)
    const minted = await find([gold], [[TRANSFER], [pad('0x0')], [pad(bob!), pad(carol!)]])
    assert.deepEqual(
      minted.map((log) => BigInt(log.data)),
      [100n, 200n, 300n],
    )
    assert.deepEqual(await find([gold], [[TRANSFER], null, [pad(alice!)]]), [])
  })

  it('scan one block by its hash', async () => {
    const { hash } = await pointer(mints[1])
    const filter = { blockHash: hash, address: [gold], topics: [[TRANSFER]] }
    const logs: Json[] = await rpc.call('eth_getLogs', [filter])
    assert.deepEqual(
      logs.map((log) => [log.transactionHash, log.blockHash, BigInt(log.data)]),
      [[mints[1].transactionHash, hash, 200n]],
    )
  })

  it('refuse a block that is not of this chain, in words that are not an empty list', async () => {
    const [answer] = await rpc.batch([['eth_getLogs', [{ blockHash: pad('0x123'), address: [gold] }]]])
    assert.ok(answer!.error !== undefined, JSON.stringify(answer))
  })
})

describe('graph-node’s eth_call and eth_getCode at a block’s hash', () => {
  const balanceOfBob = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [bob!] })

  it('see the state after that block, however many came after it', async () => {
    let expected = 0n
    for (const [index, mint] of mints.entries()) {
      expected += 100n * BigInt(index + 1)
      const { hash: blockHash, number } = await pointer(mint)
      const call = { to: gold, data: balanceOfBob }
      assert.equal(BigInt(await rpc.call('eth_call', [call, { blockHash }])), expected)
      assert.equal(BigInt(await rpc.call('eth_call', [call, { blockNumber: number }])), expected)
      assert.equal(
        BigInt(await rpc.call('eth_call', [call, { blockHash, requireCanonical: false }])),
        expected,
      )
    }
  })

  it('see code and balance as they were then', async () => {
    const { hash: blockHash } = await pointer(mints[0])
    const genesis = await rpc.call('eth_getBlockByNumber', ['0x0', false])
    assert.notEqual(await rpc.call('eth_getCode', [gold, { blockHash }]), '0x')
    assert.equal(await rpc.call('eth_getCode', [gold, { blockHash: genesis.hash }]), '0x')
    const ether = 10n ** 18n
    const balance = await rpc.call('eth_getBalance', [alice, { blockHash: genesis.hash }])
    assert.equal(BigInt(balance), 10_000n * ether)
  })

  it('fail for a hash that is not of this chain', async () => {
    const block = { blockHash: pad('0x123') }
    const [answer] = await rpc.batch([['eth_call', [{ to: gold, data: balanceOfBob }, block]]])
    assert.ok(answer!.error !== undefined, JSON.stringify(answer))
  })
})

describe('graph-node’s call handlers', () => {
  it('find the calls of a contract in a range of blocks', async () => {
    const range = {
      fromBlock: numberToHex(BigInt(mints[0].blockNumber)),
      toBlock: numberToHex(BigInt(calls.at(-1).blockNumber)),
    }
    const found: Json[] = await rpc.call('trace_filter', [{ ...range, toAddress: [gold] }])
    // The contract's own creation may be in the first block.
    const traces = found.filter((trace) => trace.type === 'call')
    const expected = mints.flatMap((mint, index) => [mint.transactionHash, calls[index].transactionHash])
    assert.deepEqual(
      traces.map((trace) => trace.transactionHash),
      expected,
    )
    const selectors = traces.map((trace) => trace.action.input.slice(0, 10))
    assert.deepEqual(selectors.slice(0, 2), ['0x40c10f19', '0x095ea7b3'])
    for (const trace of traces) {
      assert.deepEqual(
        [trace.type, trace.action.callType, trace.action.to, trace.action.from, trace.error],
        ['call', 'call', gold, alice, undefined],
      )
      assert.equal(trace.blockHash, (await rpc.call('eth_getBlockByHash', [trace.blockHash, false])).hash)
      assert.equal(typeof trace.blockNumber, 'number')
      assert.match(trace.result.gasUsed, /^0x[0-9a-f]+$/)
    }
  })
})

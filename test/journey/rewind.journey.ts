import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { encodeDeployData, encodeFunctionData, parseEther } from 'viem'
import { accounts, type Chain, Clients, compile, HttpRpc, startChain } from '../lib/index.ts'

const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const token = compile('Token')

let chain: Chain
let clients: Clients
let rpc: HttpRpc
before(async () => {
  chain = await startChain({ mining: 'auto' })
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
})
after(async () => {
  rpc.close()
  await chain.stop()
})

async function pay(value: bigint): Promise<void> {
  const hash = await rpc.call('eth_sendTransaction', [
    { from: alice, to: bob, value: `0x${value.toString(16)}` },
  ])
  await clients.client.waitForTransactionReceipt({ hash })
}

const heldByBob = () => clients.client.getBalance({ address: bob })

describe('a test with snapshots, by viem', () => {
  it('goes back to each of them once, and forgets those after', async () => {
    const { client, testClient } = clients
    const before = await heldByBob()
    const [number, nonce] = [
      await client.getBlockNumber(),
      await client.getTransactionCount({ address: alice }),
    ]
    const first = await testClient.snapshot()
    await pay(parseEther('1'))
    const second = await testClient.snapshot()
    assert.equal(BigInt(second), BigInt(first) + 1n)
    await pay(parseEther('2'))
    await testClient.mine({ blocks: 3 })
    await testClient.revert({ id: second })
    assert.equal(await heldByBob(), before + parseEther('1'))
    assert.equal(await client.getBlockNumber({ cacheTime: 0 }), number + 1n)
    await testClient.revert({ id: first })
    assert.equal(await heldByBob(), before)
    assert.equal(await client.getTransactionCount({ address: alice }), nonce)
    for (const id of [first, second]) assert.equal(await rpc.call('evm_revert', [id]), false)
    const third = await testClient.snapshot()
    assert.equal(BigInt(third), BigInt(second) + 1n, 'ids are not given twice')
  })

  it('has what was set outside of transactions back, and the time', async () => {
    const { client, testClient } = clients
    await testClient.setBalance({ address: bob, value: 5n })
    const { timestamp } = await client.getBlock()
    const id = await testClient.snapshot()
    await testClient.setBalance({ address: bob, value: 6n })
    await testClient.increaseTime({ seconds: 1_000_000 })
    await testClient.mine({ blocks: 1 })
    assert.ok((await client.getBlock()).timestamp >= timestamp + 1_000_000n)
    await testClient.revert({ id })
    assert.equal(await heldByBob(), 5n)
    await testClient.mine({ blocks: 1 })
    assert.ok((await client.getBlock()).timestamp < timestamp + 500_000n)
  })
})

describe('dumping and loading, by viem', () => {
  it('takes a contract, its logs and receipts to a chain that was reset', async () => {
    const { client, testClient } = clients
    const hash = await rpc.call('eth_sendTransaction', [
      { from: alice, data: encodeDeployData({ ...token, args: ['Coin', 'C'] }), gas: '0x2dc6c0' },
    ])
    const { contractAddress } = await client.waitForTransactionReceipt({ hash })
    const mint = encodeFunctionData({ abi: token.abi, functionName: 'mint', args: [bob, 5n] })
    const minted = await rpc.call('eth_sendTransaction', [
      { from: alice, to: contractAddress, data: mint, gas: '0x2dc6c0' },
    ])
    await client.waitForTransactionReceipt({ hash: minted })
    const state = await testClient.dumpState()
    const logs = await client.getLogs({ address: contractAddress!, fromBlock: 0n })
    assert.equal(logs.length, 1)
    const code = await client.getCode({ address: contractAddress! })
    await rpc.call('anvil_reset')
    assert.equal(await client.getCode({ address: contractAddress! }), undefined)
    await testClient.loadState({ state })
    assert.equal(await client.getCode({ address: contractAddress! }), code)
    assert.equal((await client.getTransactionReceipt({ hash })).contractAddress, contractAddress)
    assert.deepEqual(await client.getLogs({ address: contractAddress!, fromBlock: 0n }), logs)
  })
})

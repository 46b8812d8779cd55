import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Address, encodeFunctionData, parseEther } from 'viem'
import {
  accounts,
  type Chain,
  Clients,
  compile,
  HttpRpc,
  type Json,
  leveretOnly,
  sealedBlock,
  startChain,
} from '../lib/index.ts'

const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const token = compile('Token')

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let tokenAt: Address

before(async () => {
  chain = await startChain()
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  tokenAt = await clients.deploy(token, ['Gold', 'AU'])
})
after(async () => {
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

describe('eth_simulateV1', () => {
  it('runs calls one after another, for viem', async () => {
    const [first] = await clients.client.simulateBlocks({
      blocks: [
        {
          stateOverrides: [{ address: bob, balance: parseEther('5') }],
          calls: [
            { account: alice, to: tokenAt, abi: token.abi, functionName: 'mint', args: [bob, 7n] },
            { account: bob, to: tokenAt, abi: token.abi, functionName: 'balanceOf', args: [bob] },
            { account: bob, to: tokenAt, abi: token.abi, functionName: 'transfer', args: [alice, 8n] },
          ],
        },
      ],
    })
    assert.deepEqual(
      first!.calls.map(({ status }) => status),
      ['success', 'success', 'failure'],
    )
    assert.equal(first!.calls[1]!.result, 7n)
    assert.equal(first!.calls[0]!.logs?.length, 1)
    assert.equal(
      await clients.client.readContract({
        address: tokenAt,
        abi: token.abi,
        functionName: 'balanceOf',
        args: [bob],
      }),
      0n,
    )
  })

  const onlyLeveret = leveretOnly('anvil leaves the roots of simulated blocks out')
  it('makes the block that the chain has made, roots and all', onlyLeveret, async () => {
    const wallet = clients.wallet(0)
    const data = encodeFunctionData({ abi: token.abi, functionName: 'mint', args: [bob, 3n] })
    const hash = await wallet.sendTransaction({ to: tokenAt, data })
    const { blockNumber } = await clients.receipt(hash)
    const block = await sealedBlock(rpc, blockNumber, true)
    const number = `0x${blockNumber.toString(16)}`
    const calls = block.transactions.map(
      ({ from, to, nonce, gas, value, input, maxFeePerGas, maxPriorityFeePerGas }: Json) => ({
        ...{ from, to, nonce, gas, value, input, maxFeePerGas, maxPriorityFeePerGas },
      }),
    )
    const [simulated] = (await rpc.call('eth_simulateV1', [
      {
        validation: true,
        blockStateCalls: [
          {
            blockOverrides: {
              ...{ number, time: block.timestamp, gasLimit: block.gasLimit, feeRecipient: block.miner },
              ...{ prevRandao: block.mixHash, baseFeePerGas: block.baseFeePerGas },
              beaconRoot: block.parentBeaconBlockRoot,
            },
            calls,
          },
        ],
      },
      `0x${(blockNumber - 1n).toString(16)}`,
    ])) as Json[]
    for (const member of ['parentHash', 'stateRoot', 'receiptsRoot', 'logsBloom', 'gasUsed', 'requestsHash'])
      assert.equal(simulated![member], block[member], member)
  })
})

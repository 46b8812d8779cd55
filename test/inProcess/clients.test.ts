/** viem and ethers on a chain in this process: deploy, call, events, subscriptions, errors with their data. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as ethers from 'ethers'
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  custom,
  parseEther,
  publicActions,
  type Chain as ViemChain,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { createChain, type InProcessChain, RpcError } from '../../src/node/index.ts'
import { leveret } from '../../src/node/viem.ts'
import { type Artefact, compile } from '../lib/index.ts'

const reverter = compile('Reverter')
const token = compile('Token')
const STRANGER: Address = '0x00000000000000000000000000000000000000aa'

let chain: InProcessChain
before(async () => {
  chain = await createChain()
})
after(() => chain.close())

function walletOf(index: number, of = chain) {
  const account = privateKeyToAccount(of.accounts[index]!.privateKey)
  return createWalletClient({ account, chain: leveret, transport: custom(of, { retryCount: 0 }) }).extend(
    publicActions,
  )
}

describe('viem on a chain in this process', () => {
  it('deploys, writes, reads, and finds events', async () => {
    const wallet = walletOf(0)
    const hash = await wallet.deployContract({ ...token, args: ['Token', 'TKN'] })
    const { contractAddress, blockHash, status } = await wallet.waitForTransactionReceipt({ hash })
    assert.equal(status, 'success')
    const address = contractAddress!
    assert.equal((await wallet.getBlock({ blockHash })).transactions[0], hash)
    const minted = await wallet.writeContract({
      ...{ address, abi: token.abi, functionName: 'mint' },
      args: [STRANGER, 5n],
    })
    const { logs } = await wallet.getTransactionReceipt({ hash: minted })
    const balance = { address, abi: token.abi, functionName: 'balanceOf', args: [STRANGER] }
    assert.equal(await wallet.readContract(balance), 5n)
    const events = await wallet.getContractEvents({ address, abi: token.abi, fromBlock: 0n })
    assert.deepEqual(
      events.map(({ transactionHash, eventName, logIndex }) => [transactionHash, eventName, logIndex]),
      [[minted, 'Transfer', logs[0]!.logIndex]],
    )
    const blockNumber = (await wallet.getTransactionReceipt({ hash })).blockNumber
    assert.equal(await wallet.readContract({ ...balance, blockNumber }), 0n)
  })

  it('has the receipt as the answer to a send, in a block of its own', async () => {
    const wallet = walletOf(1)
    const before = await wallet.getBlockNumber({ cacheTime: 0 })
    const receipt = await wallet.sendTransactionSync({ to: STRANGER, value: parseEther('1') })
    assert.deepEqual([receipt.status, receipt.blockNumber], ['success', before + 1n])
    assert.equal((await wallet.getBlock()).number, before + 1n)
    assert.equal((await wallet.getBlock({ blockTag: 'finalized' })).hash, receipt.blockHash)
  })

  it('gives errors with the data of the revert', async () => {
    const wallet = walletOf(0)
    const hash = await wallet.deployContract({ ...reverter, args: [] })
    const { contractAddress: address } = await wallet.waitForTransactionReceipt({ hash })
    const call = { address: address!, abi: reverter.abi, functionName: 'withCustomError', args: [7n] }
    for (const promise of [wallet.readContract(call), wallet.simulateContract(call)]) {
      const error = await promise.then(
        () => assert.fail('it reverts'),
        (failure: unknown) => failure,
      )
      assert.ok(error instanceof BaseError)
      const reverted = error.walk((each) => each instanceof ContractFunctionRevertedError)
      assert.ok(reverted instanceof ContractFunctionRevertedError, String(error))
      assert.deepEqual([reverted.data?.errorName, reverted.data?.args?.[0]], ['Refused', 7n])
    }
  })

  it('watches blocks and events', async () => {
    const filtering = Promise.withResolvers<void>()
    const request: InProcessChain['request'] = async (asked) => {
      const answer = await chain.request(asked)
      if (asked.method === 'eth_newFilter') filtering.resolve()
      return answer
    }
    const client = createPublicClient({ chain: leveret, transport: custom({ request }), pollingInterval: 10 })
    const wallet = walletOf(2)
    const hash = await wallet.deployContract({ ...reverter, args: [] })
    const { contractAddress } = await wallet.waitForTransactionReceipt({ hash })
    const address = contractAddress!
    const { promise: counted, resolve } = Promise.withResolvers<unknown>()
    const stop = client.watchContractEvent({
      ...{ address, abi: reverter.abi, eventName: 'Counted' },
      onLogs: ([log]) => resolve((log as { args?: unknown }).args),
    })
    await filtering.promise
    await wallet.writeContract({ address, abi: reverter.abi, functionName: 'increment' })
    assert.deepEqual(await counted, { by: wallet.account.address, value: 1n })
    stop()
  })

  it('takes the actions of a test client', async () => {
    const test = createTestClient({ mode: 'anvil', chain: leveret, transport: custom(chain) }).extend(
      publicActions,
    )
    await test.setBalance({ address: STRANGER, value: 77n })
    assert.equal(await test.getBalance({ address: STRANGER }), 77n)
    await test.setNextBlockTimestamp({ timestamp: 4_000_000_000n })
    await test.mine({ blocks: 1 })
    assert.equal((await test.getBlock({ blockTag: 'latest' })).timestamp, 4_000_000_000n)
  })

  it('knows the chain by its definition', async () => {
    const definition: ViemChain = leveret
    const client = createPublicClient({ chain: definition, transport: custom(chain) })
    assert.equal(await client.getChainId(), leveret.id)
    assert.equal(client.experimental_blockTag, 'pending')
    assert.deepEqual([client.pollingInterval, client.cacheTime], [500, 5])
  })
})

describe('ethers on a chain in this process', () => {
  let provider: ethers.BrowserProvider
  before(() => {
    // Else it answers with nonces of up to 250 ms ago.
    provider = new ethers.BrowserProvider(chain, undefined, { cacheTimeout: -1 })
  })
  after(() => provider.destroy())

  const deploy = async ({ abi, bytecode }: Artefact, args: unknown[]): Promise<ethers.Contract> => {
    const signer = new ethers.Wallet(chain.accounts[3]!.privateKey, provider)
    const factory = new ethers.ContractFactory(abi as ethers.InterfaceAbi, bytecode, signer)
    return (await (await factory.deploy(...args)).waitForDeployment()) as ethers.Contract
  }

  it('deploys, calls, waits for receipts, and finds events', async () => {
    const contract = await deploy(token, ['Token', 'TKN'])
    const receipt = await (await contract.getFunction('mint')(STRANGER, 9n)).wait()
    assert.equal(receipt.status, 1)
    assert.equal(await contract.getFunction('balanceOf')(STRANGER), 9n)
    const [event] = await contract.queryFilter('Transfer', 0)
    assert.equal(event!.transactionHash, receipt.hash)
  })

  it('gives errors with the data of the revert', async () => {
    const contract = await deploy(reverter, [])
    await assert.rejects(contract.getFunction('withCustomError').staticCall(3n), (error) => {
      assert.ok(ethers.isError(error, 'CALL_EXCEPTION'))
      assert.deepEqual([error.revert?.name, error.revert?.args[0]], ['Refused', 3n])
      return true
    })
    await assert.rejects(contract.getFunction('withReason')(), (error) => {
      assert.ok(ethers.isError(error, 'CALL_EXCEPTION'))
      assert.equal(error.reason, 'no such thing')
      return true
    })
  })
})

describe('subscriptions of a chain in this process', () => {
  it('come as messages, in order, until they are ended', async () => {
    const wallet = walletOf(4)
    const [heads, logs] = await Promise.all([
      chain.request({ method: 'eth_subscribe', params: ['newHeads'] }),
      chain.request({ method: 'eth_subscribe', params: ['logs', {}] }),
    ])
    const received: { subscription: string; result: Record<string, string> }[] = []
    const listener = ({ data }: { data: unknown }) => received.push(data as (typeof received)[number])
    chain.on('message', listener)
    // Notifications begin with the turn after the answer.
    await new Promise(setImmediate)
    const deployed = await wallet.deployContract({ ...reverter, args: [] })
    const { contractAddress } = await wallet.getTransactionReceipt({ hash: deployed })
    const counted = await wallet.writeContract({
      ...{ address: contractAddress!, abi: reverter.abi, functionName: 'increment' },
    })
    const { blockHash } = await wallet.getTransactionReceipt({ hash: counted })
    assert.equal(received.filter(({ subscription }) => subscription === heads).at(-1)?.result.hash, blockHash)
    const [log] = received.filter(({ subscription }) => subscription === logs)
    assert.equal(log?.result.transactionHash, counted)
    chain.removeListener('message', listener)
    assert.equal(await chain.request({ method: 'eth_unsubscribe', params: [heads] }), true)
    assert.equal(await chain.request({ method: 'eth_unsubscribe', params: [logs] }), true)
    const count = received.length
    await wallet.sendTransaction({ to: STRANGER })
    assert.equal(received.length, count)
  })

  it('let a listener send the next transaction', async () => {
    const wallet = walletOf(5)
    const nonce = await wallet.getTransactionCount({ address: wallet.account.address })
    const raws = await Promise.all(
      [0, 1, 2].map(async (i) =>
        wallet.signTransaction(
          await wallet.prepareTransactionRequest({ to: STRANGER, gas: 21_000n, nonce: nonce + i }),
        ),
      ),
    )
    const subscription = await chain.request({ method: 'eth_subscribe', params: ['newHeads'] })
    const { promise, resolve } = Promise.withResolvers<void>()
    const listener = (): void => {
      const raw = raws.shift()
      if (raw === undefined) resolve()
      else void chain.request({ method: 'eth_sendRawTransaction', params: [raw] })
    }
    chain.on('message', listener)
    listener()
    await promise
    chain.removeListener('message', listener)
    await chain.request({ method: 'eth_unsubscribe', params: [subscription] })
    assert.equal(await wallet.getTransactionCount({ address: wallet.account.address }), nonce + 3)
  })
})

describe('requests to a chain in this process', () => {
  it('are refused with the codes of JSON-RPC', async () => {
    const refused = async (request: Parameters<InProcessChain['request']>[0], code: number, words: RegExp) =>
      assert.rejects(chain.request(request), (error) => {
        assert.ok(error instanceof RpcError)
        assert.equal(error.code, code)
        assert.match(error.message, words)
        return true
      })
    await refused({ method: 'eth_nothing' }, -32601, /does not exist/)
    await refused({ method: 'eth_getBalance', params: ['0x12'] }, -32602, /./)
    await refused({ method: 'eth_getBalance', params: [1n] }, -32602, /not JSON/)
  })

  it('are told of in the terminal where they fail', async () => {
    const told = Promise.withResolvers<string>()
    const talking = await createChain({ terminal: told.resolve })
    const wallet = walletOf(0, talking)
    const deployed = await wallet.deployContract({ ...reverter, args: [] })
    const { contractAddress: address } = await wallet.getTransactionReceipt({ hash: deployed })
    const failing = { address: address!, abi: reverter.abi, functionName: 'incrementThenFail', gas: 100_000n }
    const hash = await wallet.writeContract(failing)
    assert.equal(await told.promise, `${hash}  reverted: counted in vain`)
    await talking.close()
  })

  it('have traces, proofs and simulations as on a node', async () => {
    const wallet = walletOf(6)
    const hash = await wallet.deployContract({ ...reverter, args: [] })
    const { blockNumber, contractAddress } = await wallet.getTransactionReceipt({ hash })
    const trace = await chain.request({
      method: 'debug_traceTransaction',
      params: [hash, { tracer: 'callTracer' }],
    })
    assert.equal(trace.type, 'CREATE')
    const proof = await wallet.getProof({ address: contractAddress!, storageKeys: [], blockNumber })
    assert.equal(proof.nonce, 1)
    const { results } = await wallet.simulateCalls({
      account: wallet.account,
      calls: [{ to: STRANGER, value: 1n }],
    })
    assert.equal(results[0]!.status, 'success')
  })
})

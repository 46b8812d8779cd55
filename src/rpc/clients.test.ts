import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import * as ethers from 'ethers'
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  ExecutionRevertedError,
  encodeAbiParameters,
  encodeErrorResult,
  FeeCapTooLowError,
  type Hex,
  http,
  InsufficientFundsError,
  IntrinsicGasTooLowError,
  NonceTooLowError,
  type PublicClient,
  parseAbi,
  webSocket,
} from 'viem'
import { hardhat } from 'viem/chains'
import { hexToBytes } from '../lib/index.ts'
import { RpcServer } from './RpcServer.ts'
import { ACCOUNT, FakeChain, type Listening, listen, RECIPIENT, signTransfer } from './testing/index.ts'
import type { CallOutcome } from './ViewCall.ts'

const ABI = parseAbi([
  'function balanceOf(address) view returns (uint256)',
  'error Nope(uint256 code)',
  'event Moved(address indexed who)',
])

const reverting = (data: Hex) => (): CallOutcome => ({
  status: 'revert',
  output: hexToBytes(data),
  gasUsed: 30_000n,
})
const STRING_REVERT = encodeErrorResult({ abi: parseAbi(['error Error(string)']), args: ['not the owner'] })
const CUSTOM_REVERT = encodeErrorResult({ abi: ABI, errorName: 'Nope', args: [7n] })
const PANIC = `0x4e487b71${encodeAbiParameters([{ type: 'uint256' }], [0x11n]).slice(2)}` as Hex

/** go-ethereum's wordings of refusals, which the pool uses. */
const REFUSALS = {
  nonce: 'nonce too low: next nonce 5, tx nonce 3',
  funds: 'insufficient funds for gas * price + value: balance 1, tx cost 2, overshot 1',
  intrinsic: 'intrinsic gas too low: gas 20999, minimum needed 21000',
  feeCap: `max fee per gas less than block base fee: address ${RECIPIENT}, maxFeePerGas: 1, baseFee: 2`,
}

let chain: FakeChain
let listening: Listening

function useListening(): void {
  before(async () => {
    listening = await listen(new RpcServer(new Proxy({} as FakeChain, { get: (_, key) => bound(key) })))
  })
  beforeEach(() => {
    chain = new FakeChain()
    chain.balances.set(ACCOUNT.address.toLowerCase(), 10n ** 22n)
  })
  after(() => listening.close())
}

/** A member of the chain of the current test. */
function bound(key: string | symbol): unknown {
  const member: unknown = Reflect.get(chain, key)
  return typeof member === 'function' ? member.bind(chain) : member
}

const refuse = (message: string): void => {
  chain.onSubmit = () => ({ kind: 'refused', code: 'x', message })
}

/** The error of a class in what a promise rejects with. */
async function caused<E>(promise: Promise<unknown>, kind: new (...args: never[]) => E): Promise<E> {
  const error = await promise.then(
    () => assert.fail('it should be refused'),
    (failure: unknown) => failure,
  )
  assert.ok(error instanceof BaseError, String(error))
  const found = error.walk((e) => e instanceof kind)
  assert.ok(found !== null, `${kind.name} expected, not ${error}`)
  return found as E
}

describe('viem', () => {
  useListening()
  const transport = () => http(listening.url, { retryCount: 0 })
  const reader = (): PublicClient => createPublicClient({ chain: hardhat, transport: transport() })
  const wallet = () => createWalletClient({ account: ACCOUNT, chain: hardhat, transport: transport() })

  it('sends, waits for and reads a transaction, before and after its block is sealed', async () => {
    const hash = await wallet().sendTransaction({ to: RECIPIENT, value: 1n })
    const open = await reader().waitForTransactionReceipt({ hash })
    assert.deepEqual([open.status, open.gasUsed, open.blockNumber], ['success', 21_000n, 1n])
    assert.equal('promise' in open && open.promise, 'executed')
    chain.seal()
    const block = await reader().getBlock({ includeTransactions: true })
    assert.equal(block.transactions[0]!.hash, hash)
    assert.equal((await reader().getTransactionReceipt({ hash })).blockHash, block.hash)
    assert.equal((await reader().getTransaction({ hash })).typeHex, '0x2')
  })

  it('gets a receipt from the synchronous send', async () => {
    const receipt = await wallet().sendRawTransactionSync({ serializedTransaction: await signTransfer(0) })
    assert.equal(receipt.from, ACCOUNT.address.toLowerCase())
  })

  it('raises its typed errors for refusals', async () => {
    const send = () =>
      wallet().sendTransaction({
        to: RECIPIENT,
        gas: 21_000n,
        nonce: 3,
        maxFeePerGas: 3n,
        maxPriorityFeePerGas: 1n,
      })
    const kinds = [
      [REFUSALS.nonce, NonceTooLowError],
      [REFUSALS.funds, InsufficientFundsError],
      [REFUSALS.intrinsic, IntrinsicGasTooLowError],
      [REFUSALS.feeCap, FeeCapTooLowError],
      ['already known', NonceTooLowError],
    ] as const
    for (const [message, kind] of kinds) {
      refuse(message)
      await caused(send(), kind)
    }
  })

  it('raises its typed errors for reverts', async () => {
    const read = () =>
      reader().readContract({ address: RECIPIENT, abi: ABI, functionName: 'balanceOf', args: [RECIPIENT] })
    chain.onCall = reverting(STRING_REVERT)
    assert.equal((await caused(read(), ContractFunctionRevertedError)).reason, 'not the owner')
    chain.onCall = reverting(PANIC)
    assert.match(String((await caused(read(), ContractFunctionRevertedError)).reason), /Arithmetic/)
    chain.onCall = reverting(CUSTOM_REVERT)
    const { data } = await caused(read(), ContractFunctionRevertedError)
    assert.deepEqual([data?.errorName, data?.args], ['Nope', [7n]])
    const estimate = reader().estimateGas({ account: ACCOUNT, to: RECIPIENT, data: '0x01' })
    assert.match((await caused(estimate, ExecutionRevertedError)).message, /reverted/)
  })

  it('reads logs, fees and proofs', async () => {
    chain.logsOfNext = [{ address: hexToBytes(RECIPIENT), topics: [], data: Uint8Array.of(1) }]
    await wallet().sendTransaction({ to: RECIPIENT })
    const logs = await reader().getLogs({ address: RECIPIENT, fromBlock: 0n })
    assert.deepEqual([logs.length, logs[0]!.data, logs[0]!.logIndex], [1, '0x01', 0])
    const fees = await reader().getFeeHistory({ blockCount: 2, rewardPercentiles: [50] })
    assert.equal(fees.baseFeePerGas.length, 3)
    const proof = await reader().getProof({ address: RECIPIENT, storageKeys: [`0x${'01'.repeat(32)}`] })
    assert.equal(proof.storageProof[0]!.value, 0x102n)
  })

  it('watches blocks and pending transactions over WebSocket', async () => {
    const client = createPublicClient({ chain: hardhat, transport: webSocket(listening.wsUrl) })
    const seen: unknown[] = []
    const stop = [
      client.watchBlocks({ onBlock: (block) => seen.push(block.number) }),
      client.watchPendingTransactions({ onTransactions: (hashes) => seen.push(...hashes) }),
    ]
    const until = async (done: () => boolean): Promise<void> => {
      while (!done()) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await until(() => chain.listeners.size === 1)
    await client.getChainId()
    const hash = await wallet().sendTransaction({ to: RECIPIENT })
    chain.seal()
    await until(() => seen.length === 2)
    assert.deepEqual(seen, [hash, 1n])
    for (const end of stop) end()
    const { getRpcClient } = client.transport as unknown as {
      getRpcClient: () => Promise<{ close: () => void }>
    }
    ;(await getRpcClient()).close()
  })
})

describe('ethers', () => {
  useListening()
  let provider: ethers.JsonRpcProvider
  beforeEach(() => {
    provider = new ethers.JsonRpcProvider(listening.url, 31337, { staticNetwork: true, cacheTimeout: -1 })
  })

  const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => assert.fail('it should be refused'),
      (error: { code?: unknown }) => error.code,
    )

  it('sends and reads a transaction', async () => {
    const wallet = new ethers.Wallet(
      '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
      provider,
    )
    const response = await wallet.sendTransaction({ to: RECIPIENT, value: 1n })
    const receipt = await response.wait()
    assert.equal(receipt?.status, 1)
    chain.seal()
    const block = await provider.getBlock('latest', true)
    assert.equal(block?.prefetchedTransactions[0]?.hash, response.hash)
    provider.destroy()
  })

  it('raises its typed errors', async () => {
    const raw = await signTransfer(3)
    refuse(REFUSALS.nonce)
    assert.equal(await codeOf(provider.broadcastTransaction(raw)), 'NONCE_EXPIRED')
    refuse(REFUSALS.funds)
    assert.equal(await codeOf(provider.broadcastTransaction(raw)), 'INSUFFICIENT_FUNDS')
    chain.onCall = reverting(STRING_REVERT)
    const failure = await provider.call({ to: RECIPIENT, data: '0x70a08231' }).catch((error) => error)
    assert.deepEqual([failure.code, failure.reason], ['CALL_EXCEPTION', 'not the owner'])
    assert.equal(await codeOf(provider.estimateGas({ to: RECIPIENT, data: '0x01' })), 'CALL_EXCEPTION')
    provider.destroy()
  })

  it('decodes custom errors', async () => {
    chain.onCall = reverting(CUSTOM_REVERT)
    const abi = ['function balanceOf(address) view returns (uint256)', 'error Nope(uint256 code)']
    const contract = new ethers.Contract(RECIPIENT, abi, provider)
    const failure = await contract
      .getFunction('balanceOf')(RECIPIENT)
      .catch((error: unknown) => error)
    assert.equal(failure.revert.name, 'Nope')
    assert.equal(failure.revert.args[0], 7n)
    provider.destroy()
  })
})

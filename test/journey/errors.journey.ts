import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Contract, type ErrorCode, isError, Wallet } from 'ethers'
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  ExecutionRevertedError,
  encodeFunctionData,
  InsufficientFundsError,
  IntrinsicGasTooLowError,
  NonceTooLowError,
  parseEther,
  toHex,
} from 'viem'
import {
  accounts,
  bytes,
  type Chain,
  Clients,
  compile,
  HttpRpc,
  hex,
  leveretOnly,
  RpcError,
  signTransaction,
  startChain,
  type UnsignedTransaction,
  unfundedAccount,
} from '../lib/index.ts'

const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const reverter = compile('Reverter')
const token = compile('Token')
const onlyLeveret = leveretOnly('a wording of Leveret’s')
const acceptsWhatCannotRun = leveretOnly('anvil accepts it and never mines it')

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let failing: Address

before(async () => {
  chain = await startChain()
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  failing = await clients.deploy(reverter, [])
})
after(async () => {
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

type Class = abstract new (...list: never[]) => Error

/** The error of the expected class somewhere in viem's chain of causes. */
async function rejection<T extends Class>(promise: Promise<unknown>, expected: T): Promise<InstanceType<T>> {
  const error = await promise.then(
    () => assert.fail(`no ${expected.name}`),
    (failure: unknown) => failure,
  )
  assert.ok(error instanceof BaseError, String(error))
  const found = error.walk((cause) => cause instanceof expected)
  assert.ok(found instanceof expected, `expected ${expected.name}, got ${error.message}`)
  return found as InstanceType<T>
}

async function ethersRejection(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await promise.then(
    () => assert.fail(`no ${code}`),
    (failure: unknown) => failure,
  )
  assert.ok(isError(error, code), `expected ${code}, got ${String(error)}`)
}

function simulate(functionName: string, args: unknown[] = []): Promise<unknown> {
  return clients.client.readContract({ address: failing, abi: reverter.abi, functionName, args })
}

describe('why a call failed, with viem', () => {
  it('tells the reason string', async () => {
    const error = await rejection(simulate('withReason'), ContractFunctionRevertedError)
    assert.equal(error.reason, 'no such thing')
  })

  it('decodes a custom error, also through an inner call', async () => {
    for (const functionName of ['withCustomError', 'nested']) {
      const error = await rejection(simulate(functionName, [42n]), ContractFunctionRevertedError)
      assert.equal(error.data?.errorName, 'Refused')
      assert.equal(error.data?.args?.[0], 42n)
    }
  })

  it('decodes panics: division by zero and a bad index', async () => {
    const division = await rejection(simulate('divide', [1n, 0n]), ContractFunctionRevertedError)
    assert.deepEqual([division.data?.errorName, division.data?.args], ['Panic', [0x12n]])
    const index = await rejection(simulate('outOfBounds', [0n]), ContractFunctionRevertedError)
    assert.deepEqual([index.data?.errorName, index.data?.args], ['Panic', [0x32n]])
  })

  it('has no data for a bare revert and for an invalid opcode', async () => {
    const error = await rejection(simulate('withoutReason'), ContractFunctionRevertedError)
    assert.equal(error.data, undefined)
    await assert.rejects(simulate('invalidOpcode'))
  })

  it('refuses to estimate what reverts, and a forced transaction is mined as reverted', async () => {
    const request = {
      account: alice,
      to: failing,
      data: encodeFunctionData({ ...reverter, functionName: 'incrementThenFail' }),
    }
    await rejection(clients.client.estimateGas(request), ExecutionRevertedError)
    const hash = await clients.wallet(0).sendTransaction({ to: failing, data: request.data, gas: 200_000n })
    const receipt = await clients.receipt(hash)
    assert.equal(receipt.status, 'reverted')
    assert.deepEqual(receipt.logs, [])
    assert.ok(receipt.gasUsed > 21_000n && receipt.gasUsed < 200_000n)
    assert.equal(await simulate('count'), 0n)
  })

  it('decodes OpenZeppelin’s custom errors', async () => {
    const address = await clients.deploy(token, ['Gold', 'AU'])
    const transfer = clients.client.simulateContract({
      account: bob,
      address,
      abi: token.abi,
      functionName: 'transfer',
      args: [alice, 1n],
    })
    const error = await rejection(transfer, ContractFunctionRevertedError)
    assert.equal(error.data?.errorName, 'ERC20InsufficientBalance')
    assert.deepEqual(error.data?.args, [bob, 0n, 1n])
  })
})

describe('why a call failed, with ethers', () => {
  it('raises CALL_EXCEPTION with the decoded custom error and reason', async () => {
    const contract = new Contract(failing, reverter.abi as never, clients.provider)
    await assert.rejects(contract.getFunction('withCustomError').staticCall(7n), (error: unknown) => {
      assert.ok(isError(error, 'CALL_EXCEPTION'))
      assert.deepEqual([error.revert?.name, error.revert?.args[0]], ['Refused', 7n])
      return true
    })
    await assert.rejects(contract.getFunction('withReason').staticCall(), (error: unknown) => {
      assert.ok(isError(error, 'CALL_EXCEPTION'))
      assert.equal(error.reason, 'no such thing')
      return true
    })
  })

  it('refuses to send what would revert, and reports what did', async () => {
    const contract = new Contract(failing, reverter.abi as never, clients.signer(4))
    await ethersRejection(contract.getFunction('incrementThenFail').send(), 'CALL_EXCEPTION')
    const sent = await contract.getFunction('incrementThenFail').send({ gasLimit: 200_000n })
    await ethersRejection(sent.wait(), 'CALL_EXCEPTION')
  })
})

describe('the errors of JSON-RPC for a revert', () => {
  it('have code 3, the reason in the message and the revert data', async () => {
    const data = encodeFunctionData({ ...reverter, functionName: 'withReason' })
    await assert.rejects(rpc.call('eth_call', [{ to: failing, data }, 'latest']), (error: unknown) => {
      assert.ok(error instanceof RpcError)
      assert.equal(error.code, 3)
      assert.match(error.message, /^execution reverted: no such thing/)
      // Error(string) of solidity: selector, offset 32, length 13, text.
      assert.match(String(error.data), /^0x08c379a00{62}20.{62}0d6e6f2073756368207468696e67/)
      return true
    })
  })
})

describe('refused transactions, with viem', () => {
  it('nonce too low', async () => {
    const wallet = clients.wallet(0)
    await clients.receipt(await wallet.sendTransaction({ to: bob, value: 1n }))
    await rejection(wallet.sendTransaction({ to: bob, value: 2n, nonce: 0, gas: 21_000n }), NonceTooLowError)
  })

  it('the same transaction twice', async () => {
    const nonce = await clients.client.getTransactionCount({ address: bob })
    const request = await clients
      .wallet(1)
      .prepareTransactionRequest({ to: alice, value: 1n, nonce, gas: 21_000n })
    const serializedTransaction = await clients.wallet(1).signTransaction(request as never)
    await clients.receipt(await clients.client.sendRawTransaction({ serializedTransaction }))
    await assert.rejects(
      clients.client.sendRawTransaction({ serializedTransaction }),
      /already known|already imported|nonce too low/,
    )
  })

  it('insufficient funds', async () => {
    const poor = clients.wallet(unfundedAccount(1).privateKey)
    await rejection(poor.sendTransaction({ to: bob, value: 1n, gas: 21_000n }), InsufficientFundsError)
    const all = { to: bob, value: parseEther('10001'), gas: 21_000n }
    await rejection(clients.wallet(5).sendTransaction(all), InsufficientFundsError)
  })

  it('intrinsic gas too low', async () => {
    await rejection(clients.wallet(6).sendTransaction({ to: bob, gas: 20_999n }), IntrinsicGasTooLowError)
  })

  it('gas below the floor of EIP-7623', acceptsWhatCannotRun, async () => {
    const wallet = clients.wallet(6)
    // 1,000 non-zero bytes: 21,000 + 16,000 intrinsic, but 21,000 + 40,000 at least.
    const data = toHex(new Uint8Array(1_000).fill(1))
    await rejection(wallet.sendTransaction({ to: bob, data, gas: 36_999n }), IntrinsicGasTooLowError)
    await assert.rejects(wallet.sendTransaction({ to: bob, data, gas: 60_999n }))
    const receipt = await clients.receipt(await wallet.sendTransaction({ to: bob, data, gas: 61_000n }))
    assert.equal(receipt.gasUsed, 61_000n)
  })
})

describe('refused transactions, with ethers', () => {
  it('NONCE_EXPIRED and INSUFFICIENT_FUNDS', async () => {
    const signer = clients.signer(0)
    const used = signer.sendTransaction({ to: bob, value: 3n, nonce: 0, gasLimit: 21_000n })
    await ethersRejection(used, 'NONCE_EXPIRED')
    const poor = new Wallet(unfundedAccount(2).privateKey, clients.provider)
    await ethersRejection(
      poor.sendTransaction({ to: bob, value: 3n, gasLimit: 21_000n }),
      'INSUFFICIENT_FUNDS',
    )
  })

  it('REPLACEMENT_UNDERPRICED for a waiting transaction', async () => {
    const signer = clients.signer(7)
    const nonce = (await signer.getNonce()) + 5
    const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n, gasLimit: 21_000n, nonce }
    await signer.sendTransaction({ to: bob, value: 1n, ...fees })
    await ethersRejection(signer.sendTransaction({ to: bob, value: 2n, ...fees }), 'REPLACEMENT_UNDERPRICED')
  })
})

describe('refused transactions in geth’s words', () => {
  const good: UnsignedTransaction = {
    type: 2,
    chainId: 31337n,
    nonce: 0n,
    gasLimit: 21_000n,
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 1n,
    to: bytes(bob),
  }

  async function refusal(change: Partial<UnsignedTransaction>): Promise<string> {
    const raw = hex(signTransaction({ ...good, ...change }, accounts[9]!.key))
    try {
      await rpc.call('eth_sendRawTransaction', [raw])
    } catch (error) {
      assert.ok(error instanceof RpcError, String(error))
      return error.message
    }
    return assert.fail(
      `accepted: ${JSON.stringify(change, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
    )
  }

  it('tip higher than fee cap', async () => {
    const message = await refusal({ maxPriorityFeePerGas: 10n ** 12n })
    assert.match(message, /max priority fee per gas higher than max fee per gas/)
  })

  it('a chain id that is not this chain’s', async () => {
    assert.match(await refusal({ chainId: 1n }), /invalid chain id/i)
  })

  it('a gas limit beyond EIP-7825', onlyLeveret, async () => {
    const message = await refusal({ gasLimit: 16_777_217n })
    assert.match(message, /transaction gas limit too high \(cap: 16777216, tx: 16777217\)/)
  })

  it('creation code beyond EIP-3860', onlyLeveret, async () => {
    const { to: _, ...create } = good
    const data = new Uint8Array(49_153)
    const raw = hex(signTransaction({ ...create, data, gasLimit: 5_000_000n }, accounts[9]!.key))
    await assert.rejects(
      rpc.call('eth_sendRawTransaction', [raw]),
      /max initcode size exceeded.*49153.*49152/,
    )
  })

  it('a set-code transaction without authorizations, or without a destination', onlyLeveret, async () => {
    assert.match(await refusal({ type: 4, authorizations: [] }), /at least one authorization/)
  })

  it('leaves the nonce as it was', async () => {
    assert.equal(await clients.client.getTransactionCount({ address: accounts[9]!.address }), 0)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeAbiParameters, encodeErrorResult, type Hex, parseAbi } from 'viem'
import { hexToBytes } from '../../lib/index.ts'
import { RpcServer } from '../RpcServer.ts'
import type { SubmitOutcome } from '../TransactionIntake.ts'
import { ACCOUNT, callMethod, FakeChain, RECIPIENT, resultOf, signTransfer } from '../testing/index.ts'
import type { CallOutcome, CallRequest } from '../ViewCall.ts'

const success = (output = new Uint8Array(0)): CallOutcome => ({ status: 'success', output, gasUsed: 30_000n })
const revert = (data: Hex): CallOutcome => ({ status: 'revert', output: hexToBytes(data), gasUsed: 30_000n })

function chainThatCalls(onCall: (request: CallRequest) => CallOutcome): {
  chain: FakeChain
  server: RpcServer
} {
  const chain = new FakeChain()
  chain.onCall = onCall
  return { chain, server: new RpcServer(chain) }
}

const panic = (code: bigint): Hex =>
  `0x4e487b71${encodeAbiParameters([{ type: 'uint256' }], [code]).slice(2)}`

describe('eth_call', () => {
  it('gives the output, and hands everything over', async () => {
    const { chain, server } = chainThatCalls(() => success(Uint8Array.of(1, 2)))
    const call = {
      from: ACCOUNT.address,
      to: RECIPIENT,
      gas: '0x5208',
      gasPrice: '0x7',
      value: '0x1',
      input: '0xabcd',
      accessList: [{ address: RECIPIENT, storageKeys: [`0x${'01'.repeat(32)}`] }],
    }
    const word = `0x${'02'.repeat(32)}`
    const state = {
      [RECIPIENT]: { balance: '0x9', nonce: '0x1', code: '0x00', stateDiff: { [word]: word } },
      [ACCOUNT.address]: { state: {} },
    }
    const block = {
      number: '0x64',
      time: '0x65',
      gasLimit: '0x66',
      baseFeePerGas: '0x1',
      feeRecipient: RECIPIENT,
    }
    assert.equal(await resultOf(server, 'eth_call', [call, 'latest', state, block]), '0x0102')
    const recipient = Buffer.from(RECIPIENT.slice(2), 'hex')
    const sender = Buffer.from(ACCOUNT.address.slice(2), 'hex')
    assert.deepEqual(chain.calls[0], {
      from: sender,
      to: recipient,
      gas: 21_000n,
      value: 1n,
      data: Buffer.from('abcd', 'hex'),
      gasPrice: 7n,
      accessList: [{ address: recipient, storageKeys: [Buffer.alloc(32, 1)] }],
      authorizations: [],
      stateOverrides: [
        {
          address: recipient,
          balance: 9n,
          nonce: 1n,
          code: Buffer.alloc(1),
          stateDiff: [{ key: Buffer.alloc(32, 2), value: Buffer.alloc(32, 2) }],
        },
        { address: sender, state: [] },
      ],
      blockOverrides: {
        number: 100n,
        time: 101n,
        gasLimit: 102n,
        baseFeePerGas: 1n,
        feeRecipient: recipient,
      },
    })
  })

  it('caps the gas, and needs no member of the call object', async () => {
    const { chain, server } = chainThatCalls(() => success())
    await resultOf(server, 'eth_call', [{}])
    await resultOf(server, 'eth_call', [{ gas: '0xffffffffffff' }])
    assert.deepEqual(
      chain.calls.map(({ gas }) => gas),
      [50_000_000n, 50_000_000n],
    )
  })

  it('puts delegations of valid authorizations in force, and passes void ones on to be paid for', async () => {
    const { chain, server } = chainThatCalls(() => success())
    const signed = await ACCOUNT.signAuthorization({ chainId: 31337, address: RECIPIENT, nonce: 0 })
    const authorization = {
      chainId: '0x7a69',
      address: RECIPIENT,
      nonce: '0x0',
      yParity: `0x${signed.yParity}`,
      r: `0x${BigInt(signed.r).toString(16)}`,
      s: `0x${BigInt(signed.s).toString(16)}`,
    }
    const onOtherChain = { ...authorization, chainId: '0x1' }
    await resultOf(server, 'eth_call', [{ to: RECIPIENT, authorizationList: [authorization, onOtherChain] }])
    const [{ authority, delegate } = assert.fail(), voided] = chain.calls[0]!.authorizations
    assert.equal(`0x${Buffer.from(authority!).toString('hex')}`, ACCOUNT.address.toLowerCase())
    assert.equal(`0x${Buffer.from(delegate).toString('hex')}`, RECIPIENT.toLowerCase())
    assert.equal(voided?.authority, undefined)
    assert.equal(chain.calls[0]!.authorizations.length, 2)
  })

  it('pays the effective price of a fee market call', async () => {
    const { chain, server } = chainThatCalls(() => success())
    await resultOf(server, 'eth_call', [{ maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x5' }])
    assert.equal(chain.calls[0]!.gasPrice, 1_000_000_005n)
  })
})

describe('eth_call failures', () => {
  it('answers reverts with code 3, the reason in words, and the data', async () => {
    const custom = encodeErrorResult({ abi: parseAbi(['error Nope(uint256)']), args: [1n] })
    const string = encodeErrorResult({ abi: parseAbi(['error Error(string)']), args: ['not the owner'] })
    const cases: [Hex, string][] = [
      [string, 'execution reverted: not the owner'],
      [panic(0x11n), 'execution reverted: arithmetic underflow or overflow'],
      [panic(0x32n), 'execution reverted: out-of-bounds access of an array or bytesN'],
      [panic(0x99n), 'execution reverted: unknown panic code: 0x99'],
      [custom, 'execution reverted'],
      ['0x', 'execution reverted'],
      // A string that claims to be longer than the data.
      [`${string.slice(0, 74)}${'f'.repeat(64)}00` as Hex, 'execution reverted'],
    ]
    for (const [data, message] of cases) {
      const { server } = chainThatCalls(() => revert(data))
      assert.deepEqual((await callMethod(server, 'eth_call', [{}])).error, { code: 3, message, data })
    }
  })

  it('answers halts and invalid calls with code -32000', async () => {
    const answerTo = async (outcome: Partial<CallOutcome>): Promise<unknown> => {
      const { server } = chainThatCalls(() => ({ ...success(), ...outcome }))
      return (await callMethod(server, 'eth_call', [{ gas: '0x5' }])).error
    }
    assert.deepEqual(await answerTo({ status: 'halt', error: 'stack underflow (0 <=> 1)' }), {
      code: -32000,
      message: 'stack underflow (0 <=> 1)',
    })
    assert.deepEqual(await answerTo({ status: 'invalid', error: 'insufficient funds for transfer' }), {
      code: -32000,
      message: 'err: insufficient funds for transfer (supplied gas 5)',
    })
  })

  it('refuses what contradicts itself', async () => {
    const { server } = chainThatCalls(() => success())
    const failure = async (...params: unknown[]): Promise<string | undefined> =>
      (await callMethod(server, 'eth_call', params)).error?.message
    assert.match(
      (await failure({ data: '0x01', input: '0x02' }))!,
      /both "data" and "input" are set and not equal/,
    )
    assert.match((await failure({ gasPrice: '0x1', maxFeePerGas: '0x1' }))!, /^both gasPrice and/)
    const from = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
    const who = { from: from.toLowerCase(), gas: '0x5' }
    assert.match(
      (await failure({ ...who, maxFeePerGas: '0x1' }))!,
      new RegExp(
        `^err: max fee per gas less than block base fee: address ${from}, maxFeePerGas: 1, baseFee: \\d+ \\(supplied gas 5\\)$`,
      ),
    )
    assert.equal(
      await failure({ ...who, maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }),
      `err: max priority fee per gas higher than max fee per gas: address ${from}, maxPriorityFeePerGas: 2, maxFeePerGas: 1 (supplied gas 5)`,
    )
    assert.equal(
      await failure({ ...who, to: RECIPIENT, authorizationList: [] }),
      `err: EIP-7702 transaction with empty auth list (sender ${from}) (supplied gas 5)`,
    )
    assert.equal(
      await failure({ ...who, authorizationList: [] }),
      `err: EIP-7702 transaction cannot be used to create contract (sender ${from}) (supplied gas 5)`,
    )
    assert.equal(await failure({ chainId: '0x1' }), "chainId does not match node's (have=1, want=31337)")
    assert.equal(
      await failure({ value: '1' }),
      'invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go struct field TransactionArgs.value of type *hexutil.Big',
    )
    assert.equal(
      await failure({}, 'latest', { [RECIPIENT]: { state: {}, stateDiff: {} } }),
      `invalid argument 2: account ${RECIPIENT} has both 'state' and 'stateDiff'`,
    )
  })
})

describe('eth_estimateGas', () => {
  /** A call that needs `need` gas and uses `used`. */
  const needing =
    (need: bigint, used = need) =>
    (request: CallRequest): CallOutcome =>
      request.gas >= need
        ? { status: 'success', output: new Uint8Array(0), gasUsed: used }
        : { status: 'halt', output: new Uint8Array(0), gasUsed: request.gas, error: 'out of gas' }

  it('is 21,000 for a plain transfer, with one execution', async () => {
    const { chain, server } = chainThatCalls(needing(21_000n))
    assert.equal(await resultOf(server, 'eth_estimateGas', [{ to: RECIPIENT, value: '0x1' }]), '0x5208')
    assert.equal(chain.calls.length, 1)
  })

  it('finds the least gas within 1.5 %, and never less than is needed', async () => {
    for (const [need, used] of [
      [30_000n, 30_000n],
      [100_000n, 60_000n],
      [2_345_678n, 2_000_000n],
      [16_700_000n, 9_000_000n],
    ] as const) {
      const { chain, server } = chainThatCalls(needing(need, used))
      const estimate = BigInt(await resultOf(server, 'eth_estimateGas', [{ data: '0x01', to: RECIPIENT }]))
      assert.ok(estimate >= need, `${estimate} >= ${need}`)
      assert.ok(Number(estimate) <= Number(need) * 1.085 + 2_400, `${estimate} is near ${need}`)
      assert.ok(chain.calls.length < 20)
    }
  })

  it('says when the allowance is too small: the cap, the gas asked for, or the balance', async () => {
    const { chain, server } = chainThatCalls(needing(60_000_000n))
    const failure = async (call: object): Promise<unknown> =>
      (await callMethod(server, 'eth_estimateGas', [{ data: '0x01', to: RECIPIENT, ...call }])).error
    const allowance = (gas: number): object => ({
      code: -32000,
      message: `gas required exceeds allowance (${gas})`,
    })
    assert.deepEqual(await failure({}), allowance(1 << 24))
    assert.deepEqual(await failure({ gas: '0x7530' }), allowance(30_000))
    chain.balances.set(ACCOUNT.address.toLowerCase(), 50_000n * 1_000_000_000n)
    assert.deepEqual(await failure({ from: ACCOUNT.address, gasPrice: '0x3b9aca00' }), allowance(50_000))
    const poor = { from: RECIPIENT, gasPrice: '0x3b9aca00', value: '0x1' }
    assert.deepEqual(await failure(poor), { code: -32000, message: 'insufficient funds for transfer' })
  })

  it('says what no transaction may be, and with how much gas it was tried', async () => {
    const error = 'sender not an eoa: address 0x00'
    const { server } = chainThatCalls(() => ({ ...success(), status: 'invalid', error }))
    const call = { data: '0x01', gas: '0x7530' }
    assert.deepEqual((await callMethod(server, 'eth_estimateGas', [call])).error, {
      code: -32000,
      message: `failed with 30000 gas: ${error}`,
    })
  })

  it('answers a revert as eth_call does', async () => {
    const data = encodeErrorResult({ abi: parseAbi(['error Error(string)']), args: ['paused'] })
    const { server } = chainThatCalls(() => revert(data))
    assert.deepEqual((await callMethod(server, 'eth_estimateGas', [{ data: '0x01' }])).error, {
      code: 3,
      message: 'execution reverted: paused',
      data,
    })
  })
})

describe('eth_sendRawTransaction', () => {
  it('gives the hash of what was executed or queued', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    const executed = await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(0)])
    assert.match(executed, /^0x[0-9a-f]{64}$/)
    chain.onSubmit = () => ({ kind: 'queued', hash: new Uint8Array(32).fill(5), expectedNonce: 1n })
    assert.equal(
      await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(7)]),
      `0x${'05'.repeat(32)}`,
    )
  })

  it('passes a refusal on with code -32000', async () => {
    const chain = new FakeChain()
    chain.onSubmit = () => ({
      kind: 'refused',
      code: 'x',
      message: 'nonce too low: next nonce 5, tx nonce 3',
    })
    const server = new RpcServer(chain)
    for (const name of [
      'eth_sendRawTransaction',
      'eth_sendRawTransactionSync',
      'realtime_sendRawTransaction',
    ]) {
      assert.deepEqual((await callMethod(server, name, ['0x00'])).error, {
        code: -32000,
        message: 'nonce too low: next nonce 5, tx nonce 3',
      })
    }
  })
})

const never = (): Promise<SubmitOutcome> => new Promise(() => {})

describe('realtime_sendRawTransaction', () => {
  it('waits as long as MegaETH does when realtime_sendRawTransaction names no timeout', async () => {
    const chain = new FakeChain()
    chain.onSubmit = never
    const server = new RpcServer(chain, { syncTimeoutMs: 60_000, maxSyncTimeoutMs: 6 })
    const { error } = await callMethod(server, 'realtime_sendRawTransaction', [await signTransfer(0)])
    assert.equal(error?.message, 'realtime transaction expired')
    const shorter = new RpcServer(chain, { syncTimeoutMs: 1, maxSyncTimeoutMs: 200 })
    const answer = callMethod(shorter, 'realtime_sendRawTransaction', [await signTransfer(1)])
    const waits = new Promise((resolve) => setTimeout(resolve, 20, 'waits'))
    assert.equal(await Promise.race([answer, waits]), 'waits')
  })
})

describe('eth_sendRawTransactionSync', () => {
  it('gives the receipt, as does realtime_sendRawTransaction', async () => {
    const server = new RpcServer(new FakeChain())
    for (const [nonce, name] of ['eth_sendRawTransactionSync', 'realtime_sendRawTransaction'].entries()) {
      const receipt: { transactionHash: string } = await resultOf(server, name, [await signTransfer(nonce)])
      assert.deepEqual(
        receipt,
        await resultOf(server, 'eth_getTransactionReceipt', [receipt.transactionHash]),
      )
    }
  })

  it('times out with code 4 and the hash', async () => {
    const chain = new FakeChain()
    chain.onSubmit = never
    const server = new RpcServer(chain)
    const raw = await signTransfer(0)
    const { error } = await callMethod(server, 'eth_sendRawTransactionSync', [raw, 5])
    const hash = (await import('viem')).keccak256(raw)
    assert.deepEqual(error, {
      code: 4,
      message: "The transaction was added to the mempool but wasn't processed in 5ms.",
      data: hash,
    })
    const realtime = await callMethod(server, 'realtime_sendRawTransaction', [raw, '0x5'])
    assert.deepEqual(realtime.error, { code: -32000, message: 'realtime transaction expired' })
  })

  it('uses the default for an invalid timeout, and the maximum for a longer one', async () => {
    const chain = new FakeChain()
    chain.onSubmit = never
    const server = new RpcServer(chain, { syncTimeoutMs: 3, maxSyncTimeoutMs: 6 })
    const raw = await signTransfer(0)
    for (const [timeout, waited] of [
      [0, 3],
      [-5, 3],
      ['soon', 3],
      [null, 3],
      [1.5, 3],
      [60_000, 6],
    ]) {
      const { error } = await callMethod(server, 'eth_sendRawTransactionSync', [raw, timeout])
      assert.match(error!.message, new RegExp(`in ${waited}ms`))
    }
  })

  it('answers 6 with the expected nonce for a nonce gap, and 5 for what waits otherwise', async () => {
    const chain = new FakeChain()
    const hash = new Uint8Array(32).fill(5)
    chain.onSubmit = () => ({ kind: 'queued', hash, expectedNonce: 16n })
    const server = new RpcServer(chain)
    const gap = await callMethod(server, 'eth_sendRawTransactionSync', [await signTransfer(17)])
    assert.equal(gap.error!.code, 6)
    assert.equal(gap.error!.data, '0x10')
    const waits = await callMethod(server, 'eth_sendRawTransactionSync', [await signTransfer(16)])
    assert.equal(waits.error!.code, 5)
    assert.equal(waits.error!.data, `0x${'05'.repeat(32)}`)
  })

  it('gives the same receipt when a transaction is sent again that was executed', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    const raw = await signTransfer(0)
    const receipt = await resultOf(server, 'eth_sendRawTransactionSync', [raw])
    assert.equal((receipt as { miniBlock: string }).miniBlock, '0x1')
    chain.onSubmit = () => ({ kind: 'refused', code: 'low', message: 'nonce too low' })
    for (const name of ['eth_sendRawTransactionSync', 'realtime_sendRawTransaction'])
      assert.deepEqual(await resultOf(server, name, [raw]), receipt)
    const { error } = await callMethod(server, 'eth_sendRawTransactionSync', [await signTransfer(1)])
    assert.deepEqual(error, { code: -32000, message: 'nonce too low' })
  })

  it('answers the same when a transaction is sent again that waits', async () => {
    const chain = new FakeChain()
    const raw = await signTransfer(17)
    const hash = (await import('viem')).keccak256(raw)
    const sender = hexToBytes(ACCOUNT.address)
    chain.pooled.set(hash, { hash: hexToBytes(hash), sender, raw: hexToBytes(raw) } as never)
    chain.pendingNonce = () => 16n
    chain.onSubmit = () => ({ kind: 'refused', code: 'known', message: 'already known' })
    const { error } = await callMethod(new RpcServer(chain), 'eth_sendRawTransactionSync', [raw])
    assert.deepEqual([error!.code, error!.data], [6, '0x10'])
  })
})

describe('eth_sendRawTransactionSync on a view that is behind', () => {
  it('waits for a view that shows the transaction later, and then listens no more', async () => {
    const chain = new FakeChain()
    const raw = await signTransfer(0)
    let execute: () => Promise<SubmitOutcome> = () => assert.fail()
    chain.onSubmit = async (bytes) => {
      const hash = hexToBytes((await import('viem')).keccak256(bytes))
      chain.onSubmit = undefined
      execute = () => chain.submit(bytes)
      return { kind: 'executed', hash }
    }
    const pending = callMethod(new RpcServer(chain), 'eth_sendRawTransactionSync', [raw])
    while (chain.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve))
    await execute()
    assert.equal(((await pending).result as { status: string }).status, '0x1')
    assert.equal(chain.listeners.size, 0)
  })
})

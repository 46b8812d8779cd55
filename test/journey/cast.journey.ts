import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Address, encodeFunctionData, type Hex, keccak256, numberToHex, pad } from 'viem'
import {
  accounts,
  assertBlockForm,
  assertLogForm,
  assertReceiptForm,
  assertTransactionForm,
  bytes,
  type Chain,
  Clients,
  compile,
  eventually,
  HttpRpc,
  hex,
  type Json,
  leveretOnly,
  sealedBlock,
  signTransaction,
  startChain,
  transactionHash,
  WsRpc,
} from '../lib/index.ts'

/** What Foundry's cast 1.7 (alloy) sends for its commands, request by request. */
const ZERO = '0x0000000000000000000000000000000000000000'
const me = accounts[3]!
const reverter = compile('Reverter')
const increment = encodeFunctionData({ ...reverter, functionName: 'increment' })
const COUNTED = '0x661fab7f24b9fdb6d088a46b82c477922b83ae7f1de8173a4670c3802fc6f921'

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let counter: Address
/** Of the increments, in order. */
const receipts: Json[] = []

before(async () => {
  chain = await startChain({ blockMs: 300 })
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  counter = await clients.deploy(reverter, [])
  for (let count = 0; count < 3; count++) receipts.push(await send(rpc))
})
after(async () => {
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

/** `cast send COUNTER 'increment()'`: fills the transaction in, signs, sends, and polls for the receipt. */
async function send(rpc: { call(method: string, params?: unknown[]): Promise<Json> }): Promise<Json> {
  assert.equal(await rpc.call('eth_chainId'), '0x7a69')
  const nonce: Hex = await rpc.call('eth_getTransactionCount', [me.address.toLowerCase(), 'latest'])
  const history = await rpc.call('eth_feeHistory', ['0xa', 'latest', [20.0]])
  const baseFee = BigInt(history.baseFeePerGas.at(-1))
  const tips: bigint[] = history.reward.map(([tip]: [Hex]) => BigInt(tip)).filter((tip: bigint) => tip > 0n)
  const maxPriorityFeePerGas = tips.sort((a, b) => (a < b ? -1 : 1))[tips.length >> 1] ?? 1n
  const maxFeePerGas = baseFee * 2n + maxPriorityFeePerGas
  const request = {
    ...{ from: me.address.toLowerCase(), to: counter.toLowerCase(), maxFeePerGas: numberToHex(maxFeePerGas) },
    ...{ maxPriorityFeePerGas: numberToHex(maxPriorityFeePerGas), input: increment, data: increment },
    ...{ nonce, chainId: '0x7a69' },
  }
  const gasLimit = BigInt(await rpc.call('eth_estimateGas', [request, 'pending']))
  const fees = { maxFeePerGas, maxPriorityFeePerGas }
  const tx = { type: 2, chainId: 31337n, nonce: BigInt(nonce), gasLimit, ...fees } as const
  const raw = signTransaction({ ...tx, to: bytes(counter), data: bytes(increment) }, me.key)
  const hash = await rpc.call('eth_sendRawTransaction', [hex(raw)])
  assert.equal(hash, hex(transactionHash(raw)))
  const receipt = await eventually(
    'the receipt',
    async () => (await rpc.call('eth_getTransactionReceipt', [hash])) ?? undefined,
  )
  assertReceiptForm(receipt)
  assert.deepEqual([receipt.status, receipt.type, receipt.to], ['0x1', '0x2', counter.toLowerCase()])
  assert.ok(BigInt(receipt.gasUsed) <= gasLimit)
  return receipt
}

describe('cast send', () => {
  it('fills in, sends, and finds what it did in the receipt', async () => {
    const before: Hex = await rpc.call('eth_getStorageAt', [counter, '0x0', 'latest'])
    const receipt = await send(rpc)
    receipts.push(receipt)
    assert.deepEqual(receipt.logs[0].topics, [COUNTED, pad(me.address.toLowerCase() as Hex)])
    assert.equal(BigInt(receipt.logs[0].data), BigInt(before) + 1n)
  })

  it('does the same over a WebSocket', async () => {
    const socket = await WsRpc.open(chain.wsUrl)
    receipts.push(await send(socket))
    socket.close()
  })

  it('asks one number for block and nonce, in hex', async () => {
    const number = BigInt(await rpc.call('eth_blockNumber'))
    assert.ok(number >= BigInt(receipts.at(-1).blockNumber))
    for (const tag of ['latest', 'pending']) {
      const nonce = await rpc.call('eth_getTransactionCount', [me.address, tag])
      assert.equal(BigInt(nonce), BigInt(receipts.length))
    }
  })
})

describe('cast block, tx and receipt', () => {
  it('reads a block by number, by hash and in full', async () => {
    const receipt = receipts[0]
    const block = await sealedBlock(rpc, receipt.blockNumber)
    assertBlockForm(block)
    assert.ok(block.transactions.includes(receipt.transactionHash))
    const full = await rpc.call('eth_getBlockByHash', [block.hash, true])
    assertBlockForm(full)
    const transaction = full.transactions.find((tx: Json) => tx.hash === receipt.transactionHash)
    assert.deepEqual([transaction.from, transaction.input], [me.address.toLowerCase(), increment])
    assert.deepEqual(await rpc.call('eth_getTransactionByHash', [receipt.transactionHash]), transaction)
  })

  it('reads the pending block, whose hash alone may be null', async () => {
    const sent = rpc.call('eth_sendRawTransactionSync', [
      hex(
        signTransaction(
          {
            type: 2,
            chainId: 31337n,
            nonce: 0n,
            gasLimit: 21_000n,
            maxFeePerGas: 10n ** 10n,
            to: bytes(counter),
          },
          accounts[9]!.key,
        ),
      ),
    ])
    const block = await rpc.call('eth_getBlockByNumber', ['pending', true])
    assertBlockForm({ ...block, hash: block.hash ?? pad('0x') })
    await sent
  })

  it('reads a receipt whose block is sealed, with that block’s hash everywhere', async () => {
    const block = await sealedBlock(rpc, receipts[0].blockNumber)
    const receipt = await rpc.call('eth_getTransactionReceipt', [receipts[0].transactionHash])
    assertReceiptForm(receipt)
    assert.deepEqual([receipt.blockHash, receipt.logs[0].blockHash], [block.hash, block.hash])
    const transaction = await rpc.call('eth_getTransactionByHash', [receipt.transactionHash])
    assertTransactionForm(transaction)
    assert.equal(transaction.gasPrice, receipt.effectiveGasPrice)
    const raw: Hex = await rpc.call('eth_getRawTransactionByHash', [receipt.transactionHash])
    assert.equal(keccak256(raw), receipt.transactionHash)
  })
})

describe('cast call, estimate and access-list', () => {
  const count = encodeFunctionData({ ...reverter, functionName: 'count' })
  const call = { from: ZERO, to: '', input: count, data: count, chainId: '0x7a69' }

  it('calls with input and data at once, or with either', async () => {
    const expected = numberToHex(receipts.length, { size: 32 })
    const { input, data, ...rest } = { ...call, to: counter }
    for (const request of [
      { ...rest, input, data },
      { ...rest, input },
      { ...rest, data },
    ]) {
      assert.equal(await rpc.call('eth_call', [request, 'latest']), expected)
    }
  })

  it('reads why a call failed from code 3 and the revert data', async () => {
    const data = encodeFunctionData({ ...reverter, functionName: 'withCustomError', args: [7n] })
    const [answer] = await rpc.batch([['eth_call', [{ ...call, to: counter, input: data, data }, 'latest']]])
    assert.equal(answer!.error?.code, 3)
    assert.equal(answer!.error?.data, `0x18ff0ee4${pad('0x7').slice(2)}${pad(ZERO).slice(2)}`)
  })

  it('asks for the access list that the call needs', async () => {
    const request = { from: me.address, to: counter, input: increment, data: increment, chainId: '0x7a69' }
    const [answer] = await rpc.batch([['eth_createAccessList', [request, 'latest']]])
    const { accessList, gasUsed, error } = answer!.result as Json
    assert.equal(error, undefined)
    assert.deepEqual(accessList, [{ address: counter.toLowerCase(), storageKeys: [pad('0x0')] }])
    const withList = await rpc.call('eth_estimateGas', [{ ...request, accessList }, 'latest'])
    assert.ok(BigInt(gasUsed) <= BigInt(withList) && BigInt(gasUsed) > 25_000n, `${gasUsed} ${withList}`)
  })
})

describe('cast logs', () => {
  const topics = [COUNTED, pad(me.address.toLowerCase() as Hex)]

  it('finds the events from the earliest block on', async () => {
    for (const fromBlock of ['earliest', '0x0']) {
      for (const filter of [{ address: counter, topics: [] }, { topics }, { address: counter, topics }]) {
        const logs: Json[] = await rpc.call('eth_getLogs', [{ fromBlock, toBlock: 'latest', ...filter }])
        for (const log of logs) assertLogForm(log)
        assert.deepEqual(
          logs.map((log) => [log.transactionHash, BigInt(log.data)]),
          receipts.map((receipt, index) => [receipt.transactionHash, BigInt(index + 1)]),
        )
      }
    }
  })
})

describe('cast storage, code, proof, codehash and storage-root', () => {
  it('agree with one another', async () => {
    const slot = await rpc.call('eth_getStorageAt', [counter, '0x0', 'latest'])
    assert.equal(slot, numberToHex(receipts.length, { size: 32 }))
    const code: Hex = await rpc.call('eth_getCode', [counter, 'latest'])
    const proof = await rpc.call('eth_getProof', [counter, [pad('0x0')], 'latest'])
    assert.deepEqual([proof.address, proof.nonce, proof.balance], [counter.toLowerCase(), '0x1', '0x0'])
    assert.equal(proof.codeHash, keccak256(code))
    assert.equal(BigInt(proof.storageProof[0].value), BigInt(slot))
    const { storageHash } = await rpc.call('eth_getProof', [counter, [], 'latest'])
    assert.equal(storageHash, proof.storageHash)
  })
})

describe('cast run and trace', () => {
  it('reads the state before, as it executes the transaction itself', async () => {
    const { blockNumber, transactionHash } = receipts[2]
    await sealedBlock(rpc, blockNumber)
    const block = await rpc.call('eth_getBlockByNumber', [blockNumber, true])
    const before = numberToHex(BigInt(blockNumber) - 1n)
    assertBlockForm(await rpc.call('eth_getBlockByNumber', [before, false]))
    const ahead = block.transactions.findIndex((tx: Json) => tx.hash === transactionHash)
    const counted = receipts.filter((receipt) => BigInt(receipt.blockNumber) < BigInt(blockNumber)).length
    assert.ok(ahead >= 0)
    const values = await rpc.results([
      ['eth_getBalance', [counter, before]],
      ['eth_getTransactionCount', [me.address, before]],
      ['eth_getCode', [counter, before]],
      ['eth_getStorageAt', [counter, '0x0', before]],
    ])
    assert.deepEqual(
      [values[0], BigInt(values[1]), BigInt(values[3])],
      ['0x0', BigInt(counted), BigInt(counted)],
    )
  })

  it(
    'asks the node for struct logs and for the calls',
    leveretOnly('anvil keeps struct logs only with --steps-tracing'),
    async () => {
      const { transactionHash, gasUsed } = receipts[1]
      const struct = await rpc.call('debug_traceTransaction', [transactionHash, {}])
      assert.deepEqual([struct.failed, BigInt(struct.gas)], [false, BigInt(gasUsed)])
      const ops: string[] = struct.structLogs.map((log: Json) => log.op)
      assert.deepEqual([ops[0], ops.at(-1)], ['PUSH1', 'RETURN'])
      assert.equal(ops.filter((op) => op === 'SSTORE').length, 1)
      const calls = await rpc.call('debug_traceTransaction', [transactionHash, { tracer: 'callTracer' }])
      assert.deepEqual(
        [calls.type, calls.from, calls.to, calls.input, BigInt(calls.output), calls.gasUsed],
        ['CALL', me.address.toLowerCase(), counter.toLowerCase(), increment, 2n, gasUsed],
      )
      const [trace] = await rpc.call('trace_transaction', [transactionHash])
      assert.deepEqual(
        [trace.action.to, trace.action.input, BigInt(trace.result.output), trace.traceAddress],
        [counter.toLowerCase(), increment, 2n, []],
      )
    },
  )
})

describe('cast rpc', () => {
  it('takes params that are left out, empty or null, and answers a batch in its order', async () => {
    const bodies = ['', ',"params":[]', ',"params":null'].map(
      (params, id) => `{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"${params}}`,
    )
    const { body } = await rpc.post(`[${bodies.join(',')}]`)
    assert.deepEqual(
      JSON.parse(body).map(({ id, result }: Json) => [id, result]),
      [0, 1, 2].map((id) => [id, '0x7a69']),
    )
  })

  it('reads the pool', async () => {
    assert.deepEqual(await rpc.call('txpool_status'), { pending: '0x0', queued: '0x0' })
    assert.deepEqual(await rpc.call('txpool_content'), { pending: {}, queued: {} })
  })
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createWalletClient, defineChain, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Node } from '../nodeOptions.ts'
import { startNode } from '../startNode.ts'
import { ACCOUNT, callNode, sealedBlock, sendSync } from '../testing/index.ts'

/** Adds one to its slot 0, and calls the identity precompile. */
const COUNTER: Hex = '0x5f546001015f555f5f5f5f60045afa00'
const DEPLOY: Hex = `0x60108060095f395ff3${COUNTER.slice(2)}`

type Sent = { hash: Hex; block: Hex; index: number }

/** A chain with a contract and five calls of it, two of which may share a block. */
async function counted(node: Node): Promise<{ address: Hex; deployment: Sent; calls: Sent[] }> {
  const chain = defineChain({
    ...{ id: 31337, name: 'leveret', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
    rpcUrls: { default: { http: [node.url] } },
  })
  const wallet = createWalletClient({ account: ACCOUNT, chain, transport: http() })
  let nonce = 0
  const send = async (transaction: { to?: Hex; data?: Hex }) => {
    const request = { ...transaction, nonce: nonce++, gas: 200_000n, type: 'eip1559' as const }
    const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }
    const raw = await wallet.signTransaction({ ...request, ...fees } as never)
    const receipt = await sendSync(node, raw)
    const { transactionHash: hash, blockNumber: block, contractAddress: address } = receipt
    return { hash, block, index: Number(receipt.transactionIndex), address }
  }
  const deployment = await send({ data: DEPLOY })
  const calls: Sent[] = []
  for (let i = 0; i < 5; i++) calls.push(await send({ to: deployment.address }))
  return { address: deployment.address, deployment, calls }
}

async function errorOf(
  node: Node,
  method: string,
  params: unknown[],
): Promise<{ code: number; message: string }> {
  const response = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { error } = (await response.json()) as { error: { code: number; message: string } }
  assert.ok(error !== undefined, `${method} is answered with an error`)
  return error
}

const slot = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

let folder: string
let node: Node
let chain: Awaited<ReturnType<typeof counted>>

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-traces-'))
  node = await startNode({ port: 0, data: folder, blockMs: 100 })
  chain = await counted(node)
})

after(async () => {
  await node.close()
  rmSync(folder, { recursive: true })
})

describe('debug_trace*', () => {
  it('traces a transaction of the open block and, the same, of the sealed one', async () => {
    const { hash, block } = chain.calls.at(-1)!
    const config = { tracer: 'callTracer' }
    const open = await callNode(node, 'debug_traceTransaction', [hash, config])
    await sealedBlock(node, block)
    const sealed = await callNode(node, 'debug_traceTransaction', [hash, config])
    assert.deepEqual(open, sealed)
    assert.equal(sealed.type, 'CALL')
    assert.equal(sealed.calls[0].type, 'STATICCALL')
    const receipt = await callNode(node, 'eth_getTransactionReceipt', [hash])
    assert.equal(sealed.gasUsed, receipt.gasUsed)
  })

  it('sees the state before each transaction', async () => {
    for (const [i, { hash }] of chain.calls.entries()) {
      const config = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
      const { pre, post } = await callNode(node, 'debug_traceTransaction', [hash, config])
      assert.equal(pre[chain.address]?.storage?.[slot(0)], i === 0 ? undefined : slot(i))
      assert.equal(post[chain.address].storage[slot(0)], slot(i + 1))
    }
  })

  it('gives struct logs where no tracer is named', async () => {
    const result = await callNode(node, 'debug_traceTransaction', [chain.calls[0]!.hash])
    assert.equal(result.failed, false)
    assert.equal(result.structLogs.length, 14)
    const few = await callNode(node, 'debug_traceTransaction', [chain.calls[0]!.hash, { limit: 1 }])
    assert.equal(few.structLogs.length, 1)
  })

  it('traces blocks by number, hash and bytes', async () => {
    const { block } = chain.calls.at(-1)!
    const { hash, transactions } = await sealedBlock(node, block)
    const config = { tracer: 'callTracer' }
    const byNumber = await callNode(node, 'debug_traceBlockByNumber', [block, config])
    assert.deepEqual(
      byNumber.map(({ txHash }: { txHash: Hex }) => txHash),
      transactions,
    )
    assert.deepEqual(await callNode(node, 'debug_traceBlockByHash', [hash, config]), byNumber)
    const raw = await callNode(node, 'debug_getRawBlock', [block])
    assert.deepEqual(await callNode(node, 'debug_traceBlock', [raw, config]), byNumber)
    const flat = { tracer: 'flatCallTracer' }
    const flatByNumber = await callNode(node, 'debug_traceBlockByNumber', [block, flat])
    assert.equal(flatByNumber[0].result[0].transactionHash, transactions[0])
    assert.deepEqual(await callNode(node, 'debug_traceBlock', [raw, flat]), flatByNumber)
  })

  it('traces calls: after a block, before a transaction, with overrides', async () => {
    const call = { to: chain.address, data: '0x' }
    const config = { tracer: 'prestateTracer' }
    const valueBefore = async (block: string, extra: object = {}): Promise<Hex> => {
      const result = await callNode(node, 'debug_traceCall', [call, block, { ...config, ...extra }])
      return result[chain.address].storage[slot(0)]
    }
    assert.equal(await valueBefore('latest'), slot(5))
    const { block, index } = chain.calls[2]!
    assert.equal(await valueBefore(block, { txIndex: `0x${index.toString(16)}` }), slot(2))
    const stateDiff = { [slot(0)]: slot(77) }
    assert.equal(
      await valueBefore('latest', { stateOverrides: { [chain.address]: { stateDiff } } }),
      slot(77),
    )
  })
})

describe('debug_trace*, where it fails', () => {
  it('says what it can not do', async () => {
    const unknown = slot(1)
    const { hash, block } = chain.calls[0]!
    const messageOf = async (method: string, params: unknown[]) =>
      (await errorOf(node, method, params)).message
    assert.equal(await messageOf('debug_traceTransaction', [unknown]), 'transaction not found')
    assert.equal(await messageOf('debug_traceBlockByNumber', ['0x0']), 'genesis is not traceable')
    assert.equal(await messageOf('debug_traceBlockByNumber', ['0xffff']), 'block #65535 not found')
    assert.equal(await messageOf('debug_traceBlockByHash', [unknown]), `block ${unknown} not found`)
    assert.match(await messageOf('debug_traceBlock', ['0xc0']), /^could not decode block: /)
    assert.match(await messageOf('debug_traceTransaction', [hash, { tracer: 'x' }]), /^tracer not found: x; /)
    assert.match(await messageOf('debug_traceTransaction', [hash, { tracer: 1 }]), /cannot unmarshal number/)
    assert.match(
      await messageOf('debug_traceTransaction', [hash, { timeout: 'soon' }]),
      /invalid duration "soon"/,
    )
    const outside = { txIndex: '0xfff' }
    assert.match(
      await messageOf('debug_traceCall', [{}, block, outside]),
      /^transaction index 4095 out of range/,
    )
    const poor = { from: chain.address, to: chain.address, value: '0x1' }
    assert.match(await messageOf('debug_traceCall', [poor, 'latest']), /^tracing failed: insufficient funds/)
  })

  it('ends what takes too long', async () => {
    const code = '0x5b5f56'
    const call = { to: chain.address }
    const config = { timeout: '1ms', stateOverrides: { [chain.address]: { code } } }
    const { code: number, message } = await errorOf(node, 'debug_traceCall', [call, 'latest', config])
    assert.deepEqual([number, message], [-32000, 'execution timeout'])
    const { structLogs } = await callNode(node, 'debug_traceCall', [call, 'latest'])
    assert.ok(structLogs.length > 0)
  })

  it('refuses a result that is too large', async () => {
    const config = { stateOverrides: { [chain.address]: { code: '0x5b5f56' } }, timeout: '30s' }
    const { code, message } = await errorOf(node, 'debug_traceCall', [
      { to: chain.address },
      'latest',
      config,
    ])
    assert.deepEqual([code, message], [-32003, 'response too large'])
  })
})

describe('trace_*', () => {
  it('gives the traces of a transaction, a block, and one of them', async () => {
    const { hash, block } = chain.calls[0]!
    const traces = await callNode(node, 'trace_transaction', [hash])
    assert.deepEqual(
      traces.map(({ type, traceAddress }: { type: string; traceAddress: number[] }) => [type, traceAddress]),
      [['call', []]],
    )
    assert.equal(traces[0].transactionHash, hash)
    const receipt = await callNode(node, 'eth_getTransactionReceipt', [hash])
    assert.equal(BigInt(traces[0].result.gasUsed) + 21_000n, BigInt(receipt.gasUsed))
    await sealedBlock(node, block)
    const ofBlock = await callNode(node, 'trace_block', [block])
    const own = ofBlock.filter((trace: { transactionHash: Hex }) => trace.transactionHash === hash)
    assert.deepEqual(own, await callNode(node, 'trace_transaction', [hash]))
    assert.deepEqual(await callNode(node, 'trace_get', [hash, []]), own[0])
    assert.equal(await callNode(node, 'trace_get', [hash, ['0x7']]), null)
    assert.equal(await callNode(node, 'trace_transaction', [slot(1)]), null)
  })

  it('filters by address, and pages', async () => {
    const filter = { toAddress: [chain.address] }
    const all = await callNode(node, 'trace_filter', [filter])
    assert.equal(all.length, 6) // its creation, too
    const some = await callNode(node, 'trace_filter', [{ ...filter, after: 1, count: 2 }])
    assert.deepEqual(some, all.slice(1, 3))
    assert.deepEqual(await callNode(node, 'trace_filter', [{ fromAddress: [chain.address] }]), [])
    const { message } = await errorOf(node, 'trace_filter', [{ fromBlock: '0x5', toBlock: '0x1' }])
    assert.match(message, /fromBlock cannot be greater/)
  })

  it('replays with state diff and instructions', async () => {
    const { hash, block } = chain.calls[1]!
    const types = ['trace', 'stateDiff', 'vmTrace']
    const result = await callNode(node, 'trace_replayTransaction', [hash, types])
    assert.deepEqual(result.stateDiff[chain.address].storage[slot(0)], {
      '*': { from: slot(1), to: slot(2) },
    })
    assert.equal(result.vmTrace.code, COUNTER)
    assert.deepEqual(result.vmTrace.ops[1].ex.push, ['0x1'])
    assert.deepEqual(result.vmTrace.ops[5].ex.store, { key: '0x0', val: '0x2' })
    const replayed = await callNode(node, 'trace_replayBlockTransactions', [block, types])
    const own = replayed.find((each: { transactionHash: Hex }) => each.transactionHash === hash)
    assert.deepEqual(own, { ...result, transactionHash: hash })
  })

  it('tells what a creation and a call would do', async () => {
    const made = await callNode(node, 'trace_call', [{ data: DEPLOY }, ['trace', 'stateDiff']])
    assert.equal(made.trace[0].type, 'create')
    assert.equal(made.vmTrace, null)
    assert.deepEqual(made.stateDiff[made.trace[0].result.address].code, { '+': COUNTER })
    const { code, message } = await errorOf(node, 'trace_call', [{}, ['everything']])
    assert.deepEqual([code, message], [-32602, 'invalid argument 1: unrecognized trace type: "everything"'])
  })

  it('lets a call find what the ones before it have changed', async () => {
    const call = { to: chain.address, from: ACCOUNT.address }
    const results = await callNode(node, 'trace_callMany', [
      [call, call, call].map((each) => [each, ['stateDiff']]),
    ])
    const changes = results.map(
      (result: { stateDiff: Record<Hex, { storage: object }> }) => result.stateDiff[chain.address]!.storage,
    )
    const from = (n: number) => ({ [slot(0)]: { '*': { from: slot(n), to: slot(n + 1) } } })
    assert.deepEqual(changes, [from(5), from(6), from(7)])
    assert.deepEqual(await callNode(node, 'trace_callMany', [[]]), [])
    assert.match((await errorOf(node, 'trace_callMany', [[[call]]])).message, /expected \[call, types\]/)
  })

  it('traces a raw transaction without executing it', async () => {
    const transaction = {
      to: chain.address,
      chainId: 31337,
      nonce: 99,
      gas: 100_000n,
      maxFeePerGas: 10n ** 10n,
    }
    const raw = await ACCOUNT.signTransaction({ ...transaction, type: 'eip1559', maxPriorityFeePerGas: 0n })
    const { trace } = await callNode(node, 'trace_rawTransaction', [raw, ['trace']])
    assert.equal(trace[0].action.from, ACCOUNT.address.toLowerCase())
    const { message } = await errorOf(node, 'trace_rawTransaction', ['0x01', ['trace']])
    assert.notEqual(message, '')
  })

  it('traces a raw transaction with its delegations, but for those of another chain', async () => {
    const authority = privateKeyToAccount(slot(1))
    const storageAfter = async (chainId: number) => {
      const authorization = await authority.signAuthorization({ chainId, address: chain.address, nonce: 0 })
      const raw = await ACCOUNT.signTransaction({
        ...{ type: 'eip7702', chainId: 31337, nonce: 99, gas: 200_000n, to: authority.address },
        ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 0n, authorizationList: [authorization] },
      })
      const { stateDiff } = await callNode(node, 'trace_rawTransaction', [raw, ['stateDiff']])
      return stateDiff[authority.address.toLowerCase()]?.storage
    }
    const counted = { [slot(0)]: { '*': { from: slot(0), to: slot(1) } } }
    assert.deepEqual([await storageAfter(31337), await storageAfter(0)], [counted, counted])
    assert.deepEqual((await storageAfter(1)) ?? {}, {})
  })
})

describe('ots_*', () => {
  const me = ACCOUNT.address

  it('tells of the block, with pages of its transactions', async () => {
    const { block } = chain.calls.at(-1)!
    const sealed = await sealedBlock(node, block)
    assert.equal(await callNode(node, 'ots_getApiLevel', []), 8)
    const details = await callNode(node, 'ots_getBlockDetails', [block])
    assert.deepEqual(await callNode(node, 'ots_getBlockDetailsByHash', [sealed.hash]), details)
    assert.equal(details.block.transactionCount, sealed.transactions.length)
    assert.equal(details.block.logsBloom, null)
    assert.ok(BigInt(details.totalFees) > 0n)
    const { fullblock, receipts } = await callNode(node, 'ots_getBlockTransactions', [block, 0, 1])
    assert.deepEqual(
      fullblock.transactions.map(({ hash }: { hash: Hex }) => hash),
      sealed.transactions.slice(-1),
    )
    assert.equal(receipts[0].logs, null)
    assert.equal(await callNode(node, 'ots_getBlockDetails', ['0xffff']), null)
  })

  it('finds transactions of an address, by nonce, and of a contract its creator', async () => {
    const hashes = [chain.deployment, ...chain.calls].map(({ hash }) => hash).reverse()
    const before = await callNode(node, 'ots_searchTransactionsBefore', [me, 0, 25])
    assert.deepEqual(
      before.txs.map(({ hash }: { hash: Hex }) => hash),
      hashes,
    )
    assert.deepEqual([before.firstPage, before.lastPage], [true, true])
    const after = await callNode(node, 'ots_searchTransactionsAfter', [chain.address, 0, 25])
    assert.deepEqual(after.txs, before.txs)
    const nonce = await callNode(node, 'ots_getTransactionBySenderAndNonce', [me, 2])
    assert.equal(nonce, chain.calls[1]!.hash)
    assert.equal(await callNode(node, 'ots_getTransactionBySenderAndNonce', [me, 77]), null)
    assert.deepEqual(await callNode(node, 'ots_getContractCreator', [chain.address]), {
      hash: chain.deployment.hash,
      creator: me.toLowerCase(),
    })
    assert.equal(await callNode(node, 'ots_getContractCreator', [me]), null)
    assert.equal(await callNode(node, 'ots_hasCode', [chain.address, 'latest']), true)
    assert.equal(await callNode(node, 'ots_hasCode', [me, 'latest']), false)
  })

  it('tells what happens inside a transaction', async () => {
    const { hash } = chain.calls[0]!
    const [own, inner] = await callNode(node, 'ots_traceTransaction', [hash])
    assert.deepEqual([own.type, own.depth, inner.type, inner.depth], ['CALL', 0, 'STATICCALL', 1])
    assert.deepEqual(await callNode(node, 'ots_getInternalOperations', [hash]), [])
    assert.equal(await callNode(node, 'ots_getTransactionError', [hash]), '0x')
    assert.equal((await errorOf(node, 'ots_traceTransaction', [slot(1)])).message, 'transaction not found')
  })
})

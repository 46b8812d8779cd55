import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Worker } from 'node:worker_threads'
import type { Node } from '../nodeOptions.ts'
import { startNode } from '../startNode.ts'
import {
  callNode,
  FORKED,
  RemoteProxy,
  RemoteThread,
  sealedBlock,
  sendSync,
  signedTransaction,
  testNodes,
  word,
  writeForked,
} from '../testing/index.ts'

const { folder, start } = testNodes()

const { code: COUNTER_CODE, counter: COUNTER, other: OTHER, rich: STRANGER } = FORKED
const NOBODY = '0x00000000000000000000000000000000000000bb'
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const SLOT_0 = `0x${'00'.repeat(32)}`

const proxies: RemoteProxy[] = []
afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close()
})

type Remote = { remote: Node; hashes: string[]; forkNumber: number }
type Forked = Remote & { url: string; proxy: RemoteProxy }

/** A chain with a contract that was called twice, in two blocks, and then moves on; `forkNumber` has both calls. */
async function startRemote(data: string): Promise<Remote> {
  const remote = await startNode({ port: 0, data, mining: 'auto' })
  await writeForked((method, params) => callNode(remote, method, params))
  const hashes: string[] = []
  for (const nonce of [0n, 1n]) hashes.push(await count(remote, COUNTER, nonce))
  const forkNumber = Number(await callNode(remote, 'eth_blockNumber', []))
  await sealedBlock(remote, `0x${forkNumber.toString(16)}`)
  await count(remote, COUNTER, 2n)
  return { remote, hashes, forkNumber }
}

/** For all tests that leave it alone. */
let shared: Remote
let sharedFolder: string
before(async () => {
  sharedFolder = mkdtempSync(join(tmpdir(), 'leveret-remote-'))
  shared = await startRemote(sharedFolder)
})
after(async () => {
  await shared.remote.close()
  rmSync(sharedFolder, { recursive: true })
})

async function behindProxy(given: Remote = shared): Promise<Forked> {
  const headers = { 'content-type': 'application/json' }
  const proxy = new RemoteProxy(async (body) =>
    (await fetch(given.remote.url, { method: 'POST', headers, body })).text(),
  )
  proxies.push(proxy)
  return { ...given, proxy, url: await proxy.listen() }
}

function startFork(
  url: string | undefined,
  blockNumber?: number,
  onFailure: (error: Error) => void = () => {},
): Promise<Node> {
  return start({
    data: join(folder(), 'fork'),
    mining: 'auto',
    onFailure,
    ...(url === undefined
      ? {}
      : { fork: { url, ...(blockNumber === undefined ? {} : { blockNumber: BigInt(blockNumber) }) } }),
  })
}

/** Calls a counter; gives the transaction's hash. */
async function count(node: Node, to: string, nonce: bigint): Promise<string> {
  const raw = signedTransaction({ nonce, gasLimit: 100_000n, value: 0n, to })
  const receipt = await sendSync(node, raw)
  assert.equal(receipt.status, '0x1')
  return receipt.transactionHash
}

const slotOf = (node: Node, address: string, block: unknown = 'latest') =>
  callNode(node, 'eth_call', [{ to: address, data: SLOT_0 }, block])

describe('a forked chain', () => {
  it('goes back to snapshots and to the fork itself', async () => {
    const { url, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    const id = await callNode(fork, 'evm_snapshot', [])
    await count(fork, COUNTER, 2n)
    await count(fork, OTHER, 3n)
    assert.deepEqual([await slotOf(fork, COUNTER), await slotOf(fork, OTHER)], [word(3), word(42)])
    assert.equal(await callNode(fork, 'evm_revert', [id]), true)
    assert.deepEqual([await slotOf(fork, COUNTER), await slotOf(fork, OTHER)], [word(2), word(41)])
    assert.equal(Number(await callNode(fork, 'eth_blockNumber', [])), forkNumber)
    await count(fork, OTHER, 2n)
    await callNode(fork, 'anvil_reset', [])
    assert.deepEqual([await slotOf(fork, COUNTER), await slotOf(fork, OTHER)], [word(2), word(41)])
    await count(fork, COUNTER, 2n)
    await fork.close()
    const again = await startFork(url)
    assert.deepEqual([await slotOf(again, COUNTER), await slotOf(again, OTHER)], [word(3), word(41)])
    await again.close()
  })

  it('begins with the state after a block of the remote, and changes it for itself', async () => {
    const { remote, url, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    assert.deepEqual([fork.chainId, fork.forkedAfter], [31337n, BigInt(forkNumber)])
    const { forkConfig } = await callNode(fork, 'anvil_nodeInfo', [])
    assert.deepEqual(forkConfig, { forkUrl: url, forkBlockNumber: forkNumber, forkRetryBackoff: null })
    assert.equal(Number(await callNode(fork, 'eth_blockNumber', [])), forkNumber)
    assert.equal(await slotOf(fork, COUNTER), word(2))
    assert.equal(await callNode(fork, 'eth_getBalance', [STRANGER, 'latest']), '0x64')
    assert.equal(await callNode(fork, 'eth_getBalance', [NOBODY, 'latest']), '0x0')
    assert.equal(await callNode(fork, 'eth_getCode', [OTHER, 'latest']), COUNTER_CODE)
    assert.equal(await callNode(fork, 'eth_getTransactionCount', [SENDER, 'latest']), '0x2')
    await count(fork, COUNTER, 2n)
    await count(fork, OTHER, 3n)
    await count(fork, COUNTER, 4n)
    assert.deepEqual([await slotOf(fork, COUNTER), await slotOf(fork, OTHER)], [word(4), word(42)])
    assert.deepEqual([await slotOf(remote, COUNTER), await slotOf(remote, OTHER)], [word(3), word(41)])
  })

  it('has the blocks of the remote, transactions, logs and states of before, and its own after', async () => {
    const { remote, url, hashes, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    const own = await count(fork, COUNTER, 2n)
    for (const hash of hashes)
      for (const method of ['eth_getTransactionByHash', 'eth_getTransactionReceipt'])
        assert.deepEqual(await callNode(fork, method, [hash]), await callNode(remote, method, [hash]))
    for (let number = 0; number <= forkNumber; number++) {
      const params = [`0x${number.toString(16)}`, true]
      const block = await callNode(remote, 'eth_getBlockByNumber', params)
      assert.deepEqual(await callNode(fork, 'eth_getBlockByNumber', params), block)
      assert.deepEqual(await callNode(fork, 'eth_getBlockByHash', [block.hash, true]), block)
    }
    const later = await callNode(remote, 'eth_getBlockByNumber', ['latest', false])
    assert.ok(Number(later.number) > forkNumber)
    assert.equal(await callNode(fork, 'eth_getBlockByHash', [later.hash, false]), null)
    const next = await sealedBlock(fork, `0x${(forkNumber + 1).toString(16)}`)
    assert.deepEqual(next.transactions, [own])
    const parent = await callNode(remote, 'eth_getBlockByNumber', [`0x${forkNumber.toString(16)}`, false])
    assert.equal(next.parentHash, parent.hash)

    const logs = await callNode(fork, 'eth_getLogs', [{ fromBlock: 'earliest', address: COUNTER }])
    const topics = logs.map(({ topics: [topic] }: { topics: string[] }) => topic)
    assert.deepEqual(topics, [word(1), word(2), word(3)])
    const named = await callNode(fork, 'eth_getLogs', [{ blockHash: parent.hash }])
    assert.deepEqual(named[0].topics, [word(2)])
    const older = `0x${(forkNumber - 1).toString(16)}`
    const fees = await callNode(fork, 'eth_feeHistory', ['0x5', 'latest', [50]])
    assert.deepEqual([fees.oldestBlock, fees.reward.length], [parent.number, 2])
    const feesBefore = ['0x5', older, []]
    assert.deepEqual(
      await callNode(fork, 'eth_feeHistory', feesBefore),
      await callNode(remote, 'eth_feeHistory', feesBefore),
    )
    assert.equal(await slotOf(fork, COUNTER, older), word(1))
    assert.equal(await slotOf(fork, COUNTER, parent.number), word(2))
    assert.equal(await callNode(fork, 'eth_getStorageAt', [COUNTER, '0x0', older]), word(1))
  })

  it('knows the hashes of the blocks before', async () => {
    const { remote, url, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    await count(fork, COUNTER, 2n)
    const number = forkNumber - 1
    const { hash } = await callNode(remote, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    // PUSH1 number BLOCKHASH PUSH0 MSTORE, and returns it.
    const data = `0x60${number.toString(16).padStart(2, '0')}405f5260205ff3`
    assert.equal(await callNode(fork, 'eth_call', [{ data }]), hash)
    const raw = signedTransaction({ nonce: 3n, gasLimit: 100_000n, value: 0n, to: COUNTER })
    await callNode(fork, 'anvil_setCode', [COUNTER, `0x60${number.toString(16).padStart(2, '0')}405f5500`])
    await sendSync(fork, raw)
    assert.equal(await callNode(fork, 'eth_getStorageAt', [COUNTER, '0x0', 'latest']), hash)
  })
})

describe('what a forked chain does', () => {
  it('traces, simulates and reads its own past states', async () => {
    const { url, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    const hash = await count(fork, OTHER, 2n)
    await count(fork, OTHER, 3n)
    const first = `0x${(forkNumber + 1).toString(16)}`
    await sealedBlock(fork, first)
    assert.deepEqual([await slotOf(fork, OTHER, first), await slotOf(fork, OTHER)], [word(42), word(43)])
    const prestate = await callNode(fork, 'debug_traceTransaction', [hash, { tracer: 'prestateTracer' }])
    assert.equal(prestate[OTHER].storage[SLOT_0], word(41))
    const call = { to: OTHER, data: word(5) }
    const trace = await callNode(fork, 'debug_traceCall', [call, 'latest', { tracer: 'callTracer' }])
    assert.equal(trace.output, word(5))
    const [block] = await callNode(fork, 'eth_simulateV1', [
      { blockStateCalls: [{ calls: [call] }] },
      'latest',
    ])
    assert.equal(block.calls[0].returnData, word(5))
  })

  it('goes back to the state of the fork', async () => {
    const { url, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    const id = await callNode(fork, 'evm_snapshot', [])
    await count(fork, OTHER, 2n)
    await callNode(fork, 'anvil_setStorageAt', [OTHER, '0x5', word(0)])
    assert.equal(await slotOf(fork, OTHER), word(42))
    assert.equal(await callNode(fork, 'evm_revert', [id]), true)
    assert.equal(await slotOf(fork, OTHER), word(41))
    assert.equal(await callNode(fork, 'eth_getStorageAt', [OTHER, '0x5', 'latest']), word(5))
    await count(fork, OTHER, 2n)
    assert.equal(await slotOf(fork, OTHER), word(42))
  })

  it('makes no proofs of its state', async () => {
    const { url, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    await count(fork, COUNTER, 2n)
    await assert.rejects(callNode(fork, 'eth_getProof', [COUNTER, [], 'latest']), /can't be proven/)
    await assert.rejects(callNode(fork, 'debug_executionWitness', ['latest']), /no witnesses/)
  })
})

describe('the remote of a forked chain', () => {
  it('is asked for everything once, also after a restart, and again when the remote fails for a moment', async () => {
    const { url, proxy, forkNumber } = await behindProxy()
    proxy.failures = 2
    const first = await startFork(url, forkNumber)
    proxy.failures = 3
    assert.equal(await slotOf(first, OTHER), word(41))
    await callNode(first, 'eth_getBlockByNumber', ['0x1', false])
    const asked = proxy.asked.length
    assert.equal(await slotOf(first, OTHER), word(41))
    await count(first, OTHER, 2n)
    await first.close()
    const second = await startFork(url)
    assert.deepEqual(await slotOf(second, OTHER), word(42))
    await callNode(second, 'eth_getBlockByNumber', ['0x1', false])
    await count(second, OTHER, 3n)
    // Whether the remote is still the one.
    assert.deepEqual(new Set(proxy.asked.slice(asked)), new Set(['eth_getBlockByNumber']))
  })

  it('may be gone: the chain goes on from what it has read, and says what is missing', async () => {
    const { url, proxy, forkNumber } = await behindProxy()
    const first = await startFork(url, forkNumber)
    await count(first, COUNTER, 2n)
    await first.close()
    proxy.close()
    for (const again of [undefined, url]) {
      const fork = await startFork(again)
      const nonce = BigInt(await callNode(fork, 'eth_getTransactionCount', [SENDER, 'latest']))
      assert.equal(await slotOf(fork, COUNTER), word(nonce))
      assert.equal(fork.recovered.length, again === undefined ? 0 : 1)
      const missing = new RegExp(`lacks account ${OTHER}`)
      await assert.rejects(callNode(fork, 'eth_getBalance', [OTHER, 'latest']), missing)
      await assert.rejects(callNode(fork, 'anvil_setStorageAt', [OTHER, '0x0', word(1)]), missing)
      await assert.rejects(count(fork, OTHER, nonce), missing)
      await count(fork, COUNTER, nonce)
      await fork.close()
    }
  })

  it('is asked again where the cache on the disk is damaged, which is told', async () => {
    // On a thread of its own: the replay of the log sleeps until it has answered.
    const remote = await RemoteThread.start()
    const first = await startFork(remote.url, Number(remote.forkNumber))
    await count(first, COUNTER, 2n)
    const { dataFolder } = first
    await first.close()
    truncateSync(join(dataFolder, 'fork', 'data.mdb'), 9000)
    const second = await startFork(remote.url)
    await remote.close()
    assert.equal(second.recovered.length, 1)
    assert.match(second.recovered[0]!, /begun anew: the end of its file is missing/)
    assert.equal(await slotOf(second, COUNTER), word(3))
    await second.close()
    truncateSync(join(dataFolder, 'fork', 'data.mdb'), 9000)
    await assert.rejects(
      startFork(undefined),
      /the fork's cache lacks (account|slot) .*, and no remote is given/,
    )
  })

  it('may be silent when the chain is to stop', async () => {
    const { proxy, url, forkNumber } = await behindProxy()
    const fork = await startFork(url, forkNumber)
    proxy.isSilent = true
    const asked = proxy.asked.length
    const sending = assert.rejects(count(fork, OTHER, 2n))
    const reading = assert.rejects(callNode(fork, 'eth_getBalance', [NOBODY, 'latest']))
    while (proxy.asked.length < asked + 4) await new Promise((resolve) => setTimeout(resolve, 10))
    await fork.close()
    await Promise.all([sending, reading])
    const again = await startFork(undefined)
    assert.equal(await callNode(again, 'eth_getTransactionCount', [SENDER, 'latest']), '0x2')
  })

  it('is asked by a thread without which the node stops: what waits gets the reason', async () => {
    const { proxy, url, forkNumber } = await behindProxy()
    const started = once(process, 'worker')
    const failures: Error[] = []
    const fork = await startFork(url, forkNumber, (error) => failures.push(error))
    const [thread] = (await started) as [Worker]
    proxy.isSilent = true
    const asked = proxy.asked.length
    const ended = /the fork's remote has ended|shutting down|fetch failed/
    // Here the sequencer sleeps until there is an answer.
    const sending = assert.rejects(count(fork, OTHER, 2n), ended)
    const reading = assert.rejects(callNode(fork, 'eth_getBalance', [NOBODY, 'latest']), ended)
    while (proxy.asked.length < asked + 4) await new Promise((resolve) => setTimeout(resolve, 10))
    await thread.terminate()
    await Promise.all([sending, reading])
    await fork.close()
    while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.match(failures[0]!.message, /The thread that asks the fork's remote has ended/)
  })

  it('is refused when it is none, and so is a folder that holds another chain', async () => {
    const { url, forkNumber } = await behindProxy()
    await assert.rejects(startFork('127.0.0.1:1'), /not the URL/)
    await assert.rejects(startFork(url, 1_000_000), /has no block 0xf4240/)
    await (await startFork(url, forkNumber)).close()
    await assert.rejects(startFork(url, forkNumber - 1), new RegExp(`forked from block ${forkNumber}`))
    const another = await start({ data: join(folder(), 'another') })
    await another.close()
    const data = join(folder(), 'another')
    await assert.rejects(start({ data, fork: { url } }), /was not forked/)
  })
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { nextTurn } from '../../lib/index.ts'
import { FORKED, RemoteProxy, RemoteThread, signedTransaction, until, word } from '../testing/index.ts'
import type { ChainOptions } from './chainOptions.ts'
import { forkCacheFolder } from './forkOptions.ts'
import { createChain, type InProcessChain } from './index.ts'

const NOBODY = '0x00000000000000000000000000000000000000bb'
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const SLOT_0 = word(0)
const { counter: COUNTER, other: OTHER, rich: RICH } = FORKED

let remote: RemoteThread
before(async () => {
  remote = await RemoteThread.start()
})
after(() => remote.close())

let cache: string
const open = new Set<InProcessChain>()
const proxies = new Set<RemoteProxy>()
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'leveret-forks-'))
})
afterEach(async () => {
  await Promise.all([...open].map((chain) => chain.close()))
  open.clear()
  for (const proxy of proxies) proxy.close()
  proxies.clear()
  await remote.tell({ failures: 0, isSilent: false })
  rmSync(cache, { recursive: true })
})

async function fork(options: ChainOptions = {}): Promise<InProcessChain> {
  const chain = await createChain({ forkUrl: remote.url, forkBlockNumber: remote.forkNumber, ...options })
  open.add(chain)
  return chain
}

const ask = (chain: InProcessChain, method: string, ...params: unknown[]) => chain.request({ method, params })
const slotOf = (chain: InProcessChain, address: string, block: unknown = 'latest') =>
  ask(chain, 'eth_call', { to: address, data: SLOT_0 }, block)

/** Calls a counter; gives the transaction's hash. */
async function count(chain: InProcessChain, to: string, nonce: bigint): Promise<string> {
  const raw = signedTransaction({ nonce, gasLimit: 100_000n, value: 0n, to })
  const { status, transactionHash } = await ask(chain, 'eth_sendRawTransactionSync', raw, 10_000)
  assert.equal(status, '0x1')
  return transactionHash
}

/** In front of the remote, on this thread. */
function proxyHere(): RemoteProxy {
  const proxy = new RemoteProxy(answerOf)
  proxies.add(proxy)
  return proxy
}

const headers = { 'content-type': 'application/json' }
const answerOf = async (body: string): Promise<string> =>
  (await fetch(remote.url, { method: 'POST', headers, body })).text()
// biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
const askRemote = async (method: string, ...params: unknown[]): Promise<any> =>
  JSON.parse(await answerOf(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).result

describe('a forked chain in this process', () => {
  it('begins with the state after a block of the remote, and changes it for itself', async () => {
    const chain = await fork()
    const block = await askRemote('eth_getBlockByNumber', `0x${remote.forkNumber.toString(16)}`, false)
    assert.deepEqual([chain.chainId, chain.genesisHash], [31337n, block.hash])
    const { forkConfig } = await ask(chain, 'anvil_nodeInfo')
    assert.deepEqual([forkConfig.forkUrl, forkConfig.forkBlockNumber], [remote.url, Number(block.number)])
    assert.equal(await ask(chain, 'eth_blockNumber'), block.number)
    assert.equal(await ask(chain, 'eth_getBalance', RICH, 'latest'), '0x64')
    assert.equal(await ask(chain, 'eth_getBalance', NOBODY, 'latest'), '0x0')
    assert.equal(await ask(chain, 'eth_getCode', OTHER, 'latest'), FORKED.code)
    assert.equal(await ask(chain, 'eth_getTransactionCount', SENDER, 'latest'), '0x2')
    await count(chain, COUNTER, 2n)
    await count(chain, OTHER, 3n)
    await count(chain, COUNTER, 4n)
    assert.deepEqual([await slotOf(chain, COUNTER), await slotOf(chain, OTHER)], [word(4), word(42)])
    const theirs = await askRemote('eth_call', { to: COUNTER, data: SLOT_0 }, 'latest')
    assert.equal(theirs, word(3))
  })

  it('goes on after the newest block unless told otherwise, with another id and other accounts', async () => {
    const chain = await createChain({ forkUrl: remote.url, chainId: 5n, accounts: 2, balanceWei: 7n })
    open.add(chain)
    assert.deepEqual([chain.chainId, chain.accounts.length], [5n, 2])
    assert.equal(await ask(chain, 'eth_chainId'), '0x5')
    assert.equal(await slotOf(chain, COUNTER), word(3))
    assert.equal(await ask(chain, 'eth_getBalance', chain.accounts[1]!.address, 'latest'), '0x7')
  })

  it('has the blocks of the remote, transactions, logs and states of before, and its own after', async () => {
    const chain = await fork()
    const own = await count(chain, COUNTER, 2n)
    const number = (at: bigint) => `0x${at.toString(16)}`
    for (const hash of remote.hashes)
      for (const method of ['eth_getTransactionByHash', 'eth_getTransactionReceipt'])
        assert.deepEqual(await ask(chain, method, hash), await askRemote(method, hash))
    for (let at = 0n; at <= remote.forkNumber; at++) {
      const block = await askRemote('eth_getBlockByNumber', number(at), true)
      assert.deepEqual(await ask(chain, 'eth_getBlockByNumber', number(at), true), block)
      assert.deepEqual(await ask(chain, 'eth_getBlockByHash', block.hash, true), block)
    }
    const next = await ask(chain, 'eth_getBlockByNumber', number(remote.forkNumber + 1n), false)
    assert.deepEqual([next.transactions, next.parentHash], [[own], chain.genesisHash])
    const logs = await ask(chain, 'eth_getLogs', { fromBlock: 'earliest', address: COUNTER })
    assert.deepEqual(
      logs.map(({ topics: [topic] }: { topics: string[] }) => topic),
      [word(1), word(2), word(3)],
    )
    assert.equal(await slotOf(chain, COUNTER, number(remote.forkNumber - 1n)), word(1))
    // PUSH1 number BLOCKHASH PUSH0 MSTORE, and returns it.
    const data = '0x6001405f5260205ff3'
    assert.equal(
      await ask(chain, 'eth_call', { data }),
      (await ask(chain, 'eth_getBlockByNumber', '0x1')).hash,
    )
  })

  it('traces, simulates, goes back, and reads its own past states', async () => {
    const chain = await fork()
    const id = await ask(chain, 'evm_snapshot')
    const hash = await count(chain, OTHER, 2n)
    await count(chain, OTHER, 3n)
    const first = `0x${(remote.forkNumber + 1n).toString(16)}`
    assert.deepEqual([await slotOf(chain, OTHER, first), await slotOf(chain, OTHER)], [word(42), word(43)])
    const prestate = await ask(chain, 'debug_traceTransaction', hash, { tracer: 'prestateTracer' })
    assert.equal(prestate[OTHER].storage[SLOT_0], word(41))
    const call = { to: OTHER, data: word(5) }
    const trace = await ask(chain, 'debug_traceCall', call, 'latest', { tracer: 'callTracer' })
    assert.equal(trace.output, word(5))
    const [block] = await ask(chain, 'eth_simulateV1', { blockStateCalls: [{ calls: [call] }] }, 'latest')
    assert.equal(block.calls[0].returnData, word(5))
    assert.equal(await ask(chain, 'evm_revert', id), true)
    assert.equal(await slotOf(chain, OTHER), word(41))
    await count(chain, OTHER, 2n)
    await ask(chain, 'anvil_reset')
    assert.equal(await slotOf(chain, OTHER), word(41))
  })

  it('refuses what would take the whole state', async () => {
    const chain = await fork()
    await assert.rejects(ask(chain, 'eth_getProof', COUNTER, [], 'latest'), /can't be proven/)
    await count(chain, COUNTER, 2n)
    await assert.rejects(ask(chain, 'debug_executionWitness', 'latest'), /no witnesses/)
    await assert.rejects(ask(chain, 'anvil_dumpState'), /has no dump/)
  })

  it('makes each of many chains of one cache for itself, which they fill together', async () => {
    const chains = await Promise.all(Array.from({ length: 5 }, () => fork({ forkCache: cache })))
    for (const [i, chain] of chains.entries())
      for (let nonce = 2; nonce <= 2 + i; nonce++)
        await count(chain, nonce % 2 ? OTHER : COUNTER, BigInt(nonce))
    await chains[0]!.close()
    for (const [i, chain] of chains.entries()) {
      if (i === 0) continue
      const counts = [await slotOf(chain, COUNTER), await slotOf(chain, OTHER)]
      assert.deepEqual(counts, [word(2 + Math.ceil((i + 1) / 2)), word(41 + Math.floor((i + 1) / 2))])
    }
  })
})

describe('the remote of a forked chain in this process', () => {
  it('is asked for everything once where there is a cache, and again when it fails for a moment', async () => {
    await remote.tell({ failures: 2 })
    const first = await fork({ forkCache: cache })
    await remote.tell({ failures: 3 })
    await count(first, OTHER, 2n)
    const asked = (await remote.tell()).length
    await first.close()
    const second = await fork({ forkCache: cache })
    await count(second, OTHER, 2n)
    assert.equal(await slotOf(second, OTHER), word(42))
    // At once, on a connection each.
    assert.deepEqual((await remote.tell()).slice(asked).sort(), ['eth_chainId', 'eth_getBlockByNumber'])
    const third = await fork({ forkCache: false })
    assert.equal(await slotOf(third, OTHER), word(41))
    assert.ok((await remote.tell()).length > asked + 30)
  })

  it('is asked again where the cache on the disk is damaged, with a warning', async () => {
    const first = await fork({ forkCache: cache })
    await count(first, COUNTER, 2n)
    await first.close()
    const kept = readdirSync(cache).find((name) => !name.endsWith('.json'))!
    truncateSync(join(cache, kept, 'data.mdb'), 9000)
    const warned = once(process, 'warning')
    const second = await fork({ forkCache: cache })
    assert.equal(await slotOf(second, COUNTER), word(2))
    const [{ name, message }] = await warned
    assert.equal(name, 'ForkCacheWarning')
    assert.match(message, /begun anew: the end of its file is missing \(.*\)/)
  })

  it('may be gone: chains are made of what was read, and say what is missing', async () => {
    const proxy = proxyHere()
    const forkUrl = await proxy.listen()
    const first = await fork({ forkUrl, forkCache: cache })
    await slotOf(first, COUNTER)
    proxy.close()
    const second = await fork({ forkUrl, forkCache: cache })
    await count(second, COUNTER, 2n)
    assert.equal(await slotOf(second, COUNTER), word(3))
    const missing = new RegExp(`lacks account ${OTHER}, and the fork's remote does not answer`)
    await assert.rejects(ask(second, 'eth_getBalance', OTHER, 'latest'), missing)
    await assert.rejects(ask(second, 'anvil_setStorageAt', OTHER, '0x0', word(1)), missing)
    await assert.rejects(count(second, OTHER, 3n), missing)
    await count(second, COUNTER, 3n)
    await assert.rejects(fork({ forkUrl, forkCache: cache, forkBlockNumber: 1n }), /does not answer/)
  })

  it('must not be this thread where a transaction waits for it: an error says so, and the chain goes on', async () => {
    const chain = await fork({ forkUrl: await proxyHere().listen(), forkTimeoutMs: 2000 })
    assert.equal(await ask(chain, 'eth_getBalance', RICH, 'latest'), '0x64')
    const late = /account .* has not come from the fork's remote within 2 s.*from another thread/
    await assert.rejects(count(chain, OTHER, 2n), late)
    // Meanwhile it comes.
    assert.equal(await slotOf(chain, OTHER), word(41))
    await count(chain, OTHER, 2n)
    assert.equal(await slotOf(chain, OTHER), word(42))
    // What a call has read is there.
    await ask(chain, 'eth_estimateGas', { from: SENDER, to: COUNTER })
    await count(chain, COUNTER, 3n)
  })

  it('is refused when it is none, with nothing left behind', async () => {
    const here = await resources()
    const down = fork({ forkUrl: 'http://127.0.0.1:1', forkCache: cache })
    await assert.rejects(down, /The chain can't be forked: .*does not answer[\s\S]*next: check the address/)
    await assert.rejects(fork({ forkUrl: 'ws://127.0.0.1:1' }), /not the URL of a JSON-RPC server over http/)
    await assert.rejects(fork({ forkBlockNumber: 1_000_000n, forkCache: cache }), /has no block 0xf4240/)
    await assert.rejects(fork({ memoryMiB: 100 }), /An engine can't have this memory/)
    const file = join(cache, 'file')
    writeFileSync(file, '')
    await assert.rejects(
      fork({ forkCache: file }),
      /can't be kept: E[\s\S]*next: name another with forkCache/,
    )
    await assertBack(here)
    assert.deepEqual(readdirSync(cache), ['file'])
  })
})

describe('the thread of a forked chain in this process', () => {
  it('ends the chain when it ends itself: what waits is rejected with the reason, and so is what comes', async () => {
    const started = once(process, 'worker')
    const chain = await fork()
    const [thread] = (await started) as [Worker]
    await remote.tell({ isSilent: true })
    const ended = /the thread that asks the fork's remote has ended|the chain has failed/i
    const waiting = assert.rejects(ask(chain, 'eth_getBalance', NOBODY, 'latest'), ended)
    await thread.terminate()
    await waiting
    await assert.rejects(ask(chain, 'eth_blockNumber'), { code: 4900, message: /the chain has failed/ })
  })
})

describe('options of a forked chain in this process', () => {
  it('are refused where they make no sense', async () => {
    const forkUrl = remote.url
    const refused: [ChainOptions, RegExp][] = [
      [{ forkBlockNumber: 1n }, /forkBlockNumber is of no use without forkUrl/],
      [{ forkCache: 'forks' }, /forkCache is of no use without forkUrl/],
      [{ forkTimeoutMs: 5 }, /forkTimeoutMs is of no use without forkUrl/],
      [{ forkUrl, genesis: '{}' }, /genesis is of no use with forkUrl/],
      [{ forkUrl, fork: 'Prague' }, /fork is of no use with forkUrl/],
      [{ forkUrl, timestamp: 1n }, /timestamp is of no use with forkUrl/],
      [{ forkUrl, baseFeePerGas: 1n }, /baseFeePerGas is of no use with forkUrl/],
      [{ forkUrl, forkBlockNumber: -1n }, /forkBlockNumber is -1\.\n {2}next: give a bigint from 0n on/],
      [{ forkUrl, forkBlockNumber: 1 as unknown as bigint }, /forkBlockNumber is 1\./],
      [{ forkUrl, forkCache: '' }, /forkCache is \.\n {2}next: give the path of a folder, or false/],
      [{ forkUrl, forkTimeoutMs: 0 }, /forkTimeoutMs is 0/],
    ]
    for (const [options, words] of refused) await assert.rejects(createChain(options), words)
  })

  it('keep what is read where it will be of use, unless they say where', () => {
    const [away, near] = ['https://rpc.example.org', 'http://127.0.0.1:8545']
    assert.match(forkCacheFolder({ forkUrl: away, forkBlockNumber: 1n })!, /[Ll]everet.forks$/)
    assert.equal(forkCacheFolder({ forkUrl: away }), undefined)
    for (const forkUrl of [near, 'http://localhost:1', 'http://[::1]:1'])
      assert.equal(forkCacheFolder({ forkUrl, forkBlockNumber: 1n }), undefined)
    assert.equal(forkCacheFolder({ forkUrl: near, forkCache: 'here' }), 'here')
    assert.equal(forkCacheFolder({ forkUrl: away, forkBlockNumber: 1n, forkCache: false }), undefined)
  })
})

type Resources = { kinds: string[]; files: number }

/** What keeps this process, and its open files. The runner's own come and go. */
async function resources(): Promise<Resources> {
  await nextTurn()
  const kinds = process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'FSReqCallback' && kind !== 'Immediate')
  return { kinds, files: readdirSync('/dev/fd').length }
}

/** Nothing is there that was not. The remote, which is in this process, sees only after a while that connections have ended. */
async function assertBack(before: Resources): Promise<void> {
  await until('the end of connections', async () => (await resources()).files <= before.files)
  const { kinds } = await resources()
  const gone = [...before.kinds]
  const more = kinds.filter((kind) => {
    const at = gone.indexOf(kind)
    return at < 0 || gone.splice(at, 1).length === 0
  })
  assert.deepEqual(more, [])
}

describe('a forked chain that is closed', () => {
  it('leaves no thread, socket or file', async () => {
    const before = await resources()
    for (const forkCache of [cache, false] as const) {
      const chain = await fork({ forkCache })
      await count(chain, OTHER, 2n)
      await chain.close()
      await assertBack(before)
    }
  })

  it('rejects what waits for a silent remote', async () => {
    const chain = await fork()
    const asked = (await remote.tell({ isSilent: true })).length
    const waiting = assert.rejects(ask(chain, 'eth_getBalance', NOBODY, 'latest'), { code: 4900 })
    await until('the request', async () => (await remote.tell()).length > asked)
    await chain.close()
    await waiting
  })

  it('need not be: it keeps a process only as long as something is waited for', async () => {
    const script = `
      import { createChain } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const chain = await createChain({ forkUrl: ${JSON.stringify(remote.url)}, forkCache: ${JSON.stringify(cache)} })
      process.stdout.write(await chain.request({ method: 'eth_getBalance', params: ['${RICH}', 'latest'] }))
    `
    const file = join(cache, 'script.mjs')
    writeFileSync(file, script)
    const { stdout } = await promisify(execFile)(process.execPath, [file])
    assert.equal(stdout, '0x64')
  })
})

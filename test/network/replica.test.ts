/** A replica as its users have it: everything that they ask gets the sequencer's answer. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  createPublicClient,
  createWalletClient,
  http,
  type Log,
  parseEther,
  publicActions,
  webSocket,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { DataFolderError, type Node, startNode } from '../../src/node/index.ts'
import {
  accounts,
  bytes,
  compile,
  eventually,
  HttpRpc,
  hex,
  type Json,
  sealedBlock,
  signTransaction,
} from '../lib/index.ts'

const NODE = resolve(import.meta.dirname, '../../bench/lib/networkNode.ts')
const RECEIVER = '0x00000000000000000000000000000000000b0b01'
const SPENDER = '0x00000000000000000000000000000000000b0b02'
const account = privateKeyToAccount(hex(accounts[1]!.key))

let folder: string
let sequencer: Node
let replica: Node
let atSequencer: HttpRpc
let atReplica: HttpRpc

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-replica-'))
  sequencer = await startNode({
    ...{ port: 0, data: join(folder, 'sequencer'), mining: 'interval', blockMs: 200, memoryMiB: 384 },
    publish: { port: 0 },
  })
  replica = await startReplica('replica')
  atSequencer = new HttpRpc(sequencer.url)
  atReplica = new HttpRpc(replica.url)
})
after(async () => {
  atSequencer.close()
  atReplica.close()
  await replica.close()
  await sequencer.close()
  rmSync(folder, { recursive: true, force: true })
})

function startReplica(name: string, from: string[] = [sequencer.feedUrl!]): Promise<Node> {
  return startNode({ port: 0, data: join(folder, name), memoryMiB: 384, replica: { from } })
}

/** Once the replica has all that the sequencer has now. */
async function caughtUp(rpc: HttpRpc = atReplica): Promise<void> {
  const there = Number((await atSequencer.call('leveret_nodeStatus', [])).miniBlock)
  await eventually('the replica has caught up', async () =>
    Number((await rpc.call('leveret_nodeStatus', [])).miniBlock) >= there ? true : undefined,
  )
}

describe('viem on a replica', () => {
  it('deploys, sends, subscribes and reads, and what it is told is what the sequencer says', async () => {
    const wallet = createWalletClient({ account, chain: foundry, transport: http(replica.url) }).extend(
      publicActions,
    )
    const live = createPublicClient({
      chain: foundry,
      transport: webSocket(replica.url.replace('http', 'ws')),
    })
    const { abi, bytecode } = compile('Token')
    const deployed = await wallet.waitForTransactionReceipt({
      hash: await wallet.deployContract({ abi, bytecode, args: ['Token', 'TOK'] }),
    })
    const token = deployed.contractAddress!
    const seen: Log[] = []
    const unwatch = live.watchEvent({ address: token, onLogs: (logs) => void seen.push(...logs) })
    await live.getBlockNumber()
    const hash = await wallet.writeContract({
      address: token,
      abi,
      functionName: 'approve',
      args: [SPENDER, 7n],
    })
    const receipt = await wallet.waitForTransactionReceipt({ hash })
    assert.equal(receipt.status, 'success')
    await eventually('a log comes', async () => (seen.length > 0 ? true : undefined))
    assert.equal(seen[0]!.transactionHash, hash)
    // The next has the next nonce, though it comes at once.
    for (let i = 0; i < 3; i++) {
      const sent = await wallet.sendTransactionSync({ to: RECEIVER, value: parseEther('1') })
      assert.equal(sent.status, 'success')
    }
    unwatch()
    const socket = await live.transport.getRpcClient()
    socket.close()
    await equalAnswers(token, hash, receipt.blockNumber)
  })

  async function equalAnswers(token: string, hash: string, number: bigint): Promise<void> {
    const block = `0x${number.toString(16)}`
    await sealedBlock(atReplica, block)
    await caughtUp()
    const questions: [string, unknown[]][] = [
      ['eth_chainId', []],
      ['eth_getTransactionReceipt', [hash]],
      ['eth_getTransactionByHash', [hash]],
      ['eth_getBlockByNumber', [block, true]],
      ['eth_getBlockReceipts', [block]],
      ['eth_getLogs', [{ address: token, fromBlock: '0x0', toBlock: 'latest' }]],
      ['eth_getProof', [token, [`0x${'0'.repeat(64)}`], block]],
      ['eth_getBalance', [RECEIVER, 'latest']],
      ['eth_getCode', [token, 'latest']],
      ['eth_call', [{ to: token, data: '0x18160ddd' }, block]],
      ['eth_feeHistory', ['0x2', block, [50]]],
      ['debug_traceTransaction', [hash, { tracer: 'callTracer' }]],
      ['debug_traceTransaction', [hash]],
      ['trace_block', [block]],
      ['debug_getRawHeader', [block]],
      ['debug_executionWitness', [block]],
    ]
    for (const [method, params] of questions)
      assert.deepEqual(
        await answer(atReplica, method, params),
        await answer(atSequencer, method, params),
        method,
      )
  }
})

describe('a replica', () => {
  it("passes the sequencer's refusals on word for word", async () => {
    const { nonce } = await nextTransfer()
    const stale = transfer(0n)
    const ahead = transfer(BigInt(nonce) + 5n)
    for (const [method, raw] of [
      ['eth_sendRawTransaction', stale],
      ['eth_sendRawTransactionSync', '0x02'],
      ['realtime_sendRawTransaction', ahead],
      ['eth_sendRawTransactionSync', ahead],
      ['eth_sendRawTransactionSync', transfer(BigInt(nonce), 10n ** 40n)],
    ] as const) {
      const here = await answer(atReplica, method, [raw])
      await atSequencer.call('anvil_dropAllTransactions', [])
      const there = await answer(atSequencer, method, [raw])
      await atSequencer.call('anvil_dropAllTransactions', [])
      assert.ok(here.error, method)
      assert.deepEqual(here, there, method)
    }
  })

  it('says that it is one where it is asked to change the chain, and what it follows', async () => {
    const { error } = await answer(atReplica, 'evm_mine', [])
    assert.match(error!.message, /not available on a replica/)
    const { role, following } = await atReplica.call('leveret_nodeStatus', [])
    assert.deepEqual([role, following.source], ['replica', sequencer.feedUrl])
    assert.equal((await fetch(`${replica.url}/readyz`)).status, 200)
  })

  it('follows what a developer does to the chain: written state, and going back', async () => {
    const id = await atSequencer.call('evm_snapshot', [])
    await atSequencer.call('anvil_setBalance', [SPENDER, '0x1234'])
    await showsBalance('0x1234')
    assert.equal(await atSequencer.call('evm_revert', [id]), true)
    await showsBalance('0x0')
  })

  it('follows a chain that has nothing yet', async () => {
    const young = await startNode({
      port: 0,
      data: join(folder, 'young'),
      memoryMiB: 384,
      publish: { port: 0 },
    })
    const follower = await startReplica('of-young', [young.feedUrl!])
    const [there, here] = [new HttpRpc(young.url), new HttpRpc(follower.url)]
    try {
      await there.call('anvil_setBalance', [SPENDER, '0x99'])
      await there.call('evm_mine', [])
      await showsBalance('0x99', here)
    } finally {
      for (const rpc of [there, here]) rpc.close()
      await follower.close()
      await young.close()
    }
  })

  it('goes on where it stopped, and its folder is of no use for a sequencer', async () => {
    const first = await startReplica('second')
    await first.close()
    await assert.rejects(startNode({ port: 0, data: join(folder, 'second') }), DataFolderError)
    await atSequencer.call('anvil_setBalance', [SPENDER, '0x77'])
    const sealed = await atSequencer.call('eth_blockNumber', [])
    await sealedBlock(atSequencer, BigInt(sealed))
    const again = await startReplica('second')
    const rpc = new HttpRpc(again.url)
    try {
      await caughtUp(rpc)
      assert.equal(await rpc.call('eth_getBalance', [SPENDER, 'latest']), '0x77')
      assert.deepEqual(again.recovered, [])
    } finally {
      rpc.close()
      await again.close()
    }
  })

  it('survives kill -9 under load, and has every block root of the sequencer then', async () => {
    for (let round = 0; round < 3; round++) {
      const child = await startChild()
      const exited = once(child, 'exit')
      const sent = Array.from({ length: 20 }, () => send())
      await Promise.race(sent)
      child.kill('SIGKILL')
      await Promise.all([exited, ...sent])
    }
    const last = await startReplica('killed')
    const rpc = new HttpRpc(last.url)
    try {
      await caughtUp(rpc)
      const sealed = Number(await rpc.call('eth_blockNumber', [])) - 1
      for (let number = sealed; number > Math.max(0, sealed - 10); number--) {
        const block = `0x${number.toString(16)}`
        const [here, there] = [
          await answer(rpc, 'eth_getBlockByNumber', [block, true]),
          await answer(atSequencer, 'eth_getBlockByNumber', [block, true]),
        ]
        assert.deepEqual(here, there)
      }
    } finally {
      rpc.close()
      await last.close()
    }
  })
})

async function showsBalance(balance: string, rpc: HttpRpc = atReplica): Promise<void> {
  await eventually(`the balance ${balance} shows`, async () =>
    (await rpc.call('eth_getBalance', [SPENDER, 'latest'])) === balance ? true : undefined,
  )
}

async function startChild(): Promise<ChildProcess> {
  const options = {
    port: 0,
    data: join(folder, 'killed'),
    memoryMiB: 384,
    replica: { from: [sequencer.feedUrl!] },
  }
  const child = fork(NODE, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the replica did not start'))),
  ])
  return child
}

async function send(): Promise<void> {
  const rpc = new HttpRpc(sequencer.url)
  await rpc.call('anvil_setBalance', [RECEIVER, `0x${Math.floor(Math.random() * 2 ** 40).toString(16)}`])
  rpc.close()
}

async function nextTransfer(): Promise<{ nonce: number }> {
  return { nonce: Number(await atSequencer.call('eth_getTransactionCount', [account.address, 'latest'])) }
}

function transfer(nonce: bigint, value = 1n): string {
  const fees = { maxFeePerGas: 10n ** 12n, gasLimit: 21_000n }
  const tx = { type: 2, chainId: 31337n, nonce, to: bytes(RECEIVER), value, ...fees } as const
  return hex(signTransaction(tx, accounts[1]!.key))
}

/** Result or error, whichever it is. */
async function answer(rpc: HttpRpc, method: string, params: readonly unknown[]): Promise<Json> {
  const { body } = await rpc.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  return JSON.parse(body)
}

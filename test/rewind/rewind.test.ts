import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Prng, quantity } from '../../src/lib/index.ts'
import {
  accounts,
  bytes,
  type Chain,
  createAddress,
  hex,
  type Json,
  needsNode,
  signTransaction,
  startChain,
  WsRpc,
} from '../lib/index.ts'
import { LogFollower, plain } from './LogFollower.ts'
import { type PlacedWrite, Reexecuted } from './Reexecuted.ts'

const SEED = Number(process.env.REWIND_SEED ?? Math.floor(Math.random() * 2 ** 32))
const STEPS = Number(process.env.REWIND_STEPS ?? 60)
const GWEI = 10n ** 9n
/** Counts in slot 0, and logs the count. */
const COUNTER = bytes('0x6013600c60003960136000f36000546001018060005560005260206000a000')
const STRANGERS = [1n, 2n, 3n].map((n) => `0x${(0xcafe00n + n).toString(16).padStart(40, '0')}`)
const ZERO_KEY = `0x${'00'.repeat(32)}`

/** What the chain must be: which blocks it has is asked of it, what was written between them is not. */
type Expected = { head: bigint; writes: PlacedWrite[] }

/** A chain to which random things happen. */
class RandomRun {
  readonly #random = new Prng(SEED)
  readonly #folder = mkdtempSync(join(tmpdir(), 'leveret-rewind-'))
  readonly #snapshots = new Map<string, Expected>()
  readonly #contracts: string[] = []
  readonly done: string[] = []
  #expected: Expected = { head: 0n, writes: [] }
  #chain!: Chain
  #ws!: WsRpc
  #follower!: LogFollower

  async begin(): Promise<void> {
    this.#chain = await startChain({
      target: 'leveret',
      mining: 'auto',
      dataFolder: this.#folder,
      extraArguments: ['--snapshot-mb', '0', '--history', '16'],
    })
    this.#ws = await WsRpc.open(this.#chain.wsUrl)
    this.#follower = await LogFollower.begin(this.#ws)
  }

  async end(): Promise<void> {
    this.#ws.close()
    await this.#chain.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async step(): Promise<void> {
    const names = [
      'send',
      'send',
      'send',
      'write',
      'write',
      'mine',
      'snapshot',
      'snapshot',
      'revert',
      'rollback',
    ]
    const roll = this.#random.nextInt(names.length + 1)
    const name = names[roll] ?? (this.#random.nextInt(2) === 0 ? 'restart' : 'kill')
    this.done.push(name)
    await this[name as 'send']()
    assert.equal(
      BigInt(await this.#ws.call('eth_blockNumber')),
      this.#expected.head,
      `block number after ${this.done.slice(-12)}`,
    )
  }

  /** Holds the chain against one that was executed from its genesis in one go. */
  async compare(): Promise<void> {
    const { head, writes } = this.#expected
    const numbers = Array.from({ length: Number(head) }, (_, i) => quantity(BigInt(i + 1)))
    const raw: string[] = []
    for (const number of numbers) raw.push(await this.#ws.call('debug_getRawBlock', [number]))
    const { hash } = await this.#ws.call('eth_getBlockByNumber', ['0x0', false])
    const model = new Reexecuted()
    model.run(raw, hash, writes)
    for (const address of [
      ...STRANGERS,
      ...this.#contracts,
      ...accounts.slice(0, 2).map((each) => each.address),
    ]) {
      const at = [address, 'latest']
      const told = {
        balance: await this.#ws.call('eth_getBalance', at),
        nonce: await this.#ws.call('eth_getTransactionCount', at),
        code: await this.#ws.call('eth_getCode', at),
      }
      assert.deepEqual(told, model.account(address), address)
      assert.equal(
        await this.#ws.call('eth_getStorageAt', [address, '0x0', 'latest']),
        model.slot(address, ZERO_KEY),
      )
    }
    const logs = await this.#ws.call('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest' }])
    assert.deepEqual(logs.map(plain), model.logs)
    assert.deepEqual(
      byTransaction(this.#follower.logs),
      byTransaction(model.logs),
      'what subscribers were told',
    )
    const latest = await this.#ws.call('eth_getBlockByNumber', ['latest', false])
    assert.equal(this.#follower.head.hash, latest.hash, 'the newest head')
  }

  async send(): Promise<void> {
    const account = accounts[this.#random.nextInt(2)]!
    const nonce = BigInt(await this.#ws.call('eth_getTransactionCount', [account.address, 'latest']))
    const kind = this.#random.nextInt(3)
    const contract = this.#contracts[this.#random.nextInt(Math.max(1, this.#contracts.length))]
    const to = kind === 1 && contract !== undefined ? contract : STRANGERS[this.#random.nextInt(3)]!
    const raw = signTransaction(
      {
        ...{ type: 2, chainId: 31337n, nonce, gasLimit: 200_000n, maxFeePerGas: 100n * GWEI },
        ...{ maxPriorityFeePerGas: 1n, value: kind === 2 ? 0n : BigInt(this.#random.nextInt(9)) },
        ...(kind === 2 ? { data: COUNTER } : { to: bytes(to) }),
      },
      account.key,
    )
    const hash = await this.#ws.call('eth_sendRawTransaction', [hex(raw)])
    const receipt = await this.#ws.call('eth_getTransactionReceipt', [hash])
    assert.ok(receipt !== null, 'a receipt at once')
    if (kind === 2) {
      assert.equal(receipt.contractAddress, hex(createAddress(bytes(account.address), nonce)))
      if (!this.#contracts.includes(receipt.contractAddress)) this.#contracts.push(receipt.contractAddress)
    }
    this.#expected.head++
  }

  async write(): Promise<void> {
    const address = STRANGERS[this.#random.nextInt(3)]!
    const value = BigInt(this.#random.nextInt(1000))
    const word = `0x${value.toString(16).padStart(64, '0')}`
    const block = this.#expected.head + 1n
    const [method, params, fields] = (
      [
        ['anvil_setBalance', [quantity(value)], { balance: value }],
        ['anvil_setNonce', [quantity(value)], { nonce: value }],
        ['anvil_setCode', ['0x600160005500'], { code: bytes('0x600160005500') }],
        ['anvil_setStorageAt', ['0x0', word], { slots: [{ key: bytes(ZERO_KEY), value: bytes(word) }] }],
      ] as [string, string[], object][]
    )[this.#random.nextInt(4)]!
    await this.#ws.call(method, [address, ...params])
    this.#expected.writes.push({ block, write: { address: bytes(address), ...fields } })
  }

  async mine(): Promise<void> {
    await this.#ws.call('evm_mine')
    this.#expected.head++
  }

  async snapshot(): Promise<void> {
    const id = await this.#ws.call('evm_snapshot')
    assert.ok(!this.#snapshots.has(id), 'ids are new')
    this.#snapshots.set(id, this.#copy())
  }

  async revert(): Promise<void> {
    const ids = [...this.#snapshots.keys()]
    const id = ids[this.#random.nextInt(Math.max(1, ids.length))]
    assert.equal(await this.#ws.call('evm_revert', [id ?? '0x7777']), id !== undefined)
    if (id === undefined) return
    this.#expected = this.#snapshots.get(id)!
    for (const other of ids.slice(ids.indexOf(id))) this.#snapshots.delete(other)
  }

  async rollback(): Promise<void> {
    const depth = BigInt(this.#random.nextInt(3))
    if (depth > this.#expected.head) return
    await this.#ws.call('anvil_rollback', [quantity(depth)])
    const head = this.#expected.head - depth
    this.#expected = { head, writes: this.#expected.writes.filter(({ block }) => block <= head) }
    for (const [id, snapshot] of this.#snapshots) if (snapshot.head > head) this.#snapshots.delete(id)
  }

  restart(): Promise<void> {
    return this.#again(() => this.#chain.stop())
  }

  kill(): Promise<void> {
    return this.#again(() => this.#chain.kill())
  }

  async #again(end: () => Promise<unknown>): Promise<void> {
    this.#ws.close()
    await end()
    this.#snapshots.clear()
    await this.begin()
  }

  #copy(): Expected {
    return { head: this.#expected.head, writes: [...this.#expected.writes] }
  }
}

function byTransaction(logs: readonly Json[]): Json[] {
  return [...logs].sort((a, b) => (a.transactionHash < b.transactionHash ? -1 : 1))
}

describe('a chain that goes back', needsNode, () => {
  const run = new RandomRun()
  after(() => run.end())

  it(`is the one that its blocks lead to, over restarts and kill -9 (seed ${SEED})`, async () => {
    await run.begin()
    for (let step = 1; step <= STEPS; step++) {
      await run.step()
      if (step % 6 === 0) await run.compare()
    }
    await run.compare()
    assert.ok(run.done.includes('revert') || run.done.includes('rollback'), run.done.join())
  })
})

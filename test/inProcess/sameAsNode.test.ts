/** The same requests to a chain in this process and to a node of threads: the same answers, down to every hash. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { encodeFunctionData, type Hex, toHex } from 'viem'
import { Prng } from '../../src/lib/index.ts'
import { type ChainOptions, createChain, type NodeOptions, startNode } from '../../src/node/index.ts'
import {
  accounts,
  bytes,
  type Chain,
  compile,
  createAddress,
  HttpRpc,
  hex,
  signAuthorization,
  signTransaction,
  startChain,
  type UnsignedTransaction,
} from '../lib/index.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const STEPS = 30
const DUMP_STEPS = 10
const SENDERS = 4
/** Whose key the chain has. */
const SERVANT = 7
const CHAIN_ID = 31337n
const STRANGER = '0x00000000000000000000000000000000000000aa'
const reverter = compile('Reverter')

/** Answers with a result, or with the error as JSON-RPC has it. */
type Ask = (method: string, params: unknown[]) => Promise<unknown>

type Failure = { code: number; message: string; data?: unknown }

/** Members of answers that tell of the clock and of the disk. */
const OWN = new Set(['promise', 'miniBlock', 'timestampUs'])

/** The nonces that were next then. */
type Snapshot = { id: string; nonces: bigint[] }

/** The script: what is asked depends on the seed only. */
class Script {
  readonly answers: unknown[] = []
  readonly #ask: Ask
  readonly #random: Prng
  readonly #nonces = new Array<bigint>(SENDERS).fill(0n)
  readonly #contracts: Uint8Array[] = []
  readonly #snapshots: Snapshot[] = []
  #time = 4_000_000_000

  constructor(ask: Ask, seed: number) {
    this.#ask = ask
    this.#random = new Prng(seed)
  }

  async play(): Promise<unknown[]> {
    await this.#deploy(0)
    for (let i = 0; i < STEPS; i++) {
      await this.#change()
      await this.#look()
      if (i % DUMP_STEPS === 0) await this.#dump()
    }
    return this.answers
  }

  /** State and blocks, whatever has been taken back before and stands in the open block; a fork refuses to. */
  async #dump(): Promise<void> {
    const dump = await this.#ask('anvil_dumpState', [])
    const state = typeof dump === 'string' ? JSON.parse(gunzipSync(bytes(dump)).toString()) : dump
    this.answers.push(['anvil_dumpState', state])
  }

  async #note(method: string, params: unknown[]): Promise<unknown> {
    const answer = await this.#ask(method, params)
    this.answers.push([method, params, withoutOwn(answer)])
    return answer
  }

  async #change(): Promise<void> {
    const sender = this.#random.nextInt(SENDERS)
    const [contract] = this.#contracts as [Uint8Array]
    const call = (name: string, args: unknown[] = []) =>
      bytes(encodeFunctionData({ abi: reverter.abi, functionName: name, args }))
    const address = hex(this.#random.nextBytes(20))
    switch (this.#random.nextInt(12)) {
      case 0:
        return this.#deploy(sender)
      case 1:
        return this.#send(sender, { to: this.#random.nextBytes(20), value: this.#random.nextBigInt(60) })
      case 2:
        return this.#send(sender, { to: contract, data: call('increment') })
      case 3:
        return this.#send(sender, { to: contract, data: call('incrementThenFail') })
      case 4:
        return this.#send(sender, { to: contract, data: call('burnGas', [this.#random.nextInt(20)]) })
      case 5:
        return this.#delegate(sender, contract)
      case 6:
        await this.#note('anvil_setBalance', [address, toHex(this.#random.nextBigInt(80))])
        return
      case 7:
        await this.#note('anvil_setStorageAt', [hex(contract), '0x0', hex(this.#random.nextBytes(32))])
        return
      case 8:
        this.#snapshots.push({
          id: (await this.#note('evm_snapshot', [])) as string,
          nonces: [...this.#nonces],
        })
        return
      case 9:
        return this.#revert()
      case 10:
        await this.#nextBlock()
        await this.#note('eth_sendTransaction', [
          { from: accounts[SERVANT]!.address, to: address, value: '0x9' },
        ])
        return
      default:
        await this.#nextBlock()
        await this.#note('evm_mine', [])
    }
  }

  async #look(): Promise<void> {
    const head = BigInt((await this.#note('eth_blockNumber', [])) as string)
    const past = toHex(BigInt(this.#random.nextInt(Number(head) + 1)))
    const contract = hex(this.#contracts[0]!)
    const data = encodeFunctionData({ abi: reverter.abi, functionName: 'count' })
    await this.#note('eth_getBlockByNumber', ['latest', true])
    await this.#note('eth_getBlockByNumber', ['pending', false])
    await this.#note('eth_getBlockReceipts', [past])
    await this.#note('eth_getLogs', [{ fromBlock: past, toBlock: 'latest' }])
    await this.#note('eth_call', [{ to: contract, data }, past])
    await this.#note('eth_getProof', [contract, ['0x0'], past])
    await this.#note('eth_getBalance', [accounts[0]!.address, past])
    await this.#note('eth_feeHistory', ['0x3', 'latest', [50]])
    await this.#note('txpool_content', [])
  }

  /** To one of the snapshots, which goes with those after it. */
  async #revert(): Promise<void> {
    if (this.#snapshots.length === 0) return
    const [{ id, nonces }] = this.#snapshots.splice(this.#random.nextInt(this.#snapshots.length)) as [
      Snapshot,
    ]
    await this.#note('evm_revert', [id])
    this.#nonces.splice(0, SENDERS, ...nonces)
  }

  async #deploy(sender: number): Promise<void> {
    this.#contracts.push(createAddress(bytes(accounts[sender]!.address), this.#nonces[sender]!))
    await this.#send(sender, { data: bytes(reverter.bytecode) })
  }

  /** Somebody else's account runs the contract's code. */
  #delegate(sender: number, contract: Uint8Array): Promise<void> {
    const { key, address } = accounts[SENDERS + this.#random.nextInt(3)]!
    const authorization = signAuthorization({ chainId: CHAIN_ID, address: contract, nonce: 0n }, key)
    return this.#send(sender, { type: 4, to: bytes(address), authorizations: [authorization] })
  }

  async #send(sender: number, fields: Partial<UnsignedTransaction>): Promise<void> {
    await this.#nextBlock()
    const isEarly = this.#random.nextInt(8) === 0
    const nonce = this.#nonces[sender]! + (isEarly ? 1n : 0n)
    const type = fields.type ?? ([0, 1, 2] as const)[this.#random.nextInt(3)]!
    const fees = { gasLimit: 3_000_000n, maxFeePerGas: 10_000_000_000n, maxPriorityFeePerGas: 1n }
    const raw = hex(
      signTransaction({ chainId: CHAIN_ID, ...fees, ...fields, nonce, type }, accounts[sender]!.key),
    )
    const hash = await this.#note('eth_sendRawTransaction', [raw])
    await this.#note('eth_getTransactionReceipt', [hash])
    if (isEarly) {
      // The one that it waits for.
      const before = {
        chainId: CHAIN_ID,
        ...fees,
        to: new Uint8Array(20),
        nonce: nonce - 1n,
        type: 2,
      } as const
      await this.#note('eth_sendRawTransaction', [hex(signTransaction(before, accounts[sender]!.key))])
    }
    await this.#note('debug_traceTransaction', [hash, { tracer: 'callTracer' }])
    this.#nonces[sender] = nonce + 1n
  }

  /** What a chain would choose itself. */
  async #nextBlock(): Promise<void> {
    this.#time += 1 + this.#random.nextInt(5)
    await this.#note('evm_setNextBlockTimestamp', [this.#time])
    await this.#note('hardhat_setPrevRandao', [hex(this.#random.nextBytes(32))])
  }
}

function withoutOwn(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer ?? null, (key, value) => (OWN.has(key) ? undefined : value)))
}

const failureOf = ({ code, message, data }: Failure): Failure => ({ code, message, data })

async function inProcess(seed: number, options: ChainOptions = {}): Promise<unknown[]> {
  const chain = await createChain(options)
  try {
    const ask: Ask = (method, params) =>
      chain.request({ method, params }).catch((error: Failure) => failureOf(error))
    return await new Script(ask, seed).play()
  } finally {
    await chain.close()
  }
}

async function inThreads(seed: number, options: NodeOptions = {}): Promise<unknown[]> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-same-'))
  const node = await startNode({
    port: 0,
    data: join(folder, 'chain'),
    mining: 'auto',
    local: { timestamp: 0n },
    memoryMiB: 384,
    ...options,
  })
  const rpc = new HttpRpc(node.url)
  try {
    const ask: Ask = async (method, params) => {
      const [answer] = await rpc.batch([[method, params as Hex[]]])
      const { result, error } = answer as { result?: unknown; error?: Failure }
      return error === undefined ? result : failureOf(error)
    }
    return await new Script(ask, seed).play()
  } finally {
    rpc.close()
    await node.close()
    rmSync(folder, { recursive: true })
  }
}

async function compare(here: ChainOptions, there: NodeOptions): Promise<void> {
  const [answers, theirs] = [await inProcess(SEED, here), await inThreads(SEED, there)]
  for (const [i, answer] of answers.entries()) assert.deepEqual(answer, theirs[i])
  assert.equal(answers.length, theirs.length)
}

/** A chain of four blocks, one with a transaction, in a process of its own. */
async function startRemote(): Promise<Chain> {
  const chain = await startChain({ mining: 'auto' })
  const rpc = new HttpRpc(chain.url)
  await rpc.call('eth_sendTransaction', [{ from: accounts[9]!.address, to: STRANGER, value: '0x5' }])
  await rpc.call('anvil_mine', ['0x3'])
  rpc.close()
  return chain
}

describe('a chain in this process', () => {
  it(`answers as a node of threads does (FUZZ_SEED=${SEED})`, () => compare({}, {}))

  it(`does so when both are forks of one block (FUZZ_SEED=${SEED})`, async () => {
    const remote = await startRemote()
    try {
      const [forkUrl, blockNumber] = [remote.url, 3n]
      await compare(
        { forkUrl, forkBlockNumber: blockNumber },
        { fork: { url: forkUrl, blockNumber }, local: {} },
      )
    } finally {
      await remote.stop()
    }
  })
})

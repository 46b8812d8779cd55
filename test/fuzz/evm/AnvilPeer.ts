import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, fromBigInt, hexToBytes, type Prng } from '../../../src/lib/index.ts'
import { decodeReceipt, decodeStateDiff } from '../../../src/protocol/index.ts'
import { type Call, type Chain, HttpRpc, type Json, startChain } from '../../lib/index.ts'
import {
  accountsOf,
  BASE_FEE,
  type CaseRunner,
  CHAIN_ID,
  COINBASE,
  FEES,
  minimumGas,
  SENDER,
  transactionGas,
} from './CaseRunner.ts'
import { addressBytes, codesOf, contractAddress, type FuzzCase } from './FuzzCase.ts'
import type { Outcome } from './Outcome.ts'

/** Where the engine and anvil disagreed. */
export type AnvilDifference = { gas: bigint; what: string; engine: string; anvil: string }

/** Further runs of a case, with less gas than it wants. */
const RANDOM_LIMITS = 2

/**
 * Runs cases as transactions on anvil, and on an engine in the very block that anvil made of them. Compares status, gas,
 * output, logs, and every account and slot that either says has changed.
 */
export class AnvilPeer {
  readonly #runner: CaseRunner
  readonly #chain: Chain
  readonly #rpc: HttpRpc

  private constructor(runner: CaseRunner, chain: Chain) {
    this.#runner = runner
    this.#chain = chain
    this.#rpc = new HttpRpc(chain.url)
  }

  static async start(runner: CaseRunner): Promise<AnvilPeer> {
    const chain = await startChain({
      target: 'anvil',
      extraArguments: ['--chain-id', String(CHAIN_ID), '--no-mining'],
    })
    const peer = new AnvilPeer(runner, chain)
    await peer.#rpc.call('anvil_impersonateAccount', [bytesToHex(SENDER)])
    await peer.#rpc.call('anvil_setCoinbase', [bytesToHex(COINBASE)])
    return peer
  }

  async stop(): Promise<void> {
    this.#rpc.close()
    await this.#chain.stop()
  }

  /** Whether anvil, which was started with one fork and knows no pending hashes, can run a case. */
  static takes({ fork, parentHashPending }: FuzzCase): boolean {
    return fork === 'Osaka' && !parentHashPending
  }

  /** With plenty of gas, then with less. */
  async compare(fuzzCase: FuzzCase, random: Prng): Promise<AnvilDifference | undefined> {
    const first = await this.compareAt(fuzzCase, transactionGas(fuzzCase.gas))
    const least = minimumGas(fuzzCase)
    if (first.difference || first.gasUsed <= least) return first.difference
    for (let i = 0; i < RANDOM_LIMITS; i++) {
      const gas = least + (random.nextBigInt(40) % (first.gasUsed - least))
      const { difference } = await this.compareAt(fuzzCase, gas)
      if (difference) return difference
    }
    return undefined
  }

  /** The same difference for a changed case, if it is still there. */
  async recheck(fuzzCase: FuzzCase, { gas, what }: AnvilDifference): Promise<AnvilDifference | undefined> {
    if (!AnvilPeer.takes(fuzzCase)) return undefined
    const { difference } = await this.compareAt(fuzzCase, gas)
    return difference && kindOf(difference.what) === kindOf(what) ? difference : undefined
  }

  async compareAt(
    fuzzCase: FuzzCase,
    gas: bigint,
  ): Promise<{ difference: AnvilDifference | undefined; gasUsed: bigint }> {
    const snapshot = await this.#rpc.call('evm_snapshot')
    try {
      await this.#rpc.results(settingUp(fuzzCase))
      const sent = await this.#send(fuzzCase, gas)
      const engine = await this.#runHere(fuzzCase, gas, sent.receipt.blockNumber)
      const found = compareResults(engine, sent) ?? (await this.#compareState(engine, sent.hash))
      return { difference: found && { gas, ...found }, gasUsed: engine.gasUsed + engine.gasRefunded }
    } finally {
      await this.#rpc.call('evm_revert', [snapshot])
    }
  }

  async #send(fuzzCase: FuzzCase, gas: bigint): Promise<Sent> {
    const { creates, data, value } = fuzzCase
    const code = creates ? bytesToHex(codesOf(fuzzCase)[0]!) : '0x'
    const transaction = {
      from: bytesToHex(SENDER),
      ...(creates ? {} : { to: bytesToHex(addressBytes(contractAddress(0))) }),
      gas: quantityOf(gas),
      value: quantityOf(value),
      data: code + bytesToHex(data).slice(2),
      maxFeePerGas: quantityOf(FEES.maxFeePerGas),
      maxPriorityFeePerGas: quantityOf(FEES.maxPriorityFeePerGas),
      type: '0x2',
    }
    const hash = await this.#rpc.call('eth_sendTransaction', [transaction])
    // Mining on its own forgets a transaction now and then when the state is set back so often.
    await this.#rpc.call('evm_mine')
    const receipt = await this.#rpc.call('eth_getTransactionReceipt', [hash])
    const trace = await this.#rpc.call('debug_traceTransaction', [hash, { tracer: 'callTracer' }])
    return { hash, receipt, trace }
  }

  async #runHere(fuzzCase: FuzzCase, gas: bigint, blockNumber: string): Promise<Outcome> {
    const numbers = Array.from({ length: Number(blockNumber) + 1 }, (_, number) => quantityOf(BigInt(number)))
    const blocks = await this.#rpc.results(
      numbers.map((number): Call => ['eth_getBlockByNumber', [number, false]]),
    )
    const own = blocks.at(-1)
    this.#runner.load(fuzzCase, {
      env: {
        number: BigInt(own.number),
        timestamp: BigInt(own.timestamp),
        gasLimit: BigInt(own.gasLimit),
        prevRandao: hexToBytes(own.mixHash),
        baseFeePerGas: BigInt(own.baseFeePerGas),
        blobBaseFee: 1n,
      },
      blockHash: (number) => {
        const block = blocks[Number(number)]
        return block && hexToBytes(block.hash)
      },
    })
    return this.#runner.run({ mode: 'transaction', gas })
  }

  /** What the engine changed is so on anvil, and anvil changed nothing else. */
  async #compareState(engine: Outcome, hash: string): Promise<Found | undefined> {
    const expected = changesOf(engine.diff)
    const entries = [...expected.values()]
    const actual = await this.#rpc.results(entries.map(({ call }) => call))
    for (const [index, [what, { value, read }]] of [...expected].entries()) {
      const other = read(actual[index])
      if (other !== value) return { what, engine: value, anvil: other }
    }
    const trace = await this.#rpc.call('debug_traceTransaction', [
      hash,
      { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
    ])
    const stranger = namesIn(trace).find((name) => !expected.has(name))
    if (stranger) return { what: stranger, engine: 'unchanged', anvil: 'changed' }
    return undefined
  }
}

/** What differs, without the address. */
function kindOf(what: string): string {
  return what.split(' ')[0]!
}

type Sent = { hash: string; receipt: Json; trace: Json }
type Found = { what: string; engine: string; anvil: string }

function settingUp(fuzzCase: FuzzCase): Call[] {
  const calls: Call[] = [['anvil_setNextBlockBaseFeePerGas', [quantityOf(BASE_FEE)]]]
  for (const { address, nonce, balance, code, storage } of accountsOf(fuzzCase)) {
    const name = bytesToHex(address)
    calls.push(
      ['anvil_setNonce', [name, quantityOf(nonce)]],
      ['anvil_setBalance', [name, quantityOf(balance)]],
    )
    calls.push(['anvil_setCode', [name, bytesToHex(code)]])
    for (const [key, value] of storage)
      calls.push(['anvil_setStorageAt', [name, wordHex(key), wordHex(value)]])
  }
  return calls
}

function compareResults(engine: Outcome, { receipt, trace }: Sent): Found | undefined {
  const decoded = decodeReceipt(engine.receipt)
  if (!decoded.ok) return { what: 'whether it is executed', engine: engine.ending, anvil: 'executed' }
  const { status, logs, bloom } = decoded.receipt
  const own = {
    status: String(status),
    gasUsed: String(engine.gasUsed),
    output: bytesToHex(engine.output),
    bloom: bytesToHex(bloom),
    logs: JSON.stringify(
      logs.map((log) => [bytesToHex(log.address), log.topics.map(bytesToHex), bytesToHex(log.data)]),
    ),
  }
  const other = {
    status: String(Number(receipt.status)),
    gasUsed: String(BigInt(receipt.gasUsed)),
    output: trace.output ?? '0x',
    bloom: receipt.logsBloom,
    logs: JSON.stringify(receipt.logs.map((log: Json) => [log.address, log.topics, log.data])),
  }
  for (const [what, value] of Object.entries(own)) {
    const anvil = String(other[what as keyof typeof other])
    if (anvil !== value)
      return { what, engine: `${value} (${engine.ending})`, anvil: `${anvil} (${trace.error ?? ''})` }
  }
  return undefined
}

/** What the tracer says has changed, named as in {@link changesOf}. */
function namesIn(trace: Json): string[] {
  const names: string[] = []
  for (const [address, { storage, ...fields }] of Object.entries<Json>(trace.post)) {
    names.push(...Object.keys(fields).map((field) => `${field} ${address}`))
    // A slot that was set to zero is in the state before only.
    for (const key of Object.keys({ ...trace.pre[address]?.storage, ...storage }))
      names.push(`slot ${address} ${key}`)
  }
  return names
}

type Change = { value: string; call: Call; read: (answer: string) => string }

/** What a diff says, by name, with the call that asks anvil for the same. */
function changesOf(bytes: Uint8Array): Map<string, Change> {
  const decoded = decodeStateDiff(bytes)
  if (!decoded.ok) throw new Error(`the engine's diff can't be read: ${decoded.message}`)
  const changes = new Map<string, Change>()
  const number = (answer: string): string => String(BigInt(answer))
  for (const { address, nonce, balance, codeHash, deleted } of decoded.diff.accounts) {
    const name = bytesToHex(address)
    const ask = (method: string): Call => [method, [name, 'latest']]
    const code = deleted ? EMPTY_CODE_HASH : bytesToHex(codeHash)
    const hash = (answer: string): string => bytesToHex(keccak_256(hexToBytes(answer)))
    changes.set(`balance ${name}`, { value: String(balance), call: ask('eth_getBalance'), read: number })
    changes.set(`nonce ${name}`, { value: String(nonce), call: ask('eth_getTransactionCount'), read: number })
    changes.set(`code ${name}`, { value: code, call: ask('eth_getCode'), read: hash })
  }
  for (const { address, key, value } of decoded.diff.slots) {
    const [name, slot] = [bytesToHex(address), bytesToHex(key)]
    const call: Call = ['eth_getStorageAt', [name, slot, 'latest']]
    changes.set(`slot ${name} ${slot}`, { value: bytesToHex(value), call, read: (answer) => answer })
  }
  return changes
}

const EMPTY_CODE_HASH = bytesToHex(keccak_256(new Uint8Array(0)))

function quantityOf(value: bigint): string {
  return `0x${value.toString(16)}`
}

function wordHex(value: bigint): string {
  return bytesToHex(fromBigInt(value, 32))
}

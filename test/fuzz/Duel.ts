import { isDeepStrictEqual } from 'node:util'
import {
  type Authorization,
  bytes,
  type Call,
  type Chain,
  createAddress,
  delay,
  HttpRpc,
  hex,
  type Json,
  RpcError,
  signAuthorization,
  signTransaction,
  type UnsignedTransaction,
} from '../lib/index.ts'
import {
  type Action,
  AddressBook,
  type AuthorizationPlan,
  FUNDED,
  funding,
  minimumGas,
  signers,
} from './actions.ts'

/** Order of the secp256k1 group. */
const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const RECEIPT_FIELDS = [
  'status',
  'gasUsed',
  'effectiveGasPrice',
  'type',
  'from',
  'to',
  'contractAddress',
  'logsBloom',
] as const

/** Where two nodes disagreed. */
export type Difference = { action: Action; what: string; left: unknown; right: unknown; raw: string }

export type Tally = {
  executed: number
  succeeded: number
  reverted: number
  refused: number
  accountsCompared: number
  slotsCompared: number
  logs: number
  outputsCompared: number
  gasUsed: bigint
}

/**
 * Gives the same transactions to two nodes, one after another, and compares everything that must not differ: receipt,
 * logs, gas, output of the same `eth_call`, and nonce, balance, code and touched storage of every touched account.
 *
 * The right node is anvil: before each transaction it is told the base fee and beneficiary that the left one used, so
 * that balances can be compared to the wei; its tracer names the touched accounts and slots.
 */
export class Duel {
  readonly tally: Tally = {
    executed: 0,
    succeeded: 0,
    reverted: 0,
    refused: 0,
    accountsCompared: 0,
    slotsCompared: 0,
    logs: 0,
    outputsCompared: 0,
    gasUsed: 0n,
  }
  #left: HttpRpc
  readonly #right: HttpRpc
  readonly #leftIsAnvil: boolean
  readonly #book = new AddressBook()
  /** Touched so far: address → slots. */
  readonly #touched = new Map<string, Set<string>>()

  constructor(left: Chain, right: Chain) {
    this.#leftIsAnvil = left.target === 'anvil'
    this.#left = new HttpRpc(left.url)
    this.#right = new HttpRpc(right.url)
  }

  /** From now on another node, with an equal state, is the left one. */
  replaceLeft({ url }: Chain): void {
    this.#left.close()
    this.#left = new HttpRpc(url)
  }

  close(): void {
    this.#left.close()
    this.#right.close()
  }

  /**
   * Makes the right node's blocks look like the left's, and gives every authority a wei: anvil takes an account that
   * never was for an empty one, and refunds 12,500 gas for its authorization, which EIP-7702 gives to existing ones only.
   */
  async prepare(): Promise<void> {
    const block = await this.#left.call('eth_getBlockByNumber', ['latest', false])
    await this.#right.call('anvil_setCoinbase', [block.miner])
    for (let index = FUNDED; index < signers.length; index++) {
      const difference = await this.run(funding(index))
      if (difference) throw new Error(`the nodes differ in a plain transfer: ${difference.what}`)
    }
  }

  /** Runs one action on both. */
  async run(action: Action): Promise<Difference | undefined> {
    const { tx, sender, nonce } = await this.#build(action)
    const raw = hex(signTransaction(tx, sender.key))
    const differ = (what: string, left: unknown, right: unknown): Difference => ({
      action,
      what,
      left,
      right,
      raw,
    })
    if (action.callable) {
      const outputs = await this.#outputs(tx, sender.address)
      if (outputs && !isDeepStrictEqual(outputs[0], outputs[1]))
        return differ('output of eth_call', ...outputs)
    }
    const left = this.#leftIsAnvil ? await sendToAnvil(this.#left, raw) : await send(this.#left, raw)
    if (left.receipt) await this.#mirrorBlock(left.receipt)
    const right = await sendToAnvil(this.#right, raw)
    if ((left.receipt === undefined) !== (right.receipt === undefined)) {
      return differ('whether it is executed', left.receipt ?? left.error, right.receipt ?? right.error)
    }
    if (!left.receipt || !right.receipt) {
      this.tally.refused++
      return undefined
    }
    if (action.to === undefined) this.#book.created(action.id, createAddress(bytes(sender.address), nonce))
    this.#count(left.receipt)
    const difference = compareReceipts(left.receipt, right.receipt)
    if (difference) return differ(difference.what, difference.left, difference.right)
    return await this.#compareTouched(right.receipt.transactionHash, differ)
  }

  /** Compares everything that any action touched, once more at the end; returns the first difference. */
  async finish(last: Action): Promise<Difference | undefined> {
    const differ = (what: string, left: unknown, right: unknown): Difference => ({
      action: last,
      what: `final ${what}`,
      left,
      right,
      raw: '',
    })
    return await this.#compareState(this.#touched, differ)
  }

  async #build(action: Action) {
    const sender = signers[action.sender]!
    const people = [action.sender, ...action.authorizations.map((plan) => plan.authority)]
    const nonces = new Map<number, bigint>()
    const list = await this.#left.results(
      people.map((index) => ['eth_getTransactionCount', [signers[index]!.address, 'latest']]),
    )
    for (const [position, index] of people.entries()) nonces.set(index, BigInt(list[position]))
    const nonce = nonces.get(action.sender)!
    nonces.set(action.sender, nonce + 1n)
    const data = this.#book.fill(action.data)
    const minimum = minimumGas(action, data)
    const tx: UnsignedTransaction = {
      type: action.type,
      nonce,
      gasLimit: 'absolute' in action.gas ? action.gas.absolute : minimum + action.gas.aboveIntrinsic,
      maxFeePerGas: action.maxFeePerGas,
      maxPriorityFeePerGas: action.maxPriorityFeePerGas,
      value: action.value,
      data,
      accessList: action.accessList.map(({ of, keys }) => ({
        address: this.#book.resolve(of),
        storageKeys: keys.map((key) => bytes(key.toString(16).padStart(64, '0'))),
      })),
      authorizations: action.authorizations.map((plan) => this.#authorize(plan, nonces)),
      ...(action.chainId === undefined ? {} : { chainId: action.chainId }),
      ...(action.to === undefined ? {} : { to: this.#book.resolve(action.to) }),
    }
    return { tx, sender, nonce }
  }

  #authorize(plan: AuthorizationPlan, nonces: Map<number, bigint>): Authorization {
    const valid = nonces.get(plan.authority)!
    const nonce = plan.flaw === 'maxNonce' ? (1n << 64n) - 1n : valid + plan.nonceOffset
    const address = plan.delegate === undefined ? new Uint8Array(20) : this.#book.resolve(plan.delegate)
    const signed = signAuthorization({ chainId: plan.chainId, address, nonce }, signers[plan.authority]!.key)
    const applies = plan.flaw === 'none' && plan.nonceOffset === 0n && plan.chainId !== 1n
    if (applies) nonces.set(plan.authority, valid + 1n)
    if (plan.flaw === 'highS') return { ...signed, s: GROUP_ORDER - signed.s, yParity: 1n - signed.yParity }
    if (plan.flaw === 'zeroR') return { ...signed, r: 0n }
    if (plan.flaw === 'badParity') return { ...signed, yParity: signed.yParity + 2n }
    return signed
  }

  /** Output and success of the transaction as a call; undefined where a node refuses to judge it. */
  async #outputs(tx: UnsignedTransaction, from: string): Promise<[unknown, unknown] | undefined> {
    const request = {
      from,
      ...(tx.to ? { to: hex(tx.to) } : {}),
      gas: `0x${tx.gasLimit.toString(16)}`,
      value: `0x${(tx.value ?? 0n).toString(16)}`,
      data: hex(tx.data ?? new Uint8Array()),
      accessList: (tx.accessList ?? []).map((item) => ({
        address: hex(item.address),
        storageKeys: item.storageKeys.map(hex),
      })),
    }
    if (tx.gasLimit < 21_000n || tx.gasLimit > 16_777_216n) return undefined
    const call: Call = ['eth_call', [request, 'latest']]
    const [[left], [right]] = await Promise.all([this.#left.batch([call]), this.#right.batch([call])])
    this.tally.outputsCompared++
    return [outcome(left), outcome(right)]
  }

  async #mirrorBlock(receipt: Json): Promise<void> {
    const block = await this.#left.call('eth_getBlockByNumber', [receipt.blockNumber, false])
    await this.#right.call('anvil_setNextBlockBaseFeePerGas', [block.baseFeePerGas])
  }

  #count(receipt: Json): void {
    this.tally.executed++
    if (receipt.status === '0x1') this.tally.succeeded++
    else this.tally.reverted++
    this.tally.logs += receipt.logs.length
    this.tally.gasUsed += BigInt(receipt.gasUsed)
  }

  async #compareTouched(hash: string, differ: Differ): Promise<Difference | undefined> {
    const trace: Record<string, { storage?: Record<string, string> }> = await this.#right.call(
      'debug_traceTransaction',
      [hash, { tracer: 'prestateTracer' }],
    )
    const touched = new Map<string, Set<string>>()
    for (const [address, { storage }] of Object.entries(trace)) {
      touched.set(address, new Set(Object.keys(storage ?? {})))
      const all = this.#touched.get(address) ?? new Set<string>()
      for (const slot of touched.get(address)!) all.add(slot)
      this.#touched.set(address, all)
    }
    return await this.#compareState(touched, differ)
  }

  async #compareState(touched: Map<string, Set<string>>, differ: Differ): Promise<Difference | undefined> {
    const calls: Call[] = []
    for (const [address, slots] of touched) {
      calls.push(['eth_getTransactionCount', [address, 'latest']], ['eth_getBalance', [address, 'latest']])
      calls.push(['eth_getCode', [address, 'latest']])
      for (const slot of slots) calls.push(['eth_getStorageAt', [address, slot, 'latest']])
      this.tally.accountsCompared++
      this.tally.slotsCompared += slots.size
    }
    for (let start = 0; start < calls.length; start += BATCH) {
      const part = calls.slice(start, start + BATCH)
      const [left, right] = await Promise.all([this.#left.results(part), this.#right.results(part)])
      for (const [index, [method, parameters]] of part.entries()) {
        if (left[index] !== right[index])
          return differ(`${method} ${parameters!.slice(0, -1).join(' ')}`, left[index], right[index])
      }
    }
    return undefined
  }
}

const BATCH = 200
/** How often anvil is asked for a receipt: a transaction that runs is mined within some milliseconds. */
const MAX_LOOKS = 30

type Differ = (what: string, left: unknown, right: unknown) => Difference
type Sent = { receipt?: Json; error?: string }

async function send(rpc: HttpRpc, raw: string): Promise<Sent> {
  try {
    return { receipt: await rpc.call('eth_sendRawTransactionSync', [raw]) }
  } catch (error) {
    return failure(error)
  }
}

/**
 * Sends to anvil; what it accepts although it can't run is dropped again and counts as refused: its synchronous send
 * would wait for 30 s.
 */
async function sendToAnvil(rpc: HttpRpc, raw: string): Promise<Sent> {
  try {
    const hash = await rpc.call('eth_sendRawTransaction', [raw])
    for (let look = 0; look < MAX_LOOKS; look++) {
      const receipt = await rpc.call('eth_getTransactionReceipt', [hash])
      if (receipt) return { receipt }
      await delay(look < 10 ? 1 : 10)
    }
    await rpc.call('anvil_dropTransaction', [hash])
    return { error: 'accepted, but not executed' }
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): Sent {
  if (error instanceof RpcError) return { error: error.message }
  throw error
}

/** What two calls can be compared by: the output, or the revert data, or that it failed in another way. */
function outcome(answer: Json): unknown {
  if (!answer.error) return { output: answer.result }
  const data = answer.error.data
  if (answer.error.code === 3) return { reverted: typeof data === 'string' ? data : '0x' }
  return 'failed'
}

function compareReceipts(
  left: Json,
  right: Json,
): { what: string; left: unknown; right: unknown } | undefined {
  for (const field of RECEIPT_FIELDS) {
    if ((left[field] ?? null) !== (right[field] ?? null))
      return { what: `receipt.${field}`, left: left[field], right: right[field] }
  }
  const [leftLogs, rightLogs] = [left.logs.map(logContent), right.logs.map(logContent)]
  if (!isDeepStrictEqual(leftLogs, rightLogs))
    return { what: 'receipt.logs', left: leftLogs, right: rightLogs }
  return undefined
}

function logContent(log: Json): unknown {
  return { address: log.address, topics: log.topics, data: log.data }
}

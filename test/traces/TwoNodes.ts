import {
  type AccessListItem,
  accounts,
  addressOf,
  bytes,
  type Chain,
  createAddress,
  HttpRpc,
  hex,
  type Json,
  signAuthorization,
  signTransaction,
  startChain,
  transactionHash,
} from '../lib/index.ts'
import { deploying } from './Program.ts'

type Hex = `0x${string}`

export type Sending = {
  /** Not given: a creation. */
  to?: Hex
  data?: Uint8Array
  value?: bigint
  gas?: bigint
  accessList?: AccessListItem[]
  /** Accounts by number that delegate, and to what. */
  delegations?: { account: number; delegate: Hex }[]
}

const CHAIN_ID = 31337n
const GAS = 3_000_000n
const FEE = 10n ** 10n

/** Leveret and anvil, which get the same transactions from the same sender; so everything has the same address on both. */
export class TwoNodes {
  readonly #leveret: Chain
  readonly #anvil: Chain
  readonly #left: HttpRpc
  readonly #right: HttpRpc
  #nonce = 0n
  readonly #nonces = new Map<number, bigint>()

  static async start(): Promise<TwoNodes> {
    const [leveret, anvil] = await Promise.all([
      startChain({ target: 'leveret', blockMs: 100 }),
      startChain({ target: 'anvil', extraArguments: ['--steps-tracing'] }),
    ])
    return new TwoNodes(leveret, anvil)
  }

  private constructor(leveret: Chain, anvil: Chain) {
    this.#leveret = leveret
    this.#anvil = anvil
    this.#left = new HttpRpc(leveret.url)
    this.#right = new HttpRpc(anvil.url)
  }

  /** Executes a transaction on both; its hash. */
  async send({ to, data, value, gas = GAS, accessList, delegations }: Sending): Promise<Hex> {
    const nonce = this.#nonce++
    const authorizations = delegations?.map(({ account, delegate }) => this.#authorize(account, delegate))
    const fields = {
      ...{ type: authorizations === undefined ? (2 as const) : (4 as const), chainId: CHAIN_ID, nonce },
      ...{ gasLimit: gas, maxFeePerGas: FEE, maxPriorityFeePerGas: 0n, value: value ?? 0n },
      ...(to === undefined ? {} : { to: bytes(to) }),
      ...(data === undefined ? {} : { data }),
      ...(accessList === undefined ? {} : { accessList }),
      ...(authorizations === undefined ? {} : { authorizations }),
    }
    const raw = signTransaction(fields, accounts[0]!.key)
    // Without the receipt anvil may not have it in a block yet, and answers a trace with nothing.
    for (const node of [this.#left, this.#right]) await node.call('eth_sendRawTransactionSync', [hex(raw)])
    return hex(transactionHash(raw))
  }

  /** Puts code into the state of both. */
  async deploy(code: Uint8Array, value = 0n): Promise<Hex> {
    const address = this.nextContract
    await this.send({ data: deploying(code), value })
    return address
  }

  /** Where the next creation puts its contract. */
  get nextContract(): Hex {
    return hex(createAddress(bytes(accounts[0]!.address), this.#nonce))
  }

  /** What each answers. */
  async calls(method: string, params: unknown[]): Promise<[Json, Json]> {
    return Promise.all([this.#left.call(method, params), this.#right.call(method, params)])
  }

  /** What each says of a transaction. */
  traces(hash: Hex, config: object): Promise<[Json, Json]> {
    return this.calls('debug_traceTransaction', [hash, config])
  }

  async close(): Promise<void> {
    this.#left.close()
    this.#right.close()
    await Promise.all([this.#leveret.stop(), this.#anvil.stop()])
  }

  #authorize(account: number, delegate: Hex) {
    const nonce = this.#nonces.get(account) ?? 0n
    this.#nonces.set(account, nonce + 1n)
    const { key } = accounts[account]!
    return signAuthorization({ chainId: CHAIN_ID, address: bytes(delegate), nonce }, key)
  }
}

/** Address of one of the funded accounts. */
export function accountAddress(account: number): Hex {
  return hex(addressOf(accounts[account]!.key))
}

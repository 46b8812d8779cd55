import { CELL } from '../../kernels/index.ts'
import { assert, concatBytes, EMPTY_BYTES, fromBigInt, toBigInt } from '../../lib/index.ts'
import {
  type AccessListEntry,
  type Authorization,
  type BlockEnv,
  decodeReceipt,
  encodeTransaction,
  type Log,
  type PreparedTransaction,
  type Transaction,
} from '../../protocol/index.ts'
import type { CallOutcome, CallRequest } from '../CallRequest.ts'
import { Engine } from '../Engine.ts'
import type { TransactionOutcome } from '../outcomes.ts'

/** The one who sends, where nobody else is named: 10^24 wei at the start. */
export const SENDER: Uint8Array = new Uint8Array(20).fill(0x5e)
/** The block's fee recipient; not there at the start. */
export const COINBASE: Uint8Array = new Uint8Array(20).fill(0xcb)
export const ETHER: bigint = 10n ** 18n

/** Wei per gas: what the block burns, and what senders offer beyond it. */
export const BASE_FEE = 7n
export const TIP = 3n

export const BLOCK: BlockEnv = {
  fork: 'Osaka',
  chainId: 1n,
  number: 1000n,
  timestamp: 1_700_000_000n,
  coinbase: COINBASE,
  gasLimit: 200_000_000n,
  baseFeePerGas: BASE_FEE,
  prevRandao: new Uint8Array(32).fill(0x42),
  blobBaseFee: 5n,
  maxBlobGasPerBlock: 9n * 131_072n,
  parentBeaconBlockRoot: new Uint8Array(32).fill(0xbe),
}

export type Sending = {
  from?: Uint8Array
  /** Undefined: creates. */
  to: Uint8Array | undefined
  data?: Uint8Array
  value?: bigint
  gas?: bigint
  nonce?: bigint
  tip?: bigint
  maxFee?: bigint
  accessList?: AccessListEntry[]
  /** Each makes the transaction one of type 4; `authority` undefined: its signature is not valid. */
  authorizations?: {
    authority: Uint8Array | undefined
    delegate: Uint8Array
    nonce?: bigint
    chainId?: bigint
  }[]
  blobs?: { hashes: Uint8Array[]; maxFee: bigint }
}

export type Executed = {
  status: 0 | 1
  gasUsed: bigint
  refunded: bigint
  output: Uint8Array
  halt: string | undefined
  logs: Log[]
}

/** An engine with a block open and one rich account, to run small programs in. */
export class TestChain {
  readonly engine: Engine
  env: BlockEnv
  #deployed = 0

  constructor(env: Partial<BlockEnv> = {}, engine: Engine = new Engine({ memoryMiB: 256 })) {
    this.engine = engine
    this.env = { ...BLOCK, ...env }
    engine.reset()
    engine.setAccount(SENDER, { nonce: 0n, balance: 1_000_000n * ETHER })
    this.open()
  }

  /** Opens the block again, with a changed environment if wanted. All ancestors' hashes are known: hash(n) is n. */
  open(env: Partial<BlockEnv> = {}, blockHash: (number: bigint) => Uint8Array | undefined = hashOf): void {
    this.env = { ...this.env, ...env }
    this.engine.beginBlock(this.env, blockHash)
  }

  /** Puts code into the state at a fresh address, with slots (key to value) if given. */
  deploy(
    code: Uint8Array,
    options: { balance?: bigint; nonce?: bigint; storage?: [bigint, bigint][] } = {},
  ): Uint8Array {
    const address = concatBytes(new Uint8Array(18).fill(0xc0), fromBigInt(BigInt(++this.#deployed), 2))
    this.engine.setAccount(address, { nonce: options.nonce ?? 1n, balance: options.balance ?? 0n, code })
    for (const [key, value] of options.storage ?? []) {
      this.engine.setStorage(address, fromBigInt(key, 32), fromBigInt(value, 32))
    }
    return address
  }

  /** Encodes without executing. */
  prepare(sending: Sending): PreparedTransaction {
    const sender = sending.from ?? SENDER
    const nonce = sending.nonce ?? this.engine.getAccount(sender)?.nonce ?? 0n
    const raw = encodeTransaction(transactionOf(sending, nonce, this.env))
    return { raw, sender, authorities: (sending.authorizations ?? []).map(({ authority }) => authority) }
  }

  send(sending: Sending): TransactionOutcome {
    const { raw, sender, authorities } = this.prepare(sending)
    return this.engine.executeTransaction(raw, sender, authorities)
  }

  /** Like {@link send}; the transaction must be executed. */
  run(sending: Sending): Executed {
    const outcome = this.send(sending)
    assert(
      outcome.kind === 'executed',
      `it was not executed but ${'code' in outcome ? outcome.code : outcome.kind}`,
    )
    const receipt = decodeReceipt(outcome.receipt)
    assert(receipt.ok, 'the receipt can be read')
    const refunded = this.engine.kernel.getU64(CELL.resultGasRefunded)
    const { status, gasUsed, output, halt } = outcome
    return { status, gasUsed, refunded, output, halt, logs: receipt.receipt.logs }
  }

  /** Deploys and calls at once. */
  runCode(code: Uint8Array, sending: Omit<Sending, 'to'> = {}): Executed {
    return this.run({ to: this.deploy(code), ...sending })
  }

  /** Gas that code takes beyond the 21,000 of a transaction without data, before refunds. It must succeed. */
  gasOf(code: Uint8Array | { at: Uint8Array }): bigint {
    const to = code instanceof Uint8Array ? this.deploy(code) : code.at
    const { status, gasUsed, refunded, halt } = this.run({ to })
    assert(status === 1, `it failed: ${halt}`)
    return gasUsed + refunded - 21_000n
  }

  call(request: Partial<CallRequest>): CallOutcome {
    return this.engine.call({
      from: SENDER,
      to: undefined,
      gas: 10_000_000n,
      value: 0n,
      data: EMPTY_BYTES,
      gasPrice: 0n,
      accessList: [],
      authorizations: [],
      ...request,
    })
  }

  storage(address: Uint8Array, key: bigint): bigint {
    return toBigInt(this.engine.getStorage(address, fromBigInt(key, 32)))
  }

  balance(address: Uint8Array): bigint {
    return this.engine.getAccount(address)?.balance ?? 0n
  }
}

export function hashOf(number: bigint): Uint8Array {
  return fromBigInt(number, 32)
}

function transactionOf(sending: Sending, nonce: bigint, env: BlockEnv): Transaction {
  const tip = sending.tip ?? TIP
  const common = {
    nonce,
    gasLimit: sending.gas ?? 10_000_000n,
    value: sending.value ?? 0n,
    data: sending.data ?? EMPTY_BYTES,
    chainId: env.chainId,
    maxPriorityFeePerGas: tip,
    maxFeePerGas: sending.maxFee ?? env.baseFeePerGas + tip,
    accessList: sending.accessList ?? [],
    // Nobody looks at the signature: the sender is given.
    yParity: 0 as const,
    r: 1n,
    s: 1n,
  }
  const { to, authorizations, blobs } = sending
  if (authorizations !== undefined) {
    assert(to !== undefined, 'a transaction of type 4 does not create')
    const authorizationList = authorizations.map(
      ({ delegate, nonce = 0n, chainId = env.chainId }): Authorization => ({
        chainId,
        address: delegate,
        nonce,
        yParity: 0,
        r: 1n,
        s: 1n,
      }),
    )
    return { type: 4, ...common, to, authorizationList }
  }
  if (blobs !== undefined) {
    assert(to !== undefined, 'a transaction of type 3 does not create')
    return { type: 3, ...common, to, maxFeePerBlobGas: blobs.maxFee, blobVersionedHashes: blobs.hashes }
  }
  return { type: 2, ...common, to }
}

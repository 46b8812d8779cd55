import { type CallOutcome, Engine } from '../../src/execution/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { assert, bytesToHex, fromBigInt } from '../../src/lib/index.ts'
import {
  type BlockEnv,
  encodeTransaction,
  FORK_RULES,
  maxBlobGasPerBlock,
  type PreparedTransaction,
  rlpEncode,
  rlpInteger,
} from '../../src/protocol/index.ts'

type Call = {
  sender: Uint8Array
  /** Undefined: creates a contract. */
  to: Uint8Array | undefined
  data?: Uint8Array
  value?: bigint
  gasLimit?: bigint
}

const CHAIN_ID = 31337n
const BASE_FEE = 1_000_000_000n
const DEFAULT_GAS_LIMIT = 100_000n
const CALL_GAS = 10_000_000n
const ZERO_ADDRESS = new Uint8Array(20)
const DEPLOY_GAS_LIMIT = 10_000_000n
/** Enough for any number of transactions in a benchmark. */
const BALANCE = 10n ** 30n
const NO_AUTHORITIES: undefined[] = []
const SIGNATURE_NUMBER = (1n << 254n) - 1n

/** An engine under one endless open block, with accounts that never run out of ether. */
export class Ledger {
  readonly engine: Engine
  readonly #nonces = new Map<string, bigint>()

  constructor(engine: Engine = new Engine()) {
    this.engine = engine
    engine.beginBlock(openBlock(), () => undefined)
  }

  /** The `index`-th account, with ether. */
  account(index: number): Uint8Array {
    const address = addressOf(index)
    this.engine.setAccount(address, { nonce: 0n, balance: BALANCE })
    return address
  }

  /**
   * Encodes the sender's next transaction (EIP-1559). The engine takes the sender as given: the signature is none, but as
   * long as they are.
   */
  prepare({
    sender,
    to,
    data = new Uint8Array(0),
    value = 0n,
    gasLimit = DEFAULT_GAS_LIMIT,
  }: Call): PreparedTransaction {
    const key = bytesToHex(sender)
    const nonce = this.#nonces.get(key) ?? 0n
    this.#nonces.set(key, nonce + 1n)
    const fields = {
      nonce,
      gasLimit,
      value,
      data,
      chainId: CHAIN_ID,
      accessList: [],
      yParity: 0 as const,
      r: SIGNATURE_NUMBER,
      s: SIGNATURE_NUMBER,
    }
    const fees = { maxFeePerGas: 2n * BASE_FEE, maxPriorityFeePerGas: 1n }
    return {
      raw: encodeTransaction({ type: 2, to, ...fields, ...fees }),
      sender,
      authorities: NO_AUTHORITIES,
    }
  }

  /** Executes at once and asserts success; the address of the created contract, if `to` is undefined. */
  send(call: Call): Uint8Array | undefined {
    const nonce = this.#nonces.get(bytesToHex(call.sender)) ?? 0n
    const gasLimit = call.gasLimit ?? (call.to === undefined ? DEPLOY_GAS_LIMIT : 1_000_000n)
    const { raw, sender } = this.prepare({ ...call, gasLimit })
    const outcome = this.engine.executeTransaction(raw, sender, NO_AUTHORITIES)
    assert(
      outcome.kind === 'executed' && outcome.status === 1,
      `a set-up transaction failed: ${outcome.kind} ${'halt' in outcome ? outcome.halt : ''}`,
    )
    this.engine.takeDiff()
    return call.to === undefined ? createdAddress(sender, nonce) : undefined
  }

  /** Executes at once, asserts success, and keeps nothing. */
  call({
    sender = ZERO_ADDRESS,
    to,
    data,
  }: {
    sender?: Uint8Array
    to: Uint8Array
    data: Uint8Array
  }): CallOutcome {
    const rest = { value: 0n, gasPrice: 0n, accessList: [], authorizations: [] }
    const outcome = this.engine.call({ from: sender, to, data, gas: CALL_GAS, ...rest })
    assert(outcome.status === 'success', `a call failed: ${outcome.status} ${outcome.error ?? ''}`)
    return outcome
  }
}

/** Address of the `index`-th account of a benchmark. */
export function addressOf(index: number): Uint8Array {
  // Spread over the address space as real ones are, so that hash tables see no pattern.
  return keccak256(fromBigInt(BigInt(index), 32)).slice(12)
}

/** Yellow Paper section 7, (88): where a creating transaction puts its contract. */
function createdAddress(sender: Uint8Array, nonce: bigint): Uint8Array {
  return keccak256(rlpEncode([sender, rlpInteger(nonce)])).slice(12)
}

function openBlock(): BlockEnv {
  return {
    fork: 'Osaka',
    chainId: CHAIN_ID,
    number: 1n,
    timestamp: 1_700_000_000n,
    coinbase: fromBigInt(0xfeen, 20),
    gasLimit: 1n << 62n,
    baseFeePerGas: BASE_FEE,
    prevRandao: new Uint8Array(32),
    blobBaseFee: 1n,
    maxBlobGasPerBlock: maxBlobGasPerBlock(FORK_RULES.Osaka.blobSchedule),
    parentBeaconBlockRoot: new Uint8Array(32),
  }
}

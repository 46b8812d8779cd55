import type { Engine, TransactionOutcome } from '../../../src/execution/index.ts'
import { CELL } from '../../../src/kernels/index.ts'
import { concatBytes, EMPTY_BYTES, fromBigInt } from '../../../src/lib/index.ts'
import {
  type BlockEnv,
  encodeTransaction,
  FORK_RULES,
  isAtLeast,
  type Transaction,
} from '../../../src/protocol/index.ts'
import { addressBytes, codesOf, contractAddress, DELEGATING, type FuzzCase, PERSON } from './FuzzCase.ts'
import { CRASH, type Outcome, type Run } from './Outcome.ts'

/** Who sends: rich enough for any gas limit. */
export const SENDER: Uint8Array = new Uint8Array(20).fill(0x5e)
const COINBASE = new Uint8Array(20).fill(0xcb)
const RICH = 1n << 120n
/** Wei that contracts and the person own. */
export const BALANCE = 1_000_000n
const BASE_FEE = 7n
const TIP = 3n
/** EIP-7825. */
const TRANSACTION_GAS_CAP = 1n << 24n
const CHAIN_ID = 1n
const NUMBER = 1000n
const MAX_BLOB_FEE = 1000n
const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)
const BLOB_HASHES = [1, 2].map((n) =>
  concatBytes(Uint8Array.of(1), new Uint8Array(30).fill(0xb0), Uint8Array.of(n)),
)

const NOTHING = {
  gasUsed: 0n,
  gasRefunded: 0n,
  output: EMPTY_BYTES,
  created: EMPTY_BYTES,
  receipt: EMPTY_BYTES,
  diff: EMPTY_BYTES,
}

/** Runs one case on one engine, as often as wanted. After a crash the engine is made anew. */
export class CaseRunner {
  readonly #makeEngine: () => Engine
  readonly #env: Partial<BlockEnv>
  #engine: Engine
  #case: FuzzCase | undefined
  #codes: Uint8Array[] = []

  /** @param env - what to change in the block, the fork too: to see that differences are seen. */
  constructor(makeEngine: () => Engine, env: Partial<BlockEnv> = {}) {
    this.#makeEngine = makeEngine
    this.#engine = makeEngine()
    this.#env = env
  }

  /** Puts the accounts of a case into the engine's state and opens a block. */
  load(fuzzCase: FuzzCase): void {
    this.#case = fuzzCase
    this.#codes = codesOf(fuzzCase)
    this.#fill()
  }

  run(run: Run): Outcome {
    try {
      return run.mode === 'call' ? this.#call(run) : this.#transact(run)
    } catch (error) {
      // Whatever it was, the other engine has to meet it too.
      this.#engine = this.#makeEngine()
      this.#fill()
      return { ending: `${CRASH}${error}`.split('\n')[0]!, ...NOTHING }
    }
  }

  #fill(): void {
    const engine = this.#engine
    const fuzzCase = this.#case!
    engine.reset()
    engine.setAccount(SENDER, { nonce: 5n, balance: RICH })
    engine.setAccount(addressBytes(PERSON), { nonce: 0n, balance: BALANCE })
    const delegate = contractAddress(Math.min(1, fuzzCase.contracts.length - 1))
    const delegation = concatBytes(DELEGATION_PREFIX, addressBytes(delegate))
    engine.setAccount(addressBytes(DELEGATING), { nonce: 1n, balance: BALANCE, code: delegation })
    for (const [index, { storage }] of fuzzCase.contracts.entries()) {
      if (index === 0 && fuzzCase.creates) continue
      const address = addressBytes(contractAddress(index))
      engine.setAccount(address, { nonce: 1n, balance: BALANCE, code: this.#codes[index]! })
      for (const [key, value] of storage) {
        if (value !== 0n) engine.setStorage(address, fromBigInt(key, 32), fromBigInt(value, 32))
      }
    }
    engine.beginBlock(environment(fuzzCase, this.#env), (number) => this.#blockHash(number))
    engine.takeDiff()
  }

  #blockHash(number: bigint): Uint8Array | undefined {
    if (this.#case!.parentHashPending && number === NUMBER - 1n) return undefined
    return fromBigInt(number + (1n << 200n), 32)
  }

  #call({ gas }: Run): Outcome {
    const { creates, data, value } = this.#case!
    const { status, output, gasUsed, gasRefunded, error, created } = this.#engine.call({
      from: SENDER,
      to: creates ? undefined : addressBytes(contractAddress(0)),
      gas,
      value,
      data: creates ? concatBytes(this.#codes[0]!, data) : data,
      gasPrice: BASE_FEE,
      accessList: [],
      authorizations: [],
    })
    const ending = error === undefined ? status : `${status}: ${error}`
    return { ...NOTHING, ending, gasUsed, gasRefunded, output, created: created ?? EMPTY_BYTES }
  }

  #transact(run: Run): Outcome {
    const raw = encodeTransaction(transactionOf(this.#case!, this.#codes, run))
    const engine = this.#engine
    const outcome = engine.executeTransaction(raw, SENDER, [])
    const gasRefunded = outcome.kind === 'executed' ? engine.kernel.getU64(CELL.resultGasRefunded) : 0n
    const diff = engine.peekDiff()
    engine.rollBack()
    return { ...NOTHING, ...detailsOf(outcome), gasRefunded, diff }
  }
}

function detailsOf(outcome: TransactionOutcome): Pick<Outcome, 'ending'> & Partial<Outcome> {
  if (outcome.kind === 'needsParentHash') return { ending: 'needs the parent hash' }
  if (outcome.kind === 'invalid') return { ending: `invalid: ${outcome.message}` }
  const { status, halt, gasUsed, output, receipt } = outcome
  const ending = halt === undefined ? (status === 1 ? 'success' : 'revert') : `halt: ${halt}`
  return { ending, gasUsed, output, receipt }
}

function environment({ fork }: FuzzCase, changes: Partial<BlockEnv>): BlockEnv {
  return {
    fork,
    chainId: CHAIN_ID,
    number: NUMBER,
    timestamp: 1_700_000_000n,
    coinbase: COINBASE,
    gasLimit: 200_000_000n,
    baseFeePerGas: BASE_FEE,
    prevRandao: new Uint8Array(32).fill(0x42),
    blobBaseFee: 5n,
    maxBlobGasPerBlock: 9n * 131_072n,
    parentBeaconBlockRoot: new Uint8Array(32).fill(0xbe),
    ...changes,
  }
}

function transactionOf(fuzzCase: FuzzCase, codes: Uint8Array[], run: Run): Transaction {
  const { creates, data, value, fork } = fuzzCase
  const common = {
    nonce: 5n,
    gasLimit: run.gas < TRANSACTION_GAS_CAP ? run.gas : TRANSACTION_GAS_CAP,
    value,
    chainId: CHAIN_ID,
    maxPriorityFeePerGas: TIP,
    maxFeePerGas: BASE_FEE + TIP,
    accessList: [],
    // Nobody looks at the signature: the sender is given.
    yParity: 0 as const,
    r: 1n,
    s: 1n,
  }
  if (creates) return { type: 2, ...common, to: undefined, data: concatBytes(codes[0]!, data) }
  const to = addressBytes(contractAddress(0))
  if (run.mode === 'transaction' || !isAtLeast(fork, 'Cancun')) return { type: 2, ...common, to, data }
  return { type: 3, ...common, to, data, maxFeePerBlobGas: MAX_BLOB_FEE, blobVersionedHashes: BLOB_HASHES }
}

/** Gas that a run pays before its code, or EIP-7623's floor: limits below it are refused. */
export function minimumGas(fuzzCase: FuzzCase): bigint {
  const codes = codesOf(fuzzCase)
  const data = fuzzCase.creates ? concatBytes(codes[0]!, fuzzCase.data) : fuzzCase.data
  const zeros = BigInt(data.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0))
  const tokens = zeros + (BigInt(data.length) - zeros) * 4n
  const creation = fuzzCase.creates ? 32_000n + 2n * BigInt(Math.ceil(data.length / 32)) : 0n
  const intrinsic = 21_000n + 4n * tokens + creation
  const floor = 21_000n + (FORK_RULES[fuzzCase.fork].calldataFloorGasPerToken ?? 0n) * tokens
  return intrinsic > floor ? intrinsic : floor
}

import type { Engine, TierStats, TransactionOutcome } from '../../../src/execution/index.ts'
import { BLOCK } from '../../../src/execution/testing/index.ts'
import { EngineLimitError } from '../../../src/kernels/EngineKernel.ts'
import { CELL } from '../../../src/kernels/index.ts'
import { concatBytes, EMPTY_BYTES, fromBigInt } from '../../../src/lib/index.ts'
import {
  type BlockEnv,
  encodeTransaction,
  FORK_RULES,
  isAtLeast,
  type Transaction,
} from '../../../src/protocol/index.ts'
import {
  addressBytes,
  codesOf,
  contractAddress,
  DELEGATING,
  type FuzzCase,
  PERSON,
  type Slot,
} from './FuzzCase.ts'
import { CRASH, NEEDS_PARENT_HASH, type Outcome, type Run } from './Outcome.ts'

/** Who sends: rich enough for any gas limit. */
export const SENDER: Uint8Array = new Uint8Array(20).fill(0x5e)
export const RICH = 1n << 120n
export const SENDER_NONCE = 5n
/** Wei that contracts and the person own. */
export const BALANCE = 1_000_000n
export const FEES = { maxPriorityFeePerGas: 3n, maxFeePerGas: 10n }
/** EIP-7825. */
const TRANSACTION_GAS_CAP = 1n << 24n
export const { chainId: CHAIN_ID, coinbase: COINBASE, baseFeePerGas: BASE_FEE } = BLOCK
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
  strayBlock: '',
}

/** Runs with more are not counted by tier: a call inside that halts takes almost all of it. */
const COUNTED_GAS = 1n << 30n

/** A block that another node made. */
export type GivenBlock = {
  env?: Partial<BlockEnv>
  blockHash?: (number: bigint) => Uint8Array | undefined
}

/** Runs one case on one engine, as often as wanted. After a crash the engine is made anew. */
export class CaseRunner {
  readonly #makeEngine: () => Engine
  readonly #env: Partial<BlockEnv>
  #engine: Engine
  /** Gas of the calls that succeeded, by what ran them. Halts take all there is, and would drown the rest. */
  readonly tierGas = { interpreted: 0n, compiled: 0n }
  #case: FuzzCase | undefined
  #block: GivenBlock = {}
  #codes: Uint8Array[] = []

  /** @param env - what to change in the block, the fork too: to see that differences are seen. */
  constructor(makeEngine: () => Engine, env: Partial<BlockEnv> = {}) {
    this.#makeEngine = makeEngine
    this.#engine = makeEngine()
    this.#env = env
  }

  /** Puts the accounts of a case into the engine's state and opens a block, or the one that is given. */
  load(fuzzCase: FuzzCase, block: GivenBlock = {}): void {
    this.#case = fuzzCase
    this.#block = block
    this.#codes = codesOf(fuzzCase)
    this.#fill()
  }

  /** Time that the engine has spent in compiling. */
  get compileMs(): number {
    return this.#engine.tierStats.compileMs
  }

  run(run: Run): Outcome {
    try {
      return run.mode === 'call' ? this.#call(run) : this.#transact(run)
    } catch (error) {
      // Whatever it was, the other engine has to meet it too.
      this.#engine = this.#makeEngine()
      this.#fill()
      return {
        ...NOTHING,
        ending: `${error instanceof EngineLimitError ? '' : CRASH}${error}`.split('\n')[0]!,
      }
    }
  }

  #fill(): void {
    const engine = this.#engine
    const fuzzCase = this.#case!
    engine.reset()
    for (const { address, storage, ...account } of accountsOf(fuzzCase)) {
      engine.setAccount(address, account)
      for (const [key, value] of storage)
        engine.setStorage(address, fromBigInt(key, 32), fromBigInt(value, 32))
    }
    const env = environment(fuzzCase, { ...this.#env, ...this.#block.env })
    engine.beginBlock(env, this.#block.blockHash ?? ((number) => this.#blockHash(number)))
    engine.takeDiff()
  }

  #blockHash(number: bigint): Uint8Array | undefined {
    if (this.#case!.parentHashPending && number === BLOCK.number - 1n) return undefined
    return fromBigInt(number + (1n << 200n), 32)
  }

  #call({ gas }: Run): Outcome {
    const { creates, data, value } = this.#case!
    const before = this.#engine.tierStats
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
    if (status === 'success' && gas <= COUNTED_GAS) this.#countTiers(before, this.#engine.tierStats)
    return { ...NOTHING, ending, gasUsed, gasRefunded, output, created: created ?? EMPTY_BYTES }
  }

  #countTiers(before: TierStats, after: TierStats): void {
    this.tierGas.interpreted += after.interpretedGas - before.interpretedGas
    this.tierGas.compiled += after.compiledGas - before.compiledGas
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

export type CaseAccount = {
  address: Uint8Array
  nonce: bigint
  balance: bigint
  code: Uint8Array
  storage: readonly Slot[]
}

/** The state that a case begins with. */
export function accountsOf(fuzzCase: FuzzCase): CaseAccount[] {
  const delegate = contractAddress(Math.min(1, fuzzCase.contracts.length - 1))
  const delegation = concatBytes(DELEGATION_PREFIX, addressBytes(delegate))
  const plain = { balance: BALANCE, storage: [] }
  const accounts: CaseAccount[] = [
    { address: SENDER, nonce: SENDER_NONCE, balance: RICH, code: EMPTY_BYTES, storage: [] },
    { ...plain, address: addressBytes(PERSON), nonce: 0n, code: EMPTY_BYTES },
    { ...plain, address: addressBytes(DELEGATING), nonce: 1n, code: delegation },
  ]
  const codes = codesOf(fuzzCase)
  for (const [index, { storage }] of fuzzCase.contracts.entries()) {
    if (index === 0 && fuzzCase.creates) continue
    const slots = storage.filter(([, value]) => value !== 0n)
    const address = addressBytes(contractAddress(index))
    accounts.push({ address, nonce: 1n, balance: BALANCE, code: codes[index]!, storage: slots })
  }
  return accounts
}

function detailsOf(outcome: TransactionOutcome): Pick<Outcome, 'ending'> & Partial<Outcome> {
  if (outcome.kind === 'needsParentHash') return { ending: NEEDS_PARENT_HASH }
  if (outcome.kind === 'invalid') return { ending: `invalid: ${outcome.message}` }
  const { status, halt, gasUsed, output, receipt } = outcome
  const ending = halt === undefined ? (status === 1 ? 'success' : 'revert') : `halt: ${halt}`
  return { ending, gasUsed, output, receipt }
}

function environment({ fork }: FuzzCase, changes: Partial<BlockEnv>): BlockEnv {
  return { ...BLOCK, fork, ...changes }
}

function transactionOf(fuzzCase: FuzzCase, codes: Uint8Array[], run: Run): Transaction {
  const { creates, data, value, fork } = fuzzCase
  const common = {
    nonce: SENDER_NONCE,
    gasLimit: transactionGas(run.gas),
    value,
    chainId: CHAIN_ID,
    ...FEES,
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

/** A gas limit that a transaction may have. */
export function transactionGas(gas: bigint): bigint {
  if (gas > TRANSACTION_GAS_CAP) return TRANSACTION_GAS_CAP
  return gas
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

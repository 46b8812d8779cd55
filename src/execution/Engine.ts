import { type CompileOptions, runPrecompile } from '../evm/index.ts'
import {
  CELL,
  type CompiledModule,
  DEFAULT_ENGINE_MEMORY_MIB,
  ENVIRONMENT_BYTES,
  EngineKernel,
  type EngineSharing,
  FIRST_REFUSAL,
  FLAG_PARENT_HASH_PENDING,
  type ObservedKernel,
  type StateBase,
  TRANSACTION_DECODE_ERRORS,
  TRANSACTION_REFUSALS,
  type TraceFunction,
} from '../kernels/index.ts'
import { assert, copyInto, fromBigInt, toBigInt } from '../lib/index.ts'
import {
  type BlockEnv,
  checksumAddress,
  FORK_RULES,
  FORKS,
  type Fork,
  GAS_PER_BLOB,
  readPrepared,
  type TransactionExceptionCode,
} from '../protocol/index.ts'
import type { CallObserver, CallOutcome, CallRequest, StateOverride } from './CallRequest.ts'
import { performCall, simulateCall } from './call.ts'
import { haltMessage } from './halts.ts'
import { executeLazyBatch } from './lazyBatch.ts'
import { executeMessage, type Message, type MessageOutcome, type MessageRules } from './message.ts'
import { movePrecompiles } from './movePrecompiles.ts'
import type { BatchOutcome, TransactionOutcome } from './outcomes.ts'
import {
  ParallelExecution,
  type ParallelMode,
  type ParallelOptions,
  type ParallelStats,
} from './ParallelExecution.ts'
import { executeSystemCall, type SystemCallOutcome } from './systemCall.ts'
import { type CompileRequest, type EvmTier, type TierStats, Tiers } from './Tiers.ts'

/** A transaction within EIP-7825's gas cap uses less; more is needed for gas limits beyond 150 million. */
export const DEFAULT_EVM_MEMORY_MIB = 128

export type EngineOptions = {
  /**
   * Bounds all tables and buffers, up to 4095. From 384 on no transaction within EIP-7825's gas cap reaches a limit.
   * About half of it holds accounts and slots, which share it; of 4095 MiB three quarters ({@link Engine.limits}).
   */
  memoryMiB?: number
  /** The part of it for the EVM memory of all frames of a transaction; who needs more stops the engine. */
  evmMemoryMiB?: number
  /**
   * Memory beside it for slots that have no room there, up to 16380; 0 when not given. 4095 MiB hold about 54 million
   * slots. Accounts then have up to half of the engine's room for both to themselves.
   */
  coldMemoryMiB?: number
  /** For tests, with cold memory: what is beyond so many slots leaves the engine's table before each transaction. */
  keptSlots?: number
  /** What runs EVM code; `auto` when not given. */
  evm?: EvmTier
  /** Its memory is one that threads share. Not given: it is its own. */
  sharing?: EngineSharing
  /** With {@link EngineOptions.sharing} for speculators: when their help is used. `never` when not given. */
  parallel?: ParallelOptions
  /**
   * Is asked to have hot code compiled elsewhere ({@link Engine.install}). Without it that happens on this thread.
   * False: not now; the code is asked for again when it has run as hot once more.
   */
  onHot?: (request: CompileRequest) => boolean
  /** Told of every compiled code that the engine gets, for those who execute ahead of it ({@link Engine.offer}). */
  onModule?: (codeHash: Uint8Array, fork: Fork, compiled: CompiledModule) => void
  /** For tests of the compiler. */
  compileOptions?: CompileOptions
  /** For tests: called where a block of compiled code starts. */
  onBlock?: TraceFunction
  /**
   * Makes it a lazy engine: it begins with this state, and reads from it what it has not met yet. It can do all that others
   * can; deletions of accounts whose storage it has not read list only the slots that it has. Its tables keep what they
   * have read, codes of calls included: who runs into a limit empties them with {@link Engine.rebase}.
   */
  base?: StateBase
  /** A kernel that tells every instruction of the interpreter, or every step. */
  observedKernel?: ObservedKernel
}

/** Most accounts, most slots, and most of both together; with those in cold stores. */
export type EngineLimits = { accounts: number; slots: number; accountsAndSlots: number }

export type AccountFields = { nonce: bigint; balance: bigint }

/** The chunk is full with so many transactions, or once so much gas is used; at least one is executed. */
export type BatchLimits = { transactions: number; gas: bigint }

const EMPTY = new Uint8Array(0)
/** Accounts or slots that are read with one call of the kernel. */
const READ_AT_ONCE = 256
/** Records whose names are listed in one step. */
const NAMES_AT_ONCE = 2048

/** Copies a multiple of four bytes. */
function copyFours(target: DataView, at: number, source: DataView, sourceAt: number, length: number): void {
  for (let i = 0; i < length; i += 4) target.setInt32(at + i, source.getInt32(sourceAt + i, true), true)
}

/**
 * The state of a chain and the machine that changes it, in the memory of one kernel.
 *
 * Reads and writes by address are for genesis, queries and diffs; transactions run in a block that
 * {@link beginBlock} has opened. Not reentrant. Addresses are 20 bytes, keys and values 32, all big-endian.
 */
export class Engine {
  readonly kernel: EngineKernel
  readonly #tiers: Tiers
  readonly #parallel: ParallelExecution | undefined
  /** Codes that the tiers know of. */
  #adoptedCodes = 0
  #fork: Fork = 'Osaka'
  #blockHash: (number: bigint) => Uint8Array | undefined = () => undefined

  constructor(options: EngineOptions = {}) {
    const memoryMiB = options.memoryMiB ?? DEFAULT_ENGINE_MEMORY_MIB
    const evmMemoryMiB = options.evmMemoryMiB ?? DEFAULT_EVM_MEMORY_MIB
    this.kernel = new EngineKernel(
      { memoryMiB, evmMemoryMiB, coldMemoryMiB: options.coldMemoryMiB ?? 0 },
      {
        precompile: (address, input, gas) => {
          const { ok, gasUsed, output } = runPrecompile(address, input, gas, this.#fork)
          return ok ? { gasUsed, output } : undefined
        },
        blockHash: (number) => this.#blockHash(number),
        compile: (codeId) => this.#tiers.compileNow(codeId),
        compileInitCode: (code) => this.#tiers.compileInitCode(code),
        ...(options.base === undefined ? {} : { base: options.base }),
      },
      {
        ...(options.observedKernel === undefined ? {} : { observed: options.observedKernel }),
        ...(options.sharing === undefined ? {} : { sharing: options.sharing }),
      },
    )
    this.#parallel =
      options.parallel === undefined ? undefined : new ParallelExecution(this.kernel, options.parallel)
    if (options.keptSlots !== undefined) this.kernel.exports.keepSlots(options.keptSlots)
    this.#tiers = new Tiers(this.kernel, {
      evm: options.evm ?? 'auto',
      onHot: options.onHot,
      onModule: options.onModule,
      compile: options.compileOptions ?? {},
      onBlock: options.onBlock,
    })
  }

  /** Empties the state. */
  reset(): void {
    this.kernel.exports.reset()
    this.#adoptedCodes = 0
  }

  /** A lazy engine only: forgets all that it has read and changed, and stands on another state from now on. */
  rebase(base: StateBase): void {
    assert(this.kernel.host.base !== undefined, 'only a lazy engine has a base')
    this.kernel.host.base = base
    this.reset()
  }

  // ------------------------------------------------------------------------------------------------------- state

  /** Sets an account outside of transactions. Not a part of any diff, unless changes are already pending. */
  setAccount(address: Uint8Array, account: AccountFields & { code?: Uint8Array }): void {
    const { kernel } = this
    const code = account.code ?? EMPTY
    const at = kernel.put(address, 0)
    kernel.put(fromBigInt(account.nonce, 8), 32)
    kernel.put(fromBigInt(account.balance, 32), 40)
    kernel.put(code, 72)
    kernel.exports.putAccount(at, at + 32, code.length)
  }

  /** Like {@link setAccount}, for a storage slot. The account must exist. */
  setStorage(address: Uint8Array, key: Uint8Array, value: Uint8Array): void {
    const { kernel } = this
    const at = kernel.put(address, 0)
    kernel.exports.putStorage(at, kernel.put(key, 32), kernel.put(value, 64))
  }

  /** The account, or undefined where the state has none. */
  getAccount(address: Uint8Array): (AccountFields & { codeHash: Uint8Array }) | undefined {
    const { kernel } = this
    const at = kernel.put(address, 0)
    if (!kernel.exports.readAccount(at, at + 32)) return undefined
    return {
      nonce: kernel.view.getBigUint64(at + 32, false),
      balance: toBigInt(kernel.bytes.subarray(at + 40, at + 72)),
      codeHash: kernel.copy(at + 72, 32),
    }
  }

  /** Of the account; zero where the state has none. */
  getBalance(address: Uint8Array): bigint {
    const { kernel } = this
    const at = kernel.put(address, 0)
    return kernel.exports.readAccount(at, at + 32) ? toBigInt(kernel.bytes.subarray(at + 40, at + 72)) : 0n
  }

  /** Likewise. */
  getNonce(address: Uint8Array): bigint {
    const { kernel } = this
    const at = kernel.put(address, 0)
    return kernel.exports.readAccount(at, at + 32) ? kernel.view.getBigUint64(at + 32, false) : 0n
  }

  /**
   * As {@link getAccount}, without objects: writes nonce 8 · balance 32 (both big-endian) · codeHash 32 to `target`; false
   * where the state has none. The address stands at `at` in `source`.
   */
  readAccount(source: DataView, at: number, target: DataView, targetAt: number): boolean {
    const { view, input, exports } = this.kernel
    copyFours(view, input, source, at, 20)
    if (!exports.readAccount(input, input + 32)) return false
    copyFours(target, targetAt, view, input + 32, 72)
    return true
  }

  /** As {@link getStorage}, likewise: address 20 · key 32 stand at `at`, the value's 32 bytes go to `target`. */
  readSlot(source: DataView, at: number, target: DataView, targetAt: number): void {
    const { view, input, exports } = this.kernel
    copyFours(view, input, source, at, 52)
    exports.readStorage(input, input + 20, input + 64)
    copyFours(target, targetAt, view, input + 64, 32)
  }

  /**
   * As {@link readAccount}, of many addresses that stand one behind the other; zeros and the hash of no code where the state
   * has none.
   */
  readAccounts(addresses: Uint8Array, target: Uint8Array): void {
    this.#readMany(addresses, target, { read: this.kernel.exports.readAccounts, nameBytes: 20, bytes: 72 })
  }

  /** As {@link readSlot}, likewise. */
  readSlots(names: Uint8Array, target: Uint8Array): void {
    this.#readMany(names, target, { read: this.kernel.exports.readSlots, nameBytes: 52, bytes: 32 })
  }

  #readMany(
    names: Uint8Array,
    target: Uint8Array,
    {
      read,
      nameBytes,
      bytes,
    }: { read(at: number, count: number, out: number): void; nameBytes: number; bytes: number },
  ): void {
    const { kernel } = this
    const count = names.length / nameBytes
    for (let first = 0; first < count; first += READ_AT_ONCE) {
      const end = Math.min(first + READ_AT_ONCE, count)
      const at = kernel.put(names.subarray(first * nameBytes, end * nameBytes), 0)
      read(at, end - first, kernel.output)
      copyInto(
        target,
        first * bytes,
        kernel.bytes.subarray(kernel.output, kernel.output + (end - first) * bytes),
      )
    }
  }

  /**
   * Addresses of all accounts, and of some that there were, in no order: in pieces of 20 bytes each, views that hold until the
   * next call. What comes while they are read may be missing.
   */
  *addressPieces(): Generator<Uint8Array, void> {
    const { kernel } = this
    for (let from = 1; ; from += NAMES_AT_ONCE) {
      const count = kernel.exports.listAddresses(from, NAMES_AT_ONCE, kernel.output)
      if (count === 0) return
      yield kernel.bytes.subarray(kernel.output, kernel.output + count * 20)
    }
  }

  /** Likewise keys of an account's slots, 32 bytes each, without those in cold stores. All slots are looked at. */
  *slotKeyPieces(address: Uint8Array): Generator<Uint8Array, void> {
    const { kernel } = this
    for (let from = 0; from < kernel.exports.slotNumbersTaken(); from += NAMES_AT_ONCE) {
      const at = kernel.put(address, 0)
      const count = kernel.exports.listSlotKeys(at, from, NAMES_AT_ONCE, kernel.output)
      yield kernel.bytes.subarray(kernel.output, kernel.output + count * 32)
    }
  }

  getCode(address: Uint8Array): Uint8Array {
    const { kernel } = this
    const at = kernel.put(address, 0)
    kernel.exports.readCode(at, at + 32)
    return kernel.copy(kernel.view.getUint32(at + 32, true), kernel.view.getUint32(at + 36, true))
  }

  /** As {@link getCode}, which copies it. */
  hasCode(address: Uint8Array): boolean {
    const { kernel } = this
    const at = kernel.put(address, 0)
    kernel.exports.readCode(at, at + 32)
    return kernel.view.getUint32(at + 36, true) > 0
  }

  /** A code that some account has or had; undefined where no diff has brought it, and for the empty one. */
  getCodeByHash(codeHash: Uint8Array): Uint8Array | undefined {
    const codeId = this.kernel.codeWithHash(codeHash)
    return codeId === 0 ? undefined : this.kernel.codeOf(codeId)?.code.slice()
  }

  /** 32 bytes; zero where nothing is stored. */
  getStorage(address: Uint8Array, key: Uint8Array): Uint8Array {
    const { kernel } = this
    const at = kernel.put(address, 0)
    kernel.exports.readStorage(at, kernel.put(key, 32), at + 64)
    return kernel.copy(at + 64, 32)
  }

  /** Whether some slot of the account is not zero; in a lazy engine: whether one may be. */
  hasStorage(address: Uint8Array): boolean {
    return this.kernel.exports.hasStorage(this.kernel.put(address, 0)) !== 0
  }

  /** Adds a withdrawal's amount to an account (EIP-4895). A part of the next diff. */
  credit(address: Uint8Array, amountWei: bigint): void {
    const { kernel } = this
    const at = kernel.put(address, 0)
    if (amountWei === 0n) kernel.exports.dropIfEmpty(at)
    else kernel.exports.creditAccount(at, kernel.put(fromBigInt(amountWei, 32), 32))
  }

  /**
   * Encoded StateDiff (protocol/StateDiff.ts) of everything that changed since the last one; starts the next. A view: it
   * holds until the next call.
   */
  takeDiff(): Uint8Array {
    const length = this.kernel.exports.takeDiff() >>> 0
    return this.kernel.bytes.subarray(this.kernel.output, this.kernel.output + length)
  }

  /** Like {@link takeDiff}, as a view: it holds until the next call. */
  viewDiff(): Uint8Array {
    const length = this.kernel.exports.takeDiff() >>> 0
    return this.kernel.bytes.subarray(this.kernel.output, this.kernel.output + length)
  }

  /** Like {@link takeDiff}, but the changes stay pending, so that {@link rollBack} can still undo them. */
  peekDiff(): Uint8Array {
    return this.kernel.copy(this.kernel.output, this.kernel.exports.peekDiff() >>> 0)
  }

  /** Undoes everything that changed since the last {@link takeDiff}. */
  rollBack(): void {
    this.kernel.exports.rollBack()
  }

  /**
   * Applies an encoded StateDiff. Nothing may be pending.
   *
   * @throws StateDiffError when it does not hold together; nothing is changed then.
   */
  applyDiff(diff: Uint8Array): void {
    refuse(this.kernel.exports.applyDiff(this.kernel.put(diff, 0), diff.length))
  }

  /**
   * Like {@link applyDiff}; returns the encoded StateDiff that leads back: what the diff really changes, as it was
   * before. It brings no codes, since the engine keeps those that it has had.
   *
   * @param group - u32, of diffs that follow one another: what one before of the same group has given back may be left
   *   out, since only the oldest value is wanted. 0: nothing is.
   */
  applyDiffWithUndo(diff: Uint8Array, group = 0): Uint8Array {
    const { kernel } = this
    const length = kernel.exports.applyDiffWithUndo(kernel.put(diff, 0), diff.length, group) >>> 0
    refuse(length)
    return kernel.copy(kernel.output, length)
  }

  /** Accounts in the table: those that exist, and until the next diff those that were only looked at. */
  get accountCount(): number {
    return this.kernel.exports.accountCount()
  }

  /** Slots, also those in cold stores: those that are not zero, and until the next diff those that were only looked at. */
  get slotCount(): number {
    return this.kernel.exports.slotCount()
  }

  /** Different codes that are not empty, also those that no account has any longer. */
  get codeCount(): number {
    return this.kernel.exports.codeCount()
  }

  /** What the tables have room for; who needs more gets an EngineLimitError. */
  get limits(): EngineLimits {
    const { exports } = this.kernel
    return {
      accounts: exports.accountLimit(),
      slots: exports.slotLimit(),
      accountsAndSlots: exports.recordsLimit(),
    }
  }

  // -------------------------------------------------------------------------------------------------- execution

  /**
   * Opens a block: cumulative gas, blob gas and bloom start anew. `blockHash` gives ancestors' hashes; where it does not
   * know the parent's yet, what reads it answers `needsParentHash`.
   */
  beginBlock(env: BlockEnv, blockHash: (number: bigint) => Uint8Array | undefined): void {
    const { kernel } = this
    this.#fork = env.fork
    this.#tiers.setFork(env.fork)
    this.#blockHash = blockHash
    kernel.setU32(CELL.fork, FORKS.indexOf(env.fork))
    kernel.setU64(CELL.number, env.number)
    kernel.setU64(CELL.timestamp, env.timestamp)
    kernel.setU64(CELL.gasLimit, env.gasLimit)
    kernel.setWord(CELL.chainId, env.chainId)
    kernel.setWordBytes(CELL.coinbase, env.coinbase)
    kernel.setWord(CELL.baseFee, env.baseFeePerGas)
    kernel.setWordBytes(CELL.prevRandao, env.prevRandao)
    kernel.setWord(CELL.blobBaseFee, env.blobBaseFee)
    kernel.setU64(CELL.maxBlobGas, env.maxBlobGasPerBlock)
    const mostBlobs =
      FORK_RULES[env.fork].maxBlobsPerTransaction ?? Number(env.maxBlobGasPerBlock / GAS_PER_BLOB)
    kernel.setU32(CELL.maxBlobsPerTransaction, mostBlobs)
    kernel.setU64(CELL.cumulativeGas, 0n)
    kernel.setU64(CELL.blobGasUsed, 0n)
    const pending = env.number > 0n && blockHash(env.number - 1n) === undefined
    kernel.setU32(CELL.flags, pending ? FLAG_PARENT_HASH_PENDING : 0)
    kernel.exports.beginBlock()
  }

  /**
   * Opens the block that another engine has open, by its first cells ({@link ENVIRONMENT_BYTES}). Ancestors' hashes are not
   * known here.
   */
  enterBlockOf(environment: Uint8Array): void {
    const { kernel } = this
    kernel.bytes.set(environment, kernel.cells)
    const fork = FORKS[kernel.getU32(CELL.fork)]
    if (fork === undefined) return // read while it was being written: what is executed by it is given up
    this.#fork = fork
    this.#tiers.setFork(fork)
    kernel.exports.beginBlock()
  }

  /** The parent's hash is known from now on: `blockHash` of {@link beginBlock} must give it. */
  parentHashKnown(): void {
    this.kernel.setU32(CELL.flags, 0)
  }

  get cumulativeGasUsed(): bigint {
    return this.kernel.getU64(CELL.cumulativeGas)
  }

  get blobGasUsed(): bigint {
    return this.kernel.getU64(CELL.blobGasUsed)
  }

  /** Bloom filter of the block so far, 256 bytes. */
  get logsBloom(): Uint8Array {
    return this.kernel.copy(this.kernel.cells + CELL.blockBloom, 256)
  }

  /**
   * Executes one transaction in the open block and keeps what it changes.
   *
   * @param raw - EIP-2718 envelope.
   * @param authorities - per EIP-7702 authorization the address recovered from its signature, undefined where it is not
   * valid.
   */
  executeTransaction(
    raw: Uint8Array,
    sender: Uint8Array,
    authorities: readonly (Uint8Array | undefined)[],
  ): TransactionOutcome {
    const { kernel } = this
    const rawAt = 32 + authorities.length * 21
    const at = kernel.put(sender, 0)
    for (const [i, authority] of authorities.entries()) {
      kernel.bytes[at + 32 + i * 21] = authority === undefined ? 0 : 1
      if (authority !== undefined) kernel.put(authority, 33 + i * 21)
    }
    kernel.put(raw, rawAt)
    kernel.exports.executeTransaction(at + rawAt, raw.length, at, at + 32)
    const outcome = this.#outcome(sender)
    this.#tiers.serveHotCodes()
    return outcome
  }

  /** Executes a transaction without signature in the open block, and keeps what it changes. */
  executeMessage(message: Message, rules: MessageRules): MessageOutcome {
    const outcome = executeMessage(this.kernel, message, rules)
    this.#tiers.serveHotCodes()
    if (!('refusal' in outcome)) return outcome
    assert(outcome.refusal > 0, 'a message is executed once the parent hash is known')
    return { kind: 'invalid', ...this.refusal(outcome.refusal, message.from) }
  }

  /** The precompile that stands at an address now, by its number; 0: none. */
  precompileAt(address: Uint8Array): number {
    return this.kernel.exports.precompileNumberAt(this.kernel.put(address, 0))
  }

  /** From now on the precompile with this number (0: none) stands at an address, for simulations. */
  movePrecompile(address: Uint8Array, number: number): void {
    if (!this.kernel.exports.movePrecompile(this.kernel.put(address, 0), number))
      throw new RangeError('too many precompiles are moved')
  }

  /** All precompiles stand where they belong. */
  resetPrecompiles(): void {
    this.kernel.exports.resetPrecompiles()
  }

  /**
   * Executes prepared transactions (protocol/preparedTransaction.ts) in order, until one is not executed or a limit is
   * reached. What they lead to is appended to what {@link takeChunk} gives.
   */
  executeBatch(entries: Uint8Array, limits: BatchLimits): BatchOutcome {
    return this.kernel.host.base === undefined
      ? this.#executeBatch(entries, limits)
      : executeLazyBatch(this.kernel, entries, (some) => this.#executeBatch(some, limits))
  }

  #executeBatch(entries: Uint8Array, limits: BatchLimits): BatchOutcome {
    const { kernel } = this
    const at = kernel.put(entries, 0)
    const execute = (): void =>
      kernel.exports.executeBatch(at, entries.length, limits.transactions, limits.gas)
    if (this.#parallel === undefined) execute()
    else this.#parallel.run(at, entries.length, limits.transactions, execute)
    const bytesTaken = kernel.getU32(CELL.batchTaken)
    const kind = kernel.view.getInt32(kernel.cells + CELL.resultKind, true)
    const stop = kind === 0 ? undefined : this.#refusalOf(kind, readPrepared(entries, bytesTaken).transaction)
    this.#tiers.serveHotCodes()
    return { executed: kernel.getU32(CELL.batchExecuted), bytesTaken, stop }
  }

  /**
   * The transactions that batches have executed since it was last asked, as a chunk's record has them (feed/recordCodec.ts):
   * per transaction sender 20 · hash 32 · u32 length · raw · u32 length · receipt. A view: it holds until the next call.
   */
  takeChunk(): { count: number; transactions: Uint8Array } {
    const { kernel } = this
    const count = kernel.getU32(CELL.chunkCount)
    const from = kernel.exports.chunkAddress() >>> 0
    const transactions = kernel.bytes.subarray(from, from + kernel.getU32(CELL.chunkLength))
    kernel.exports.emptyChunk()
    return { count, transactions }
  }

  #refusalOf(
    kind: number,
    { sender }: { sender: Uint8Array },
  ): Exclude<TransactionOutcome, { kind: 'executed' }> {
    return kind < 0 ? { kind: 'needsParentHash' } : { kind: 'invalid', ...this.refusal(kind, sender) }
  }

  #outcome(sender: Uint8Array): TransactionOutcome {
    const { kernel } = this
    const kind = kernel.view.getInt32(kernel.cells + CELL.resultKind, true)
    if (kind !== 0) return this.#refusalOf(kind, { sender })
    return {
      kind: 'executed',
      status: kernel.getU32(CELL.resultStatus) === 1 ? 1 : 0,
      gasUsed: kernel.getU64(CELL.resultGasUsed),
      receipt: kernel.copy(kernel.getU32(CELL.resultReceipt), kernel.getU32(CELL.resultReceipt + 4)),
      output: kernel.copy(kernel.getU32(CELL.resultOutput), kernel.getU32(CELL.resultOutput + 4)),
      halt: haltMessage(kernel.getU32(CELL.resultEnding)),
    }
  }

  /** Name and message of the refusal that the kernel just answered with. */
  refusal(kind: number, sender: Uint8Array): { code: TransactionExceptionCode; message: string } {
    const { kernel } = this
    if (kind < FIRST_REFUSAL) {
      const { code, message } = TRANSACTION_DECODE_ERRORS[kind]!
      return { code: code as TransactionExceptionCode, message }
    }
    const { code, message } = TRANSACTION_REFUSALS[kind - FIRST_REFUSAL]!
    return {
      code: `TransactionException.${code}` as TransactionExceptionCode,
      message: message
        .replace('{a}', () => kernel.getWord(CELL.resultDetailA).toString())
        .replace('{b}', () => kernel.getWord(CELL.resultDetailB).toString())
        .replace('{sender}', () => checksumAddress(sender)),
    }
  }

  /** Executes on the state as it is, in the open block's environment, and keeps nothing. */
  call(request: CallRequest, observer?: CallObserver): CallOutcome {
    return simulateCall(this, this.#tiers, request, observer)
  }

  /** Like {@link call}, but what it changes is kept, unless it is not valid; it may not replace whole storages. */
  perform(request: CallRequest, observer?: CallObserver): CallOutcome {
    return performCall(this, this.#tiers, request, observer)
  }

  /**
   * Changes accounts outside of transactions, as a call's overrides do. Precompiles stay where they are moved until
   * {@link resetPrecompiles}.
   *
   * @throws OverrideError
   */
  override(overrides: readonly StateOverride[]): void {
    movePrecompiles(this, overrides)
    for (const override of overrides) this.#override(override)
  }

  #override({ address, balance, nonce, code, state, stateDiff }: StateOverride): void {
    const now = this.getAccount(address)
    this.setAccount(address, {
      nonce: nonce ?? now?.nonce ?? 0n,
      balance: balance ?? now?.balance ?? 0n,
      code: code ?? this.getCode(address),
    })
    if (state !== undefined) this.kernel.exports.emptyStorage(this.kernel.put(address, 0))
    for (const { key, value } of [...(state ?? []), ...(stateDiff ?? [])])
      this.setStorage(address, key, value)
  }

  // ------------------------------------------------------------------------------------------------------- tiers

  /** From now on the code with this hash runs compiled. Nothing happens where the fork is another one by now. */
  install(codeHash: Uint8Array, fork: Fork, compiled: CompiledModule): void {
    this.#tiers.install(codeHash, fork, compiled)
  }

  /** Like {@link install}, also for a code that comes only later: see {@link adoptCodes}. */
  offer(codeHash: Uint8Array, fork: Fork, compiled: CompiledModule): void {
    this.#tiers.offer(codeHash, fork, compiled)
  }

  /** Codes may have come that were offered as compiled before. */
  adoptCodes(): void {
    const count = this.codeCount
    if (count < this.#adoptedCodes) this.#adoptedCodes = 0
    while (this.#adoptedCodes < count) this.#tiers.adopt(++this.#adoptedCodes)
  }

  /** From now on batches are executed with the speculators' help or without. Nothing happens where there are none. */
  setParallelMode(mode: ParallelMode): void {
    this.#parallel?.setMode(mode)
  }

  /** What came of executing batches in parallel; undefined where it is never done. */
  get parallelStats(): ParallelStats | undefined {
    return this.#parallel?.stats
  }

  get tierStats(): TierStats {
    return this.#tiers.stats
  }

  /** A call that the protocol itself makes (EIP-4788, 2935, 7002, 7251): 30 million gas that count nowhere. */
  systemCall(address: Uint8Array, data: Uint8Array): SystemCallOutcome {
    return executeSystemCall(this.kernel, address, data)
  }
}

/** The kernel's answers to a diff (DIFF_* in kernels/assembly/diff.ts). */
const DIFF_REFUSALS: Record<number, string> = {
  1: 'it is malformed',
  2: 'it names a code that it does not bring',
}

/** @throws StateDiffError where the kernel's answer is a refusal. */
function refuse(answer: number): void {
  const reason = DIFF_REFUSALS[answer]
  if (reason !== undefined) throw new StateDiffError(reason)
}

/** A diff that can't be applied: it was damaged, or it does not follow this state. */
export class StateDiffError extends Error {
  override name = 'StateDiffError'
  readonly recovery = 'reset'

  constructor(reason: string) {
    super(
      `State diff can't be applied: ${reason}.\n  next: fetch the record again; if it repeats, restart from the log.`,
    )
  }
}

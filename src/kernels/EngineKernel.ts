import { copyInto, EMPTY_BYTES } from '../lib/index.ts'
import { NO_BASE, type SharedBase } from './baseReader.ts'
import { MAX_COLD_MEMORY_MIB, openColdStores } from './coldStores.ts'
import { engineModule } from './engineModule.ts'
import { type StateBase, stateImports } from './lazyState.ts'
import type { StepFunction } from './steps.ts'
import { MAX_KERNEL_MEMORY_MIB, reservedMemory } from './webAssembly.ts'

/** What the kernel asks of JavaScript while it runs. All addresses are in its memory. */
export type KernelHost = {
  /** Runs a precompile; returns the gas it takes, or a negative number on failure. `output` gets its output. */
  precompile(
    address: number,
    input: Uint8Array,
    gas: bigint,
  ): { gasUsed: bigint; output: Uint8Array } | undefined
  /** Hash of an ancestor; undefined where the chain has none. */
  blockHash(number: bigint): Uint8Array | undefined
  /** With {@link TIER}.compiled: compiles a code before it first runs, by {@link EngineKernel.setCompiled}. */
  compile(codeId: number): void
  /** The same for init code, which has no number; its entry and native stack, or undefined. */
  compileInitCode(code: Uint8Array): CompiledEntry | undefined
  /** Makes it the kernel of a lazy engine: its tables begin empty and stand on this state. May be replaced by another. */
  base?: StateBase
}

/** What runs EVM code: see assembly/tiers.ts. */
export const TIER = { interpreter: 0, compiled: 1, auto: 2 } as const

/** Entry of a code that can't be compiled, or must not be asked for. */
export const ENTRY_REFUSED = 0xffffffff

/** A compiled contract (evm/compiler), not yet tied to an engine: may be sent to other threads. */
export type CompiledModule = {
  module: WebAssembly.Module
  /** Its size; the machine code that V8 makes of it is some times as large. */
  wasmBytes: number
  /** Native stack that one activation may take, in bytes. */
  nativeStackBytes: number
}

/** Compiled code in an engine's function table. */
export type CompiledEntry = { entry: number; nativeStackBytes: number }

/** Cells of assembly/layout.ts that JavaScript reads and writes: offsets from the cells' start. */
export const CELL = {
  fork: 0,
  flags: 4,
  number: 8,
  timestamp: 16,
  gasLimit: 24,
  chainId: 32,
  coinbase: 64,
  baseFee: 96,
  prevRandao: 128,
  blobBaseFee: 160,
  maxBlobGas: 192,
  cumulativeGas: 200,
  blobGasUsed: 208,
  maxBlobsPerTransaction: 216,
  txType: 256,
  txFlags: 260,
  txNonce: 264,
  txGasLimit: 272,
  txTo: 288,
  txValue: 320,
  txMaxFee: 352,
  txPriorityFee: 384,
  txMaxBlobFee: 416,
  txData: 448,
  txAccessList: 456,
  txAccessListAddressCount: 464,
  txAccessListKeyCount: 468,
  txBlobHashes: 472,
  txBlobHashCount: 476,
  txAuthorizationList: 480,
  txAuthorizationCount: 488,
  txSender: 640,
  txGasPrice: 672,
  txAuthorities: 708,
  txMode: 712,
  resultKind: 768,
  resultStatus: 772,
  resultGasUsed: 776,
  resultEnding: 784,
  resultReceipt: 788,
  resultOutput: 796,
  resultDetailA: 808,
  resultDetailB: 840,
  resultCreated: 872,
  resultGasRefunded: 904,
  resultGasPeak: 912,
  hostOutputLength: 936,
  hostNativeStack: 940,
  hotCount: 944,
  serial: 948,
  batchExecuted: 952,
  batchTaken: 956,
  chunkCount: 960,
  chunkLength: 964,
  blockBloom: 1024,
  hotCodes: 1280,
  traceFrame: 1536,
  tracePc: 1540,
  traceStackPointer: 1544,
  traceMemorySize: 1548,
  traceGas: 1552,
  traceRefund: 1560,
  traceReturnLength: 1568,
  traceWatched: 1792,
} as const

/** Cells from the start that hold the block's environment. */
export const ENVIRONMENT_BYTES = 256

/** Bytes at the end of the input region that are not for input. */
const INPUT_RESERVE = 1024

/** A code's record (assembly/codes.ts): its hash, then these. */
const CODE_RECORD = { pointer: 32, length: 36 } as const

/** Bits of the flags and mode cells. */
export const FLAG_PARENT_HASH_PENDING = 1
export const TX_FLAG_CREATION = 1
export const MODE_SIMULATE = 1
export const MODE_SKIP_FEES = 2
export const MODE_MESSAGE = 8
export const MODE_ANY_NONCE = 16

/** Where a block of traced compiled code, or an instruction, starts: frame, offset in the code, gas left, address behind the stack's top. */
export type TraceFunction = (frame: number, pc: number, gas: bigint, height: number) => void

/** What a kernel that traces calls (assembly/tracing.ts). Addresses in its memory; from, to and value point to words. */
export type TraceHooks = {
  /** Before an instruction that is watched: all of them, until {@link EngineKernel.watch}. */
  trace: TraceFunction
  enter(
    kind: number,
    from: number,
    to: number,
    input: number,
    inputLength: number,
    gas: bigint,
    value: number,
  ): void
  exit(ending: number, gasUsed: bigint, output: number, outputLength: number): void
  log(at: number, length: number): void
}

/** A kernel built with TRACE=1 or STEPS=1 (targets.ts), and what it calls. */
export type ObservedKernel = { module: WebAssembly.Module; step?: StepFunction } & Partial<TraceHooks>

export const EVERY_OPCODE: readonly number[] = Array.from({ length: 256 }, (_, opcode) => opcode)

/** Limits of one engine, by the number that the kernel gives. */
const LIMITS = [
  '',
  'accounts',
  'storage slots',
  'code',
  'journal',
  'state diff',
  'output',
  'logs',
  'input',
  'EVM memory',
  'return data',
]

/** Copies of up to a sixteenth of it are cut from one buffer. */
const SLAB_BYTES = 64 * 1024

/** What frames, stacks and the smallest tables take, beside the EVM memory. */
const MIN_TABLES_MIB = 78

/** Memory of one engine where nothing else is asked for, in MiB. Committed only as far as it is used. */
export const DEFAULT_ENGINE_MEMORY_MIB = 1024

/** Memory of one engine, in MiB: its kernel's, the part of it for EVM memory, and its cold stores' beside it. */
export type EngineMemory = { memoryMiB: number; evmMemoryMiB: number; coldMemoryMiB: number }

/** How an engine's memory is shared between threads; not at all when not given. */
export type EngineSharing = {
  /** Threads that execute ahead of this engine: it has room for what they hand over. */
  speculators: number
  /** The engine that this one executes ahead of (openBaseReader). */
  base?: WebAssembly.Exports
}

/** Most threads that execute ahead of one engine. */
const MAX_SPECULATORS = 63

/**
 * One instance of the engine kernel with its own memory. Memory is reserved at once and committed by the system as it
 * is written. Byte arrays that it hands out are views: they hold until the next call.
 */
export class EngineKernel {
  readonly exports: WebAssembly.Exports
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Addresses. */
  readonly cells: number
  readonly input: number
  readonly inputLimit: number
  readonly output: number
  /** Whether threads can share its memory: a compiled contract must be made for that, or for the other kind. */
  readonly sharesMemory: boolean
  /** For the threads that execute ahead of it. */
  readonly shared: SharedBase
  host: KernelHost
  readonly #sizes: EngineMemory
  /** What compiled code imports. */
  readonly #support: Record<string, WebAssembly.Import>
  readonly #table: WebAssembly.Table
  #freeEntries: number[] = []
  #slab = new Uint8Array(SLAB_BYTES)
  #slabUsed = 0
  readonly #environment = new Uint8Array(ENVIRONMENT_BYTES)

  /**
   * @param options - `observed`: a kernel built with the constant TRACE or STEPS, and what it calls. For tests and
   * benchmarks.
   * @throws RangeError for sizes that it can't have.
   */
  constructor(
    sizes: EngineMemory,
    host: KernelHost,
    options: { observed?: ObservedKernel; sharing?: EngineSharing } = {},
  ) {
    checkSizes(sizes)
    const { observed, sharing } = options
    const speculators = sharing?.speculators ?? 0
    checkSpeculators(speculators)
    this.sharesMemory = sharing !== undefined
    const { memoryMiB, evmMemoryMiB, coldMemoryMiB } = sizes
    this.host = host
    this.#sizes = sizes
    const totalBytes = memoryMiB * 2 ** 20
    const memory = reservedMemory(totalBytes, this.sharesMemory)
    this.bytes = new Uint8Array(memory.buffer)
    this.view = new DataView(memory.buffer)
    const instance = new WebAssembly.Instance(observed?.module ?? engineModule(this.sharesMemory), {
      env: { memory },
      base: sharing?.base ?? NO_BASE,
      cold: openColdStores(coldMemoryMiB),
      state: stateImports(() => this.host.base, this),
      host: {
        precompile: this.#precompile.bind(this),
        blockHash: this.#blockHash.bind(this),
        trace: observed?.trace ?? nothing,
        enter: observed?.enter ?? nothing,
        exit: observed?.exit ?? nothing,
        log: observed?.log ?? nothing,
        step: observed?.step ?? nothing,
        compile: (codeId: number) => this.host.compile(codeId >>> 0),
        compileInitCode: this.#compileInitCode.bind(this),
        fail: (reason: number) => {
          throw new EngineLimitError(LIMITS[reason] ?? `limit ${reason}`, sizes)
        },
      },
    })
    this.exports = instance.exports
    this.#table = instance.exports.table
    this.exports.init(
      totalBytes,
      evmMemoryMiB * 2 ** 20,
      speculators,
      Math.random(),
      Math.random(),
      Math.random(),
      Math.random(),
    )
    if (host.base !== undefined) this.exports.beLazy()
    this.#support = this.#compiledSupport(memory)
    this.cells = this.exports.cellsAddress() >>> 0
    this.input = this.exports.inputAddress() >>> 0
    this.inputLimit = this.exports.inputLimit() >>> 0
    this.output = this.exports.outputAddress() >>> 0
    if (observed?.trace !== undefined) this.watch(EVERY_OPCODE)
    this.shared = { memory, region: this.exports.speculationRegion() >>> 0, cells: this.cells }
  }

  #compiledSupport(memory: WebAssembly.Memory): Record<string, WebAssembly.Import> {
    const address = (value: number) => new WebAssembly.Global({ value: 'i32' }, value | 0)
    return {
      ...this.exports,
      memory,
      cells: address(this.exports.cellsAddress()),
      // One region (assembly/records.ts) under both names that compiled code knows.
      accountRecords: address(this.exports.recordsAddress()),
      slotRecords: address(this.exports.recordsAddress()),
      recentSlots: address(this.exports.recentSlotsAddress()),
    }
  }

  /** From now on only these opcodes are told to `trace`, in a kernel that traces. */
  watch(opcodes: Iterable<number>): void {
    const watched = this.cells + CELL.traceWatched
    this.bytes.fill(0, watched, watched + 256)
    for (const opcode of opcodes) this.bytes[watched + opcode] = 1
  }

  /** A code by its number, as views; undefined where the number names none. */
  codeOf(codeId: number): { codeHash: Uint8Array; code: Uint8Array } | undefined {
    const record = this.exports.codeRecord(codeId) >>> 0
    if (record === 0) return undefined
    const from = this.view.getUint32(record + CODE_RECORD.pointer, true)
    return {
      codeHash: this.bytes.subarray(record, record + 32),
      code: this.bytes.subarray(from, from + this.view.getUint32(record + CODE_RECORD.length, true)),
    }
  }

  /** Number of the code with a hash; 0 where it is not here. May be asked while a transaction runs. */
  codeWithHash(codeHash: Uint8Array): number {
    // The input holds the running transaction: the hash goes behind all that `put` gives away.
    const at = this.input + this.inputLimit - codeHash.length
    this.bytes.set(codeHash, at)
    return this.exports.codeWithHash(at)
  }

  /** Ties a compiled contract to this engine: it can run from its entry on, until {@link removeCompiled}. */
  addCompiled({ module, nativeStackBytes }: CompiledModule, trace?: TraceFunction): CompiledEntry {
    const { exports } = new WebAssembly.Instance(module, {
      engine: this.#support,
      host: trace === undefined ? {} : { trace },
    })
    const entry = this.#freeEntries.pop() ?? this.#table.grow(1)
    this.#table.set(entry, exports.run)
    return { entry, nativeStackBytes }
  }

  /** No code may name the entry any more. */
  removeCompiled({ entry }: CompiledEntry): void {
    this.#table.set(entry, null)
    this.#freeEntries.push(entry)
  }

  /** Copies bytes into the input region at an offset; returns their address. */
  put(bytes: Uint8Array, offset: number): number {
    if (offset + bytes.length + INPUT_RESERVE > this.inputLimit)
      throw new EngineLimitError('input', this.#sizes)
    copyInto(this.bytes, this.input + offset, bytes)
    return this.input + offset
  }

  /** A copy of `length` bytes at an address. Small ones share a buffer with others: its own takes 0.5 µs to make. */
  copy(address: number, length: number): Uint8Array {
    if (length === 0) return EMPTY_BYTES
    if (length > SLAB_BYTES / 16) return this.bytes.slice(address, address + length)
    if (this.#slabUsed + length > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES)
      this.#slabUsed = 0
    }
    const piece = this.#slab.subarray(this.#slabUsed, this.#slabUsed + length)
    piece.set(this.bytes.subarray(address, address + length))
    this.#slabUsed += length
    return piece
  }

  /** Does something that may change the block's environment, which is as before afterwards; not within itself. */
  keepingEnvironment<T>(action: () => T): T {
    const { bytes, cells } = this
    this.#environment.set(bytes.subarray(cells, cells + ENVIRONMENT_BYTES))
    try {
      return action()
    } finally {
      bytes.set(this.#environment, cells)
    }
  }

  getU32(cell: number): number {
    return this.view.getUint32(this.cells + cell, true)
  }

  setU32(cell: number, value: number): void {
    this.view.setUint32(this.cells + cell, value, true)
  }

  getU64(cell: number): bigint {
    return this.view.getBigUint64(this.cells + cell, true)
  }

  setU64(cell: number, value: bigint): void {
    this.view.setBigUint64(this.cells + cell, value, true)
  }

  /** A word cell: four limbs, least significant first. */
  getWord(cell: number): bigint {
    const at = this.cells + cell
    let value = 0n
    for (let limb = 3; limb >= 0; limb--) value = (value << 64n) | this.view.getBigUint64(at + limb * 8, true)
    return value
  }

  setWord(cell: number, value: bigint): void {
    const at = this.cells + cell
    let rest = value
    for (let limb = 0; limb < 4; limb++, rest >>= 64n)
      this.view.setBigUint64(at + limb * 8, BigInt.asUintN(64, rest), true)
  }

  /** Big-endian bytes (20 or 32) into a word cell. */
  setWordBytes(cell: number, bytes: Uint8Array): void {
    const at = this.cells + cell
    this.bytes.fill(0, at, at + 32)
    for (let i = 0; i < bytes.length; i++) this.bytes[at + i] = bytes[bytes.length - 1 - i]!
  }

  #precompile(
    address: number,
    input: number,
    length: number,
    gas: number,
    out: number,
    room: number,
  ): number {
    const from = input >>> 0
    const end = from + (length >>> 0)
    // Libraries refuse views of shared memory.
    const bytes = this.sharesMemory ? this.bytes.slice(from, end) : this.bytes.subarray(from, end)
    const result = this.host.precompile(address, bytes, BigInt(gas))
    if (result === undefined || result.output.length > room >>> 0) return -1
    this.bytes.set(result.output, out >>> 0)
    this.setU32(CELL.hostOutputLength, result.output.length)
    return Number(result.gasUsed)
  }

  #compileInitCode(at: number, length: number): number {
    const from = at >>> 0
    const compiled = this.host.compileInitCode(this.bytes.subarray(from, from + (length >>> 0)))
    if (compiled === undefined) return 0
    this.setU32(CELL.hostNativeStack, compiled.nativeStackBytes)
    return compiled.entry
  }

  #blockHash(number: number, out: number): number {
    const hash = this.host.blockHash(BigInt(number))
    if (hash === undefined) return 0
    this.bytes.set(hash, out >>> 0)
    return 1
  }
}

const nothing = (): void => {}

function checkSpeculators(count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= MAX_SPECULATORS) return
  throw new RangeError(
    `An engine can't have ${count} speculators.\n  next: give a whole number, at most ${MAX_SPECULATORS}.`,
  )
}

function checkSizes({ memoryMiB, evmMemoryMiB, coldMemoryMiB }: EngineMemory): void {
  if (!Number.isInteger(coldMemoryMiB) || coldMemoryMiB < 0 || coldMemoryMiB > MAX_COLD_MEMORY_MIB)
    throw new RangeError(
      `An engine can't have these cold stores.\n  cold memory: ${coldMemoryMiB} MiB\n  next: give a whole number, at most ${MAX_COLD_MEMORY_MIB}; 0 for none.`,
    )
  if (
    Number.isInteger(memoryMiB) &&
    Number.isInteger(evmMemoryMiB) &&
    evmMemoryMiB > 0 &&
    memoryMiB >= evmMemoryMiB + MIN_TABLES_MIB &&
    memoryMiB <= MAX_KERNEL_MEMORY_MIB
  )
    return
  throw new RangeError(
    `An engine can't have this memory.\n  engine memory: ${memoryMiB} MiB, of these EVM memory: ${evmMemoryMiB} MiB\n  next: give whole numbers, at least ${MIN_TABLES_MIB} MiB beside the EVM memory, and at most ${MAX_KERNEL_MEMORY_MIB} MiB in all.`,
  )
}

/** A table or buffer of the engine is full. The engine's state is then undefined: the process that owns it must stop. */
export class EngineLimitError extends Error {
  override name = 'EngineLimitError'
  readonly recovery = 'stop'

  constructor(limit: string, { memoryMiB, coldMemoryMiB }: EngineMemory) {
    super(
      `The engine's room for ${limit} is full.\n  engine memory: ${memoryMiB} MiB   cold memory for slots: ${coldMemoryMiB} MiB\n  next: start with more engine memory (at most ${MAX_KERNEL_MEMORY_MIB} MiB), or for slots with more cold memory (at most ${MAX_COLD_MEMORY_MIB} MiB).`,
    )
  }
}

import { type CompileOptions, compileCode } from '../evm/index.ts'
import {
  CELL,
  type CompiledEntry,
  type CompiledModule,
  ENTRY_REFUSED,
  type EngineKernel,
  keccak256,
  moduleOf,
  TIER,
  type TraceFunction,
} from '../kernels/index.ts'
import { bytesToHex, hexToBytes } from '../lib/index.ts'
import type { Fork } from '../protocol/index.ts'

/**
 * What runs EVM code. `interpreter`: nothing is compiled. `compiled`: every code, init code too, is compiled before it
 * first runs, on the calling thread. `auto`: code that runs hot is compiled.
 */
export type EvmTier = 'interpreter' | 'compiled' | 'auto'

/** A code that runs hot. Answered by {@link Engine.install}, some time later or never. */
export type CompileRequest = { codeHash: Uint8Array; code: Uint8Array; fork: Fork }

export type TierStats = {
  /** Gas used by code in the interpreter, and in compiled code. */
  interpretedGas: bigint
  compiledGas: bigint
  /** Codes that this engine has compiled modules of. */
  compiledCodes: number
  /** Codes that could not be compiled. */
  refusedCodes: number
  /** Time spent in compiling on this thread. */
  compileMs: number
}

export type TierOptions = {
  evm: EvmTier
  /** Where hot code is compiled; without it, at once on the calling thread. */
  onHot: ((request: CompileRequest) => boolean) | undefined
  compile: CompileOptions
  /** Told of every module that the engine gets. */
  onModule: ((codeHash: Uint8Array, fork: Fork, compiled: CompiledModule) => void) | undefined
  /** Called where a block of compiled code starts. For tests. */
  onBlock: TraceFunction | undefined
}

/**
 * A code is hot once it has used so much gas within one window of gas (kernels/assembly/tiers.ts), 1 part in 268 of it: what
 * compiling it takes is then worth it. At most 4.19 million.
 */
const HOT_GAS = 2_000_000
/**
 * Native stack for compiled code that calls compiled code. V8 gives a thread 984 KB unless it is told otherwise; frames
 * beyond are interpreted.
 */
const NATIVE_STACK_BYTES = 500_000
/** Modules that one engine keeps, and their WebAssembly. What came first goes first, and is hot again when it is. */
const MODULE_LIMIT = 2048
const MODULES_BYTES_LIMIT = 128 * 1024 * 1024

const ASKED_LIMIT = 1024

type Installed = CompiledEntry & { wasmBytes: number }

/** The compiled code of one engine: asks for it, ties it to the engine, and bounds it. */
export class Tiers {
  readonly #kernel: EngineKernel
  readonly #options: TierOptions
  #fork: Fork = 'Osaka'
  /** By code hash; undefined where it could not be compiled. In the order of their first use. */
  readonly #entries = new Map<string, Installed | undefined>()
  /** Codes that somebody else was asked to compile: those of overrides may be gone when the answer comes. */
  readonly #asked = new Set<string>()
  #wasmBytes = 0
  #refusedCodes = 0
  #compileMs = 0

  constructor(kernel: EngineKernel, options: TierOptions) {
    this.#kernel = kernel
    this.#options = options
    kernel.exports.setTier(TIER[options.evm], HOT_GAS, NATIVE_STACK_BYTES)
  }

  get stats(): TierStats {
    const { exports } = this.#kernel
    return {
      interpretedGas: exports.gasOfInterpreter() as bigint,
      compiledGas: exports.gasOfCompiled() as bigint,
      compiledCodes: this.#entries.size - this.#refusedCodes,
      refusedCodes: this.#refusedCodes,
      compileMs: this.#compileMs,
    }
  }

  /** Other rules hold from now on: what was compiled is void. */
  setFork(fork: Fork): void {
    if (fork === this.#fork) return
    this.#fork = fork
    for (const entry of this.#entries.values()) if (entry !== undefined) this.#kernel.removeCompiled(entry)
    this.#entries.clear()
    this.#wasmBytes = 0
    this.#refusedCodes = 0
    this.#kernel.exports.forgetCompiled()
  }

  /** Compiles a code before it runs (tier `compiled`). */
  compileNow(codeId: number): void {
    const { code, codeHash } = this.#kernel.codeOf(codeId)!
    const entry = this.#entryOf(bytesToHex(codeHash), code)
    this.#kernel.exports.setCompiled(codeId, entry?.entry ?? ENTRY_REFUSED, entry?.nativeStackBytes ?? 0)
  }

  /** A code came that may have been here before: an eth_call's override, which is forgotten after each call. */
  adopt(codeId: number): void {
    const code = this.#kernel.codeOf(codeId)
    const entry = code === undefined ? undefined : this.#entries.get(bytesToHex(code.codeHash))
    if (entry !== undefined) this.#kernel.exports.setCompiled(codeId, entry.entry, entry.nativeStackBytes)
  }

  /** Init code: compiled under the hash of its bytes. */
  compileInitCode(code: Uint8Array): CompiledEntry | undefined {
    const copy = code.slice()
    return this.#entryOf(bytesToHex(keccak256(copy)), copy)
  }

  /** After a transaction: has the codes compiled that became hot in it. */
  serveHotCodes(): void {
    const kernel = this.#kernel
    const count = kernel.getU32(CELL.hotCount)
    if (count === 0) return
    kernel.setU32(CELL.hotCount, 0)
    for (let i = 0; i < count; i++) {
      const codeId = kernel.getU32(CELL.hotCodes + i * 4)
      const hot = kernel.codeOf(codeId)
      if (hot === undefined) continue // it was dropped with its transaction
      const { code, codeHash } = hot
      const known = this.#entries.has(bytesToHex(codeHash))
      if (known || this.#options.onHot === undefined) this.compileNow(codeId)
      else {
        const isAsked = this.#options.onHot({
          codeHash: codeHash.slice(),
          code: code.slice(),
          fork: this.#fork,
        })
        if (isAsked) this.#remember(bytesToHex(codeHash))
        else kernel.exports.coolDown(codeId)
      }
    }
  }

  /** See {@link Engine.install}. */
  install(codeHash: Uint8Array, fork: Fork, compiled: CompiledModule): void {
    if (fork !== this.#fork) return
    const key = bytesToHex(codeHash)
    const codeId = this.#kernel.codeWithHash(codeHash)
    if (!this.#asked.delete(key) && codeId === 0) return
    if (!this.#entries.has(key)) this.#keep(key, this.#add(key, compiled))
    const entry = this.#entries.get(key)
    if (codeId === 0 || entry === undefined) return
    this.#kernel.exports.setCompiled(codeId, entry.entry, entry.nativeStackBytes)
  }

  /** Like {@link install}; the code may come later ({@link adopt}). */
  offer(codeHash: Uint8Array, fork: Fork, compiled: CompiledModule): void {
    this.#remember(bytesToHex(codeHash))
    this.install(codeHash, fork, compiled)
  }

  #entryOf(key: string, code: Uint8Array): CompiledEntry | undefined {
    if (this.#entries.has(key)) return this.#entries.get(key)
    const start = performance.now()
    const { compile, onBlock } = this.#options
    const outcome = compileCode(code, this.#fork, { ...compile, trace: onBlock !== undefined })
    let entry: Installed | undefined
    if (outcome.ok) {
      const { wasm, nativeStackBytes } = outcome
      entry = this.#add(key, {
        module: moduleOf(wasm, this.#kernel.sharesMemory),
        wasmBytes: wasm.length,
        nativeStackBytes,
      })
    }
    this.#compileMs += performance.now() - start
    this.#keep(key, entry)
    return entry
  }

  #remember(key: string): void {
    this.#asked.add(key)
    if (this.#asked.size > ASKED_LIMIT) this.#asked.delete(this.#asked.values().next().value!)
  }

  #add(key: string, compiled: CompiledModule): Installed {
    this.#options.onModule?.(hexToBytes(key), this.#fork, compiled)
    return {
      ...this.#kernel.addCompiled(compiled, this.#options.onBlock),
      wasmBytes: compiled.wasmBytes,
    }
  }

  #keep(key: string, entry: Installed | undefined): void {
    this.#entries.set(key, entry)
    if (entry === undefined) this.#refusedCodes++
    else this.#wasmBytes += entry.wasmBytes
    while (this.#entries.size > MODULE_LIMIT || this.#wasmBytes > MODULES_BYTES_LIMIT) this.#dropOldest()
  }

  #dropOldest(): void {
    const [key, entry] = this.#entries.entries().next().value!
    this.#entries.delete(key)
    const codeId = this.#kernel.codeWithHash(hexToBytes(key))
    if (codeId !== 0) this.#kernel.exports.setCompiled(codeId, 0, 0)
    if (codeId !== 0) this.#kernel.exports.coolDown(codeId)
    if (entry === undefined) {
      this.#refusedCodes--
      return
    }
    this.#wasmBytes -= entry.wasmBytes
    this.#kernel.removeCompiled(entry)
  }
}

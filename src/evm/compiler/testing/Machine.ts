import {
  CELL,
  type CompiledEntry,
  EngineKernel,
  type KernelHost,
  moduleOf,
  TIER,
} from '../../../kernels/index.ts'
import { assert, bytesToHex, EMPTY_BYTES } from '../../../lib/index.ts'
import { FORKS, type Fork } from '../../../protocol/index.ts'
import { type CompileOptions, compileCode } from '../compileCode.ts'

export type Run = { data?: Uint8Array; gas?: bigint; fork?: Fork }

/** All that can be seen of a run from outside. */
export type Seen = {
  /** EXIT_ or HALT_ code of kernels/assembly/frame.ts. */
  ending: number
  gasUsed: bigint
  output: string
  /** What it changed. */
  diff: string
  /** Gas used by compiled code; 0 where the interpreter ended what it had begun. */
  compiledGas: bigint
}

const ADDRESS = new Uint8Array(20).fill(0xc0)
const NATIVE_STACK_BYTES = 500_000
const CODE_POINTER = 32
const CODE_LENGTH = 36

/** The engine kernel alone, to run single contracts in: interpreted, or compiled with the given options. */
export class Machine {
  readonly #kernel: EngineKernel
  readonly #options: CompileOptions | undefined
  /** By fork and code. */
  readonly #entries = new Map<string, CompiledEntry>()
  #fork: Fork = 'Osaka'

  /** `options`: of the compiler; undefined: interpreted. */
  constructor(options?: CompileOptions) {
    this.#options = options
    const host: KernelHost = {
      precompile: () => undefined,
      blockHash: () => undefined,
      compile: (codeId) => this.#compile(codeId),
      compileInitCode: () => undefined,
    }
    this.#kernel = new EngineKernel({ memoryMiB: 96, evmMemoryMiB: 16, coldMemoryMiB: 0 }, host)
    const tier = options === undefined ? TIER.interpreter : TIER.compiled
    this.#kernel.exports.setTier(tier, 0, NATIVE_STACK_BYTES)
  }

  /** Runs a contract in an empty state: a call from nobody, without value. */
  run(code: Uint8Array, { data = EMPTY_BYTES, gas = 10_000_000n, fork = 'Osaka' }: Run = {}): Seen {
    const kernel = this.#kernel
    const { exports } = kernel
    this.#fork = fork
    exports.reset()
    kernel.setU32(CELL.fork, FORKS.indexOf(fork))
    exports.beginBlock()
    this.#deploy(code)
    exports.takeDiff()
    const compiledBefore = exports.gasOfCompiled() as bigint
    kernel.bytes.fill(0, kernel.cells + CELL.txType, kernel.cells + CELL.txSender)
    kernel.setU64(CELL.txGasLimit, gas)
    kernel.bytes.set(ADDRESS, kernel.cells + CELL.txTo)
    kernel.setU32(CELL.txData, kernel.put(data, 0))
    kernel.setU32(CELL.txData + 4, data.length)
    exports.executeSystemCall()
    return {
      ending: kernel.getU32(CELL.resultEnding),
      gasUsed: kernel.getU64(CELL.resultGasUsed),
      output: bytesToHex(kernel.copy(kernel.getU32(CELL.resultOutput), kernel.getU32(CELL.resultOutput + 4))),
      diff: bytesToHex(kernel.copy(kernel.output, exports.takeDiff() >>> 0)),
      compiledGas: (exports.gasOfCompiled() as bigint) - compiledBefore,
    }
  }

  #deploy(code: Uint8Array): void {
    const kernel = this.#kernel
    const at = kernel.put(ADDRESS, 0)
    kernel.put(new Uint8Array(40).fill(1, 7, 8), 32) // nonce 1, no balance
    kernel.put(code, 72)
    kernel.exports.putAccount(at, at + 32, code.length)
  }

  #compile(codeId: number): void {
    const kernel = this.#kernel
    const record = kernel.exports.codeRecord(codeId) >>> 0
    const from = kernel.view.getUint32(record + CODE_POINTER, true)
    const code = kernel.bytes.slice(from, from + kernel.view.getUint32(record + CODE_LENGTH, true))
    const key = `${this.#fork} ${bytesToHex(code)}`
    const entry = this.#entries.get(key) ?? this.#add(code)
    this.#entries.set(key, entry)
    kernel.exports.setCompiled(codeId, entry.entry, entry.nativeStackBytes)
  }

  #add(code: Uint8Array): CompiledEntry {
    const outcome = compileCode(code, this.#fork, this.#options)
    assert(outcome.ok, `it was not compiled: ${'reason' in outcome ? outcome.reason : ''}`)
    const { wasm, nativeStackBytes } = outcome
    return this.#kernel.addCompiled({ module: moduleOf(wasm), wasmBytes: wasm.length, nativeStackBytes })
  }
}

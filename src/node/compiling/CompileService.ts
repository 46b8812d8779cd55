import type { CompileOutcome } from '../../evm/index.ts'
import type { CompiledModule, CompileRequest } from '../../execution/index.ts'
import { bytesToHex, type Clock, LruMap } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import type { SharedCounters } from '../SharedCounters.ts'
import { CompileBudget } from './CompileBudget.ts'
import { ModuleCache } from './ModuleCache.ts'
import type { ModuleFolder } from './ModuleFolder.ts'
import { makeModule } from './makeModule.ts'
import type { CompilerToEngine } from './messages.ts'

/** Codes that are remembered as refused. */
const REFUSED_LIMIT = 4096

export const COMPILER_COUNTERS = [
  'memoryHits',
  'diskHits',
  'compiledCodes',
  'refusedCodes',
  'damagedFiles',
  'compileUs',
  'wasmBytes',
] as const

export type CompilerCounters = SharedCounters<(typeof COMPILER_COUNTERS)[number]>

export type CompileServiceOptions = {
  compile: (code: Uint8Array, fork: Fork) => CompileOutcome
  /** Whether the engines' memories are ones that threads share: modules are made for one kind or the other. */
  sharesMemory: boolean
  /** Opens the disk cache; not before something is to be compiled. */
  openFolder: () => ModuleFolder
  clock: Clock
  counters: CompilerCounters
  /** Told of failures that are ours; the code is interpreted then. */
  warn: (message: string) => void
}

/** Names a code under a fork's rules. */
export function moduleKey({ fork, codeHash }: { fork: Fork; codeHash: Uint8Array }): string {
  return `${fork}-${bytesToHex(codeHash)}`
}

/**
 * Makes modules of hot code: from memory, from disk, or with the compiler, within a budget of time. Whoever asks bounds
 * how much it has asked for and not got yet (TieredEngine.ts), so the queue is bounded as well.
 */
export class CompileService {
  readonly #options: CompileServiceOptions
  readonly #budget: CompileBudget
  readonly #modules = new ModuleCache()
  readonly #refused = new LruMap<string, string>(REFUSED_LIMIT)
  /** In the order of asking. */
  readonly #queue = new Map<string, CompileRequest>()
  #folder: ModuleFolder | undefined

  constructor(options: CompileServiceOptions) {
    this.#options = options
    this.#budget = new CompileBudget(options.clock)
  }

  /** The answer where it is known; else the request waits for its turn, one that waits already only once. */
  ask(request: CompileRequest): CompilerToEngine | undefined {
    const key = moduleKey(request)
    const cached = this.#modules.get(key)
    if (cached !== undefined) {
      this.#options.counters.add('memoryHits', 1)
      return compiledAnswer(request, cached, 0)
    }
    const reason = this.#refused.get(key)
    if (reason !== undefined) return refusedAnswer(request, reason)
    if (!this.#queue.has(key)) this.#queue.set(key, request)
    return undefined
  }

  /** How long to wait before {@link next}, in ms: infinite when nothing waits. */
  get waitMs(): number {
    return this.#queue.size === 0 ? Infinity : this.#budget.waitMs
  }

  /** Works on the oldest request; undefined when nothing waits. */
  next(): CompilerToEngine | undefined {
    const oldest = this.#queue.entries().next().value
    if (oldest === undefined) return undefined
    const [key, request] = oldest
    this.#queue.delete(key)
    const { clock, counters } = this.#options
    const startUs = clock.nowUs()
    const made = this.#make(request)
    const tookUs = Number(clock.nowUs() - startUs)
    this.#budget.spend(tookUs / 1000)
    counters.add('compileUs', tookUs)
    if (typeof made === 'string') {
      this.#refused.set(key, made)
      counters.add('refusedCodes', 1)
      return refusedAnswer(request, made)
    }
    this.#modules.set(key, made)
    counters.add('wasmBytes', made.wasmBytes)
    return compiledAnswer(request, made, tookUs / 1000)
  }

  /** A module, or why there is none. */
  #make(request: CompileRequest): CompiledModule | string {
    this.#folder ??= this.#options.openFolder()
    const found = this.#read(this.#folder, request)
    this.#options.counters.set('damagedFiles', this.#folder.damagedFiles)
    return found ?? this.#compile(this.#folder, request)
  }

  #read(folder: ModuleFolder, { fork, codeHash }: CompileRequest): CompiledModule | undefined {
    const stored = folder.read(fork, codeHash)
    if (stored === undefined) return undefined
    try {
      const module = toModule(stored, this.#options.sharesMemory)
      this.#options.counters.add('diskHits', 1)
      return module
    } catch {
      // Whole, and V8 won't have it.
      folder.discard(fork, codeHash)
      return undefined
    }
  }

  #compile(folder: ModuleFolder, { fork, codeHash, code }: CompileRequest): CompiledModule | string {
    const { compile, counters, warn } = this.#options
    try {
      const outcome = compile(code, fork)
      if (!outcome.ok) return outcome.reason
      const module = toModule(outcome, this.#options.sharesMemory)
      folder.write(fork, codeHash, outcome)
      // Then: whoever has seen it counted finds it after a restart.
      counters.add('compiledCodes', 1)
      return module
    } catch (error) {
      // Our own mistake; but anybody may bring the code that shows it, and the interpreter can run it.
      warn(
        `A code can't be compiled, because of a bug: it is interpreted.\n  code hash: ${bytesToHex(codeHash)}   ` +
          `fork: ${fork}\n  error: ${(error as Error).stack}\n  next: report it with this message.`,
      )
      return `the compiler failed: ${(error as Error).message}`
    }
  }
}

function toModule(
  { wasm, nativeStackBytes }: { wasm: Uint8Array; nativeStackBytes: number },
  sharesMemory: boolean,
): CompiledModule {
  return { module: makeModule(wasm, sharesMemory), wasmBytes: wasm.length, nativeStackBytes }
}

function compiledAnswer(
  { codeHash, fork, code }: CompileRequest,
  compiled: CompiledModule,
  compileMs: number,
): CompilerToEngine {
  const facts = { codeBytes: code.length, wasmBytes: compiled.wasmBytes, compileMs }
  return { kind: 'compiled', codeHash, fork, compiled, facts }
}

function refusedAnswer({ codeHash, fork }: CompileRequest, reason: string): CompilerToEngine {
  return { kind: 'refused', codeHash, fork, reason }
}

/**
 * What compiling costs: real contracts from EVM bytecode to WebAssembly, to a module, to the first compiled call; the
 * memory of a module; and 1,000 different contracts called in turn.
 *
 * V8 keeps one copy of equal modules, and compiles their functions only when they are called. So where a module is
 * made, every repeat has other bytes: a variant of the code (lib/variants.ts) or a custom section of its own.
 */
import { type CompileStats, compileCode } from '../src/evm/index.ts'
import { Engine, type EvmTier } from '../src/execution/index.ts'
import { keccak256 } from '../src/kernels/index.ts'
import { assert } from '../src/lib/index.ts'
import { type Bench, type BenchContext, median } from './harness.ts'
import { type CompileCase, callOf, placeContracts, placeVariant } from './lib/compileCases.ts'
import { bytesPerModule } from './lib/memory.ts'
import { watchProcessor } from './lib/processorShare.ts'
import { benchRoundRobin } from './lib/roundRobin.ts'
import { TINY_LIMITS, timeSteadily } from './lib/steady.ts'
import { WorkloadError } from './lib/WorkloadError.ts'
import { withCustomSection } from './lib/wasmSection.ts'

export const bench: Bench = {
  name: 'compile',
  summary: 'what compiling EVM bytecode costs: time, size, memory; 1,000 contracts in turn',
  options: {
    only: { type: 'string', help: 'contracts or round-robin (default: both)' },
  },
  async run(context) {
    const { only } = context.options
    if (only !== undefined && only !== 'contracts' && only !== 'round-robin')
      throw new RangeError(`--only must be contracts or round-robin, not ${only}`)
    const noteShare = watchProcessor(context)
    if (only !== 'round-robin') await benchContracts(context)
    if (only !== 'contracts') await benchRoundRobin(context)
    noteShare()
  },
}

const FORK = 'Osaka'
const MIN_WARM_UP_MS = 500
const MAX_WARM_UP_MS = 3_000
/** Modules of one contract that are held at once to see their memory. */
const HELD_MODULES = 100
const TINY_HELD_MODULES = 2
const KIB = 1024

/** The same contracts at the same addresses in each. */
type Engines = Record<Exclude<EvmTier, 'auto'>, Engine> & {
  /** Compiles nothing itself. */
  installing: Engine
}

type Emitted = { wasm: Uint8Array; nativeStackBytes: number; stats: CompileStats }

async function benchContracts(context: BenchContext): Promise<void> {
  const engines: Engines = {
    interpreter: new Engine({ evm: 'interpreter' }),
    compiled: new Engine({ evm: 'compiled' }),
    installing: new Engine({ evm: 'auto', onHot: () => true }),
  }
  const [cases] = Object.values(engines).map((engine) => placeContracts(engine, context))
  for (const each of cases!) {
    const code = engines.interpreter.getCode(each.address)
    const emitted = await benchEmission(context, each.name, code)
    if (emitted === undefined) continue
    benchModules(context, each.name, emitted.wasm)
    benchFirstCalls(context, each, { engines, code })
    await benchSteadyCalls(context, each, { engines, code })
  }
}

/** EVM bytecode to WebAssembly: sizes and time. Undefined where the compiler refuses. */
async function benchEmission(
  context: BenchContext,
  name: string,
  code: Uint8Array,
): Promise<Emitted | undefined> {
  const start = performance.now()
  const outcome = compileCode(code, FORK)
  const firstMs = performance.now() - start
  if (!outcome.ok) {
    context.note(`${name}: is not compiled, ${outcome.reason}`)
    return undefined
  }
  const { wasm, stats } = outcome
  const { ms } = await timeSteadily((times) => {
    for (let i = 0; i < times; i++) compileCode(code, FORK)
  }, limitsOf(context))
  const report = (metric: string, value: number, unit: string) =>
    context.report({ case: name, metric, value, unit })
  report('EVM code', code.length, 'bytes')
  report('wasm', wasm.length, 'bytes')
  report('wasm / EVM code', wasm.length / code.length, '×')
  report('functions', stats.functions, '')
  report('unresolved jumps', stats.unresolvedJumps, '')
  report('emit, first time', firstMs, 'ms')
  report('emit', ms, 'ms')
  report('emit, per KiB of code', ms / (code.length / KIB), 'ms')
  return outcome
}

/** WebAssembly to V8's module: time, and memory of many at once. */
function benchModules(context: BenchContext, name: string, wasm: Uint8Array): void {
  const times = Array.from({ length: context.repeats * 4 }, (_, number) => {
    const input = withCustomSection(wasm, number)
    const start = performance.now()
    new WebAssembly.Module(input)
    return performance.now() - start
  })
  context.report({ case: name, metric: 'WebAssembly.Module', value: median(times), unit: 'ms' })
  const bytes = bytesPerModule(wasm, context.tiny ? TINY_HELD_MODULES : HELD_MODULES)
  context.report({ case: name, metric: 'memory of a module', value: bytes / KIB, unit: 'KiB' })
}

/** Codes that an engine meets for the first time. */
function benchFirstCalls(
  context: BenchContext,
  each: CompileCase,
  { engines, code }: { engines: Engines; code: Uint8Array },
): void {
  const times = new Map<string, number[]>()
  const take = (metric: string, work: () => void) => {
    const start = performance.now()
    work()
    const elapsed = performance.now() - start
    times.set(metric, [...(times.get(metric) ?? []), elapsed])
  }
  for (let number = 0; number < context.repeats; number++) {
    placeVariant(engines.interpreter, each, { code, number })
    take('first call, interpreted', () => callOf(engines.interpreter, each.request))
    placeVariant(engines.compiled, each, { code, number })
    take('first call, compiled before', () => callOf(engines.compiled, each.request))
    // Another number: this module must not be one that V8 has already.
    const other = placeVariant(engines.installing, each, { code, number: context.repeats + number })
    const outcome = compileCode(other, FORK)
    assert(outcome.ok, 'a variant compiles as the original does')
    const { nativeStackBytes } = outcome
    const hash = keccak256(other)
    const module = new WebAssembly.Module(outcome.wasm)
    take('install', () =>
      engines.installing.install(hash, FORK, { module, wasmBytes: outcome.wasm.length, nativeStackBytes }),
    )
    take('first call, installed', () => callOf(engines.installing, each.request))
  }
  for (const [metric, list] of times) {
    context.report({ case: each.name, metric, value: median(list), unit: 'ms' })
  }
}

/** The same call again and again, in both tiers. */
async function benchSteadyCalls(
  context: BenchContext,
  each: CompileCase,
  { engines, code }: { engines: Engines; code: Uint8Array },
): Promise<void> {
  const ms: number[] = []
  const gas = new Set<bigint>()
  for (const tier of ['interpreter', 'compiled'] as const) {
    const engine = engines[tier]
    engine.setAccount(each.address, { nonce: 1n, balance: 0n, code })
    const timing = await timeSteadily((times) => {
      for (let i = 0; i < times; i++) gas.add(callOf(engine, each.request).gasUsed)
    }, limitsOf(context))
    ms.push(timing.ms)
    context.report({
      case: each.name,
      metric: 'call, steady',
      value: timing.ms * 1000,
      unit: 'µs',
      engine: tier,
    })
  }
  if (gas.size !== 1) throw new WorkloadError(each.name, 'one gas in every call', [...gas].join(', '))
  const [interpreted, compiled] = ms as [number, number]
  context.report({
    case: each.name,
    metric: 'interpreted / compiled',
    value: interpreted / compiled,
    unit: '×',
  })
}

function limitsOf({ tiny, repeats }: BenchContext) {
  return tiny ? TINY_LIMITS : { minWarmUpMs: MIN_WARM_UP_MS, maxWarmUpMs: MAX_WARM_UP_MS, repeats }
}

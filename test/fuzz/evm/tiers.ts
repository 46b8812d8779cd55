import { Engine, type EngineOptions } from '../../../src/execution/index.ts'
import { TIER, tracedEngineModule } from '../../../src/kernels/index.ts'
import { CaseRunner } from './CaseRunner.ts'
import { TierDuel } from './TierDuel.ts'
import { Trace } from './Trace.ts'

/** Small: programs of a few million gas fill neither tables nor EVM memory. */
const MEMORY = { memoryMiB: 384, evmMemoryMiB: 128 }
/** Every slot leaves the engine's table before each transaction or call. */
const MOVED_OUT = { coldMemoryMiB: 16, keptSlots: 0 }
/** Hot after the first call or two. */
const SOON_HOT_GAS = 500
/** Room for a few activations of compiled code; frames beyond are interpreted. */
const LITTLE_NATIVE_STACK_BYTES = 8000

/** Runs cases on the interpreter. */
export function interpreter(): CaseRunner {
  return new CaseRunner(() => new Engine({ ...MEMORY, evm: 'interpreter' }))
}

/** The interpreter against compiled code, step by step: gas and stack where each block starts. */
export async function tracedDuel(): Promise<TierDuel> {
  const traces = { left: new Trace(), right: new Trace() }
  const module = await tracedEngineModule()
  const tracedKernelOf = { module, trace: traces.left.record }
  const left = new CaseRunner(
    () => new Engine({ ...MEMORY, evm: 'interpreter', observedKernel: tracedKernelOf }),
  )
  const right = new CaseRunner(
    () =>
      new Engine({
        ...MEMORY,
        evm: 'compiled',
        compileOptions: { coldPaths: true },
        onBlock: traces.right.record,
      }),
  )
  return new TierDuel(left, right, { left: 'interpreter', right: 'compiled, block by block' }, traces)
}

/** The interpreter against everything that compiles. */
export function tierDuels(): TierDuel[] {
  const left = interpreter()
  const against = (right: string, options: EngineOptions, change: (engine: Engine) => void = () => {}) =>
    new TierDuel(left, new CaseRunner(() => makeEngine(options, change)), { left: 'interpreter', right })
  return [
    against('compiled', { evm: 'compiled' }),
    against('compiled, ways to a revert too', { evm: 'compiled', compileOptions: { coldPaths: true } }),
    against('compiled, calls of calls interpreted', { evm: 'compiled' }, ({ kernel }) => {
      kernel.exports.setTier(TIER.compiled, 0, LITTLE_NATIVE_STACK_BYTES)
    }),
    against('interpreter, slots moved out between runs', { evm: 'interpreter', ...MOVED_OUT }),
    against('compiled, slots moved out between runs', { evm: 'compiled', ...MOVED_OUT }),
    against('compiled when hot', { evm: 'auto' }, ({ kernel }) => {
      kernel.exports.setTier(TIER.auto, SOON_HOT_GAS, LITTLE_NATIVE_STACK_BYTES * 50)
    }),
  ]
}

function makeEngine(options: EngineOptions, change: (engine: Engine) => void): Engine {
  const engine = new Engine({ ...MEMORY, ...options })
  change(engine)
  return engine
}

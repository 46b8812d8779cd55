/** Many different contracts, called in turn: what compiling brings where no code is called often. */
import { type CallRequest, Engine } from '../../src/execution/index.ts'
import { hexToBytes } from '../../src/lib/index.ts'
import { deployedCode } from '../../test/lib/index.ts'
import type { BenchContext } from '../harness.ts'
import { callOf, placeTokens } from './compileCases.ts'
import { bytesPerCalledModule } from './memory.ts'
import { TINY_LIMITS, timeSteadily } from './steady.ts'
import { WorkloadError } from './WorkloadError.ts'

const CONTRACTS = 1_000
const TINY_CONTRACTS = 5
/** Rounds whose time counts with all that is compiled in them. */
const FIRST_ROUNDS = 100
const TINY_FIRST_ROUNDS = 2
/** The compiler is done when it compiled nothing in this many rounds. */
const QUIET_ROUNDS = 50
const MAX_WARM_UP_MS = 60_000
const STEADY_WARM_UP_MS = { minWarmUpMs: 10_000, maxWarmUpMs: 40_000 }
/** Contracts whose memory is measured, in processes of their own. */
const MEASURED_CONTRACTS = 200
const KIB = 1024

type Figures = { firstUs: number; steadyUs: number; gas: bigint; compiledCodes: number }

/** Calls tokens with a code each, interpreted and with hot ones compiled. */
export async function benchRoundRobin(context: BenchContext): Promise<void> {
  const count = context.tiny ? TINY_CONTRACTS : CONTRACTS
  const name = `${count.toLocaleString('en')} tokens in turn`
  const code = hexToBytes(deployedCode('Token'))
  const figures: Figures[] = []
  for (const tier of ['interpreter', 'auto'] as const) {
    const engine = new Engine({ evm: tier })
    const each = await callInTurn(context, engine, placeTokens(engine, { code, count }))
    figures.push(each)
    const report = (metric: string, value: number, unit: string) =>
      context.report({ case: name, metric, value, unit, engine: tier })
    report(`call, first ${roundsOf(context)} rounds`, each.firstUs, 'µs')
    report('call, steady', each.steadyUs, 'µs')
    report('compiled codes', each.compiledCodes, '')
  }
  const [interpreted, auto] = figures as [Figures, Figures]
  if (interpreted.gas !== auto.gas) throw new WorkloadError(name, `${interpreted.gas} gas`, `${auto.gas} gas`)
  const report = (metric: string, value: number, unit: string) =>
    context.report({ case: name, metric, value, unit })
  report('interpreter / auto, first', interpreted.firstUs / auto.firstUs, '×')
  report('interpreter / auto, steady', interpreted.steadyUs / auto.steadyUs, '×')
  const bytes = bytesPerCalledModule(code, context.tiny ? TINY_CONTRACTS : MEASURED_CONTRACTS)
  report('memory of a called module', bytes / KIB, 'KiB')
}

async function callInTurn(context: BenchContext, engine: Engine, requests: CallRequest[]): Promise<Figures> {
  const round = () => requests.reduce((sum, request) => sum + callOf(engine, request).gasUsed, 0n)
  const gas = round()
  const start = performance.now()
  for (let i = 0; i < roundsOf(context); i++) round()
  const firstUs = ((performance.now() - start) * 1000) / roundsOf(context) / requests.length
  if (!context.tiny) roundsUntilQuiet(engine, round, context)
  const limits = context.tiny ? TINY_LIMITS : { ...STEADY_WARM_UP_MS, repeats: context.repeats }
  const { ms, settled } = await timeSteadily((times) => {
    for (let i = 0; i < times; i++) round()
  }, limits)
  if (!settled && !context.tiny) context.note(`had not settled after ${limits.maxWarmUpMs} ms`)
  const { compiledCodes } = engine.tierStats
  return { firstUs, steadyUs: (ms * 1000) / requests.length, gas, compiledCodes }
}

function roundsUntilQuiet(engine: Engine, round: () => void, { note }: BenchContext): void {
  const begin = performance.now()
  let known = engine.tierStats.compiledCodes
  for (let quiet = 0; quiet < QUIET_ROUNDS; quiet++) {
    round()
    const { compiledCodes } = engine.tierStats
    if (compiledCodes !== known) quiet = 0
    known = compiledCodes
    if (performance.now() - begin > MAX_WARM_UP_MS) {
      note(`still compiling after ${MAX_WARM_UP_MS} ms`)
      return
    }
  }
}

function roundsOf({ tiny }: BenchContext): number {
  return tiny ? TINY_FIRST_ROUNDS : FIRST_ROUNDS
}

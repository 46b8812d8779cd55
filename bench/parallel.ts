/**
 * Batches of transactions on two threads, against one: how much faster, by the part of the transactions that get into
 * each other's way. And a model of more threads, from what one transaction costs in each step; it is held against what
 * two threads were measured to give.
 */
import { crc32 } from 'node:zlib'
import { Engine, type ParallelMode, Speculator } from '../src/execution/index.ts'
import { Prng } from '../src/lib/index.ts'
import { SpeculatorPorts } from '../src/node/speculating/SpeculatorPorts.ts'
import { SpeculatorThreads } from '../src/node/speculating/SpeculatorThreads.ts'
import { encodePrepared } from '../src/protocol/index.ts'
import { type Bench, type BenchContext, percentileOf } from './harness.ts'
import { Ledger } from './lib/Ledger.ts'
import { type Contended, contended, PARALLEL_CASES, type ParallelCase } from './lib/parallelCases.ts'
import { type ModelBatch, modelBatch, type StepCosts } from './lib/parallelModel.ts'
import { WorkloadError } from './lib/WorkloadError.ts'

export const bench: Bench = {
  name: 'parallel',
  summary: 'batches on two threads against one, by conflicts; a model of more threads',
  options: { case: { type: 'string', help: 'only cases whose name has this in it' } },
  async run(context) {
    const wanted = String(context.options.case ?? '')
    for (const each of PARALLEL_CASES) if (each.name.includes(wanted)) await benchCase(context, each)
  },
}

const CONFLICTS = [0, 0.1, 0.5, 1]
const MODES = ['never', 'always', 'auto'] as const satisfies ParallelMode[]
const THREADS = [2, 8, 16, 64]
const LIMITS = { transactions: 1 << 20, gas: 1n << 62n }
/** The sequencer's limit for a chunk. */
const BATCH = 256
/** Batches of `auto` that are not counted: it tries both ways. */
const AUTO_BATCHES = 32
/** A speculator without a thread keeps so many unread. */
const PIECE = 48
const MEMORY_MIB = { memoryMiB: 512, evmMemoryMiB: 128 }
/** Until a thread has taken part, at most. */
const THREAD_ROUNDS = 400

type Runner = { engine: Engine; next: ReturnType<ParallelCase['open']>; random: Prng }

async function benchCase(context: BenchContext, each: ParallelCase): Promise<void> {
  const costs = measureCosts(context, each)
  for (const [metric, value] of Object.entries(costs))
    context.report({ case: each.name, metric: `${metric} alone`, value: value * 1000, unit: 'µs' })
  const threads = new SpeculatorThreads(1)
  const ports = new SpeculatorPorts(threads.ports)
  const engine = new Engine({
    ...MEMORY_MIB,
    sharing: { speculators: 1 },
    parallel: { mode: 'always' },
    onModule: (codeHash, fork, compiled) => ports.offer(codeHash, fork, compiled),
  })
  ports.attach(engine)
  threads.start('auto')
  try {
    const runner = open(engine, context, each)
    await warmUp(runner, context.tiny ? 8 : THREAD_ROUNDS)
    for (const conflicts of CONFLICTS) compareModes(context, each, { runner, conflicts, costs })
  } finally {
    await threads.close()
  }
}

function open(engine: Engine, context: BenchContext, each: ParallelCase): Runner {
  const next = each.open(new Ledger(engine), { tiny: context.tiny })
  engine.takeDiff()
  return { engine, next, random: new Prng(context.seed) }
}

/** Until code is compiled and the thread takes part. */
async function warmUp(runner: Runner, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    run(runner.engine, contended(runner.next, { count: BATCH, conflicts: 0, random: runner.random }))
    if (runner.engine.parallelStats!.committed > 4 * BATCH) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Runs the ways in turns, so that what disturbs the machine meets all of them. */
function compareModes(
  context: BenchContext,
  each: ParallelCase,
  { runner, conflicts, costs }: { runner: Runner; conflicts: number; costs: StepCosts },
): void {
  const name = `${each.name}, ${conflicts * 100} % conflicts`
  const batches = context.tiny ? 1 : each.batches
  const times = new Map<ParallelMode, number[]>(MODES.map((mode) => [mode, []]))
  const before = runner.engine.parallelStats!
  for (let round = 0; round < context.repeats; round++) {
    for (const mode of MODES) {
      runner.engine.setParallelMode(mode)
      if (mode === 'auto' && !context.tiny)
        for (let i = 0; i < AUTO_BATCHES; i++) timeBatches(runner, { batches: 1, conflicts })
      times.get(mode)!.push(...timeBatches(runner, { batches, conflicts }))
    }
  }
  const alone = lowerQuartile(times.get('never')!)
  for (const mode of MODES) {
    const us = lowerQuartile(times.get(mode)!)
    const label = mode === 'never' ? 'one thread' : mode === 'always' ? 'two threads' : 'auto'
    context.report({ case: name, metric: label, value: us, unit: 'µs' })
    if (mode !== 'never')
      context.report({
        case: name,
        metric: `${label}, speed-up`,
        value: alone / us,
        unit: '×',
      })
  }
  const after = runner.engine.parallelStats!
  const [committed, conflicted] = [after.committed - before.committed, after.conflicted - before.conflicted]
  context.report({
    case: name,
    metric: 'executed again',
    value: committed + conflicted === 0 ? 0 : (100 * conflicted) / (committed + conflicted),
    unit: '%',
  })
  reportModel(context, { name, conflicts, costs, measured: alone / lowerQuartile(times.get('always')!) })
}

/** What a transaction took in each batch, in µs. */
function timeBatches(
  { engine, next, random }: Runner,
  { batches, conflicts }: { batches: number; conflicts: number },
): number[] {
  const all = Array.from({ length: batches }, () => contended(next, { count: BATCH, conflicts, random }))
  return all.map((transactions) => (run(engine, transactions) * 1000) / BATCH)
}

/** Executes one batch and takes its diff; time of the batch alone, in ms. */
function run(engine: Engine, transactions: Contended[]): number {
  const entries = encodePrepared(transactions.map(({ transaction }) => transaction))
  const start = performance.now()
  const { executed, stop } = engine.executeBatch(entries, LIMITS)
  const ms = performance.now() - start
  if (executed !== transactions.length)
    throw new WorkloadError('a batch', 'all executed', stop?.kind ?? 'less')
  engine.takeChunk()
  crc32(engine.takeDiff())
  return ms
}

/** On one thread, one step after the other: executing, executing ahead, committing. */
function measureCosts(context: BenchContext, each: ParallelCase): StepCosts {
  let ahead = 0
  let speculator: Speculator | undefined
  const engine = new Engine({
    ...MEMORY_MIB,
    sharing: { speculators: 1 },
    onModule: (codeHash, fork, compiled) => speculator?.offer(codeHash, fork, compiled),
    parallel: {
      mode: 'never',
      lead: 0,
      onOpen: () => {
        const start = performance.now()
        speculator!.work()
        ahead += performance.now() - start
      },
    },
  })
  speculator = new Speculator({ base: engine.kernel.shared, index: 0, evm: 'auto' })
  const { next, random } = open(engine, context, each)
  const pieces = context.tiny ? 2 : each.batches * 8
  const time = (mode: ParallelMode): number => {
    engine.setParallelMode(mode)
    const times: number[] = []
    for (let i = 0; i < pieces; i++) {
      ahead = 0
      const transactions = contended(next, { count: PIECE, conflicts: 0, random })
      times.push(run(engine, transactions) - ahead)
      aheadTimes.push(ahead)
    }
    return lowerQuartile(times.slice(pieces >> 1)) / PIECE
  }
  const aheadTimes: number[] = []
  const execute = time('never')
  aheadTimes.length = 0
  const commit = time('always')
  return { execute, speculate: lowerQuartile(aheadTimes.slice(pieces >> 1)) / PIECE, commit }
}

/** What the model says of more threads, and how far it is off for two. */
function reportModel(
  context: BenchContext,
  {
    name,
    conflicts,
    costs,
    measured,
  }: { name: string; conflicts: number; costs: StepCosts; measured: number },
): void {
  const batches = Array.from({ length: context.tiny ? 2 : 50 }, (_, i) =>
    modelOf(conflicts, context.seed + i),
  )
  const total = (threads: number) =>
    batches.reduce((sum, batch) => sum + modelBatch(batch, costs, threads), 0)
  for (const threads of THREADS) {
    const value = total(1) / total(threads)
    context.report({ case: name, metric: `model, ${threads} threads`, value, unit: '×' })
    if (threads === 2)
      context.report({
        case: name,
        metric: 'model against 2',
        value: Math.abs(100 * (value / measured - 1)),
        unit: '%',
      })
  }
}

/** Each hot transaction depends on the hot one before. */
function modelOf(conflicts: number, seed: number): ModelBatch {
  const random = new Prng(seed)
  let last = -1
  const dependsOn = Array.from({ length: BATCH }, (_, i) => {
    if (random.nextFloat() >= conflicts) return -1
    const before = last
    last = i
    return before
  })
  return { count: BATCH, dependsOn }
}

/** Of what other work on the machine has not disturbed: two threads need both cores of a small one. */
function lowerQuartile(values: readonly number[]): number {
  return percentileOf(values, 25)
}

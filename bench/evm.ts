/**
 * Single executions in each tier of the EVM: one code, called once with some data, whole calls of the engine alone.
 *
 * Every tier must give the gas and the output of the others, of the records and of the peers that run beside:
 * @ethereumjs/evm in this process, anvil's eth_call next to this node's over http. A time is taken when it has stopped
 * falling, see lib/steady.ts.
 */
import { existsSync } from 'node:fs'
import { compileCode } from '../src/evm/index.ts'
import { type CallOutcome, Engine, type EvmTier } from '../src/execution/index.ts'
import { anvilInstalled, type Target } from '../test/lib/index.ts'
import { type Bench, type BenchContext, median } from './harness.ts'
import { CallNode } from './lib/CallNode.ts'
import { runOnEthereumjs } from './lib/ethereumjs.ts'
import { type Executed, executedOf, outcomeText, prepareWorkload, usedGas } from './lib/executeWorkload.ts'
import { benchFib8 } from './lib/fib8.ts'
import { EMPTY_CALL, ownWorkloads } from './lib/ownWorkloads.ts'
import { watchProcessor } from './lib/processorShare.ts'
import { reportCalls, reportSummaries, reportTimes, type WorkloadResult } from './lib/reportEvm.ts'
import { type SteadyLimits, TINY_LIMITS, timeSteadily } from './lib/steady.ts'
import { round } from './lib/summary.ts'
import { interpretedPart, parseTier } from './lib/tiers.ts'
import { WorkloadError } from './lib/WorkloadError.ts'
import {
  type PeerRecord,
  readPeers,
  readWorkloads,
  SHARED_WORKLOADS,
  type Workload,
} from './lib/workloads.ts'

export const bench: Bench = {
  name: 'evm',
  summary: 'single executions in each tier of the EVM, beside recorded and running peers',
  options: {
    workload: {
      type: 'string',
      multiple: true,
      help: 'a workload file or a folder of them, may be repeated (default: ../shared/bench/workloads and our own)',
    },
    tier: { type: 'string', help: 'interpreter, compiled or both (default)' },
    peers: {
      type: 'string',
      help: 'none; short (default): @ethereumjs/evm where it takes seconds at most, and anvil; or all',
    },
    fib8: {
      type: 'boolean',
      help: 'only fib(10^8) and its twin in C (otherwise after the default workloads)',
    },
  },
  async run(context) {
    const tier = parseTier(context.options.tier, ['interpreter', 'compiled', 'both'], 'both')
    const tiers: EvmTier[] = tier === 'both' ? ['interpreter', 'compiled'] : [tier]
    if (!context.options.fib8) await benchWorkloads(context, tiers)
    const byDefault = !context.tiny && context.options.workload === undefined
    if (context.options.fib8 || byDefault) benchFib8(context, tiers)
  },
}

/** A workload of more gas takes @ethereumjs/evm seconds. */
const SHORT_GAS = 40_000_000n
const MIN_WARM_UP_MS = 1_000
const MAX_WARM_UP_MS = 3_000
/** So much of the gas in the interpreter is said, where code should run compiled. */
const NOTABLE_PART = 0.01
/** Of calls over http: a node has other work beside, and has run the same before. */
const CALL_WARM_UP_MS = 500
const CALL_MAX_WARM_UP_MS = 1_500
const CALL_TURNS = 3

async function benchWorkloads(context: BenchContext, tiers: readonly EvmTier[]): Promise<void> {
  const peers = peersOf(context)
  const { workloads, records } = load(context)
  const limits: SteadyLimits = context.tiny
    ? TINY_LIMITS
    : { minWarmUpMs: MIN_WARM_UP_MS, maxWarmUpMs: MAX_WARM_UP_MS, repeats: context.repeats }
  const engines = new Map(tiers.map((tier) => [tier, new Engine({ evm: tier })]))
  const { ms: overheadMs } = await benchWorkload(context, { engines, workload: EMPTY_CALL, limits })
  const results: WorkloadResult[] = []
  const noteShare = watchProcessor(context)
  for (const workload of workloads) {
    const record = records[workload.name]
    const result = await benchWorkload(context, { engines, workload, record, limits })
    if (peers === 'all' || (peers === 'short' && result.executed.gasUsed <= SHORT_GAS)) {
      result.ethereumjsMs = await benchEthereumjs(context, result)
    }
    results.push(result)
  }
  noteShare()
  if (peers !== 'none') await benchCalls(context, results)
  noteLeftOut(context, results, peers)
  reportSummaries(context, results, overheadMs)
}

function peersOf({ options, tiny }: BenchContext): 'none' | 'short' | 'all' {
  const peers = options.peers ?? (tiny ? 'none' : 'short')
  if (peers === 'none' || peers === 'short' || peers === 'all') return peers
  throw new RangeError(`--peers must be none, short or all, not ${peers}`)
}

function load({ options, tiny, note }: BenchContext): {
  workloads: Workload[]
  records: Record<string, PeerRecord>
} {
  const given = options.workload as string[] | undefined
  const shared = !tiny && existsSync(SHARED_WORKLOADS) ? [SHARED_WORKLOADS] : []
  if (given === undefined && !tiny && shared.length === 0)
    note(`${SHARED_WORKLOADS} is not there: only our own`)
  const paths = given ?? shared
  const workloads = paths.flatMap(readWorkloads)
  if (given === undefined) workloads.push(...ownWorkloads({ tiny }))
  return { workloads, records: Object.assign({}, ...paths.map(readPeers)) }
}

type Run = {
  engines: ReadonlyMap<EvmTier, Engine>
  workload: Workload
  record?: PeerRecord | undefined
  limits: SteadyLimits
}

/** Times one workload in every tier; all must do the same. */
async function benchWorkload(
  context: BenchContext,
  { engines, workload, record, limits }: Run,
): Promise<WorkloadResult> {
  const ms = new Map<EvmTier, number>()
  let executed: Executed | undefined
  for (const [tier, engine] of engines) {
    const call = prepareWorkload(engine, workload)
    executed = checked(call(), { workload, tier, record, others: executed })
    let outcome: CallOutcome | undefined
    const before = engine.tierStats
    const timing = await timeSteadily((times) => {
      for (let i = 0; i < times; i++) outcome = call()
    }, limits)
    // The last one may have run in other machine code than the first.
    if (outcome !== undefined) checked(outcome, { workload, tier, record, others: executed })
    ms.set(tier, timing.ms)
    reportTimes(context, { workload, executed, record, ms }, tier)
    if (!timing.settled && !context.tiny) {
      context.note(`${workload.name}, ${tier}: had not settled after ${limits.maxWarmUpMs} ms`)
    }
    const interpreted = interpretedPart(before, engine.tierStats)
    if (tier === 'compiled' && interpreted > NOTABLE_PART) {
      const outcome = compileCode(workload.code, 'Osaka')
      const why = outcome.ok ? `${outcome.stats.unresolvedJumps} of its jumps are unresolved` : outcome.reason
      context.note(
        `${workload.name}, ${tier}: ${round(interpreted * 100)} % of the gas was interpreted, ${why}`,
      )
    }
  }
  return { workload, executed: executed!, record, ms }
}

function checked(
  outcome: CallOutcome,
  {
    workload,
    tier,
    record,
    others,
  }: { workload: Workload; tier: EvmTier; record: PeerRecord | undefined; others: Executed | undefined },
): Executed {
  const executed = executedOf(outcome, workload.calldata)
  const text = (each: Executed) => `${each.status}, ${outcomeText(each.gasUsed, each.output)}`
  if (record !== undefined && !usedGas(executed, BigInt(record.gas_used))) {
    throw new WorkloadError(
      workload.name,
      `${record.gas_used} gas as recorded`,
      `${text(executed)} (${tier})`,
    )
  }
  const agree =
    others === undefined ||
    (others.status === executed.status &&
      others.gasUsed === executed.gasUsed &&
      Buffer.compare(others.output, executed.output) === 0)
  if (!agree) throw new WorkloadError(workload.name, text(others), `${text(executed)} (${tier})`)
  return executed
}

/** The same on @ethereumjs/evm: gas and output must agree. */
async function benchEthereumjs(
  { report }: BenchContext,
  { workload, executed }: WorkloadResult,
): Promise<number> {
  const { gasUsed, output, ms } = await runOnEthereumjs(workload)
  const checksum = outcomeText(gasUsed, output)
  if (!usedGas(executed, gasUsed) || Buffer.compare(output, executed.output) !== 0) {
    throw new WorkloadError(
      workload.name,
      `${checksum} as @ethereumjs/evm`,
      outcomeText(executed.gasUsed, executed.output),
    )
  }
  report({ case: workload.name, metric: 'time', value: ms, unit: 'ms', engine: '@ethereumjs/evm', checksum })
  return ms
}

/** eth_call over http, of a node of ours and of anvil in turn. */
async function benchCalls(context: BenchContext, results: WorkloadResult[]): Promise<void> {
  const { note, tiny, repeats } = context
  if (!anvilInstalled()) note('anvil is not installed on this platform: left out')
  const limits: SteadyLimits = tiny
    ? TINY_LIMITS
    : { minWarmUpMs: CALL_WARM_UP_MS, maxWarmUpMs: CALL_MAX_WARM_UP_MS, repeats }
  const callable = results.filter(({ executed }) => executed.status === 'success')
  const workloads = callable.map(({ workload }) => workload)
  const nodes: CallNode[] = []
  try {
    nodes.push(await CallNode.start('leveret', workloads))
    if (anvilInstalled()) nodes.push(await CallNode.start('anvil', workloads))
    for (const [index, result] of callable.entries()) {
      result.callMs = await timeCalls(nodes, index, { result, limits })
      reportCalls(context, result)
    }
  } finally {
    for (const node of nodes) await node.stop()
  }
}

/** The nodes in turns, so that both see the same machine; the median of a node's turns. */
async function timeCalls(
  nodes: readonly CallNode[],
  index: number,
  { result, limits }: { result: WorkloadResult; limits: SteadyLimits },
): Promise<Map<Target, number>> {
  const { workload, executed } = result
  const turns = new Map<Target, number[]>(nodes.map(({ target }) => [target, []]))
  for (let turn = 0; turn < CALL_TURNS; turn++) {
    const minWarmUpMs = turn === 0 ? limits.minWarmUpMs : 0
    for (const node of nodes) {
      const what = { workload, output: executed.output, limits: { ...limits, minWarmUpMs } }
      turns.get(node.target)!.push(await node.time(index, what))
    }
  }
  return new Map([...turns].map(([target, times]) => [target, median(times)]))
}

function noteLeftOut({ note }: BenchContext, results: readonly WorkloadResult[], peers: string): void {
  const names = (left: readonly WorkloadResult[]) => left.map(({ workload }) => workload.name).join(', ')
  const slow = results.filter(({ ethereumjsMs }) => ethereumjsMs === undefined)
  if (peers === 'short' && slow.length > 0) {
    note(
      `@ethereumjs/evm did not run what uses more than ${SHORT_GAS} gas (--peers all does): ${names(slow)}`,
    )
  }
  const failing = results.filter(({ executed }) => executed.status !== 'success')
  if (peers !== 'none' && failing.length > 0) {
    note(`eth_call did not run what does not succeed, its answer would say too little: ${names(failing)}`)
  }
}

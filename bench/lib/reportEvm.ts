import type { EvmTier } from '../../src/execution/index.ts'
import type { Target } from '../../test/lib/index.ts'
import type { BenchContext } from '../harness.ts'
import { type Executed, outcomeText } from './executeWorkload.ts'
import {
  classOf,
  ETHEREUMJS_TARGET,
  type NamedRatio,
  type RatioSummary,
  RECORDED_PEERS,
  recordedRatios,
  round,
  summarise,
  TARGETS,
  verdict,
} from './summary.ts'
import type { PeerRecord, Workload } from './workloads.ts'

/** What one workload gave; times of one execution in ms. */
export type WorkloadResult = {
  workload: Workload
  executed: Executed
  record: PeerRecord | undefined
  ms: Map<EvmTier, number>
  ethereumjsMs?: number
  /** eth_call over http, from request to answer. */
  callMs?: Map<Target, number>
}

/** Time, gas per second and ratios to the records of one workload in one tier. */
export function reportTimes(
  context: BenchContext,
  { workload, executed, record, ms }: WorkloadResult,
  tier: EvmTier,
): void {
  const figure = { case: workload.name, engine: tier }
  const value = ms.get(tier)!
  const checksum = outcomeText(executed.gasUsed, executed.output)
  context.report({ ...figure, metric: 'time', value, unit: 'ms', checksum })
  const mgasPerSecond = Number(executed.gasUsed) / value / 1000
  context.report({ ...figure, metric: 'gas', value: mgasPerSecond, unit: 'Mgas/s' })
  for (const peer of RECORDED_PEERS) {
    for (const ratio of recordedRatios([{ name: workload.name, ms: value, record }], peer)) {
      context.report({ ...figure, metric: `time / recorded ${peer}`, value: ratio.value, unit: '×' })
    }
  }
}

/** eth_call of each node, from request to answer. */
export function reportCalls({ report }: BenchContext, { workload, callMs }: WorkloadResult): void {
  for (const [target, value] of callMs ?? []) {
    report({ case: workload.name, metric: 'eth_call', value, unit: 'ms', engine: target })
  }
}

/**
 * Ratios of every tier to the records, by class, and to @ethereumjs/evm; and of our eth_call to anvil's.
 * `overheadMs`: of a call that executes nothing, which the records leave out.
 */
export function reportSummaries(
  context: BenchContext,
  results: readonly WorkloadResult[],
  overheadMs: ReadonlyMap<EvmTier, number>,
): void {
  for (const [tier, emptyMs] of overheadMs) {
    const rows = results.map(({ workload, record, ms }) => ({
      name: workload.name,
      ms: ms.get(tier)!,
      record,
    }))
    for (const target of TARGETS) {
      const members = rows.filter(({ name }) => classOf(name) === target.class)
      const summary = summarise(recordedRatios(members, target.peer))
      if (summary === undefined) continue
      const metric = `time / ${target.peer}`
      reportSummary(context, { name: target.class, engine: tier, metric, summary })
      context.note(`${target.class}, ${tier}, ${metric}: ${verdict(summary, target)}`)
      const { mean } = summarise(recordedRatios(members, target.peer, emptyMs))!
      const less = `${metric}, less an empty call, mean`
      context.report({ case: target.class, metric: less, value: mean, unit: '×', engine: tier })
    }
    reportEthereumjs(context, results, tier)
  }
  reportSpeedups(context, results)
  reportAnvil(context, results)
}

/** What compiling brings, where both tiers ran. */
function reportSpeedups(context: BenchContext, results: readonly WorkloadResult[]): void {
  const metric = 'interpreted / compiled'
  for (const name of ['compute', 'host'] as const) {
    const ratios = results.flatMap(({ workload, ms }): NamedRatio[] => {
      const [interpreted, compiled] = [ms.get('interpreter'), ms.get('compiled')]
      if (classOf(workload.name) !== name || interpreted === undefined || compiled === undefined) return []
      return [{ name: workload.name, value: interpreted / compiled }]
    })
    const summary = summarise(ratios)
    if (summary !== undefined) reportSummary(context, { name, engine: 'compiled', metric, summary })
  }
}

function reportEthereumjs(context: BenchContext, results: readonly WorkloadResult[], tier: EvmTier): void {
  const ratios = results.flatMap(({ workload, executed, ethereumjsMs, ms }) =>
    ethereumjsMs === undefined || executed.gasUsed === 0n
      ? []
      : [{ name: workload.name, value: ethereumjsMs / ms.get(tier)! }],
  )
  const summary = summarise(ratios)
  if (summary === undefined) return
  reportSummary(context, {
    name: 'all that both ran',
    engine: tier,
    metric: '@ethereumjs/evm / time',
    summary,
  })
  const met = summary.mean >= ETHEREUMJS_TARGET ? 'met' : 'missed'
  context.note(`${tier}, @ethereumjs/evm / time: mean at least ${ETHEREUMJS_TARGET}: ${met}`)
}

function reportAnvil(context: BenchContext, results: readonly WorkloadResult[]): void {
  const ratios = results.flatMap(({ workload, callMs }): NamedRatio[] => {
    const [ours, theirs] = [callMs?.get('leveret'), callMs?.get('anvil')]
    return ours === undefined || theirs === undefined ? [] : [{ name: workload.name, value: ours / theirs }]
  })
  const summary = summarise(ratios)
  if (summary === undefined) return
  for (const { name, value } of ratios) {
    context.report({ case: name, metric: 'eth_call / anvil', value, unit: '×' })
  }
  reportSummary(context, {
    name: 'all that both ran',
    engine: 'leveret',
    metric: 'eth_call / anvil',
    summary,
  })
  const slower = ratios.filter(({ value }) => value >= 1).map(({ name }) => name)
  context.note(
    slower.length === 0
      ? 'eth_call: faster than anvil on every one'
      : `eth_call: not faster than anvil on ${slower.join(', ')}`,
  )
}

function reportSummary(
  { report, note }: BenchContext,
  { name, engine, metric, summary }: { name: string; engine: string; metric: string; summary: RatioSummary },
): void {
  const { count, mean, smallest, largest } = summary
  for (const [which, value] of Object.entries({ mean, smallest: smallest.value, largest: largest.value })) {
    report({ case: name, metric: `${metric}, ${which}`, value, unit: '×', engine })
  }
  note(
    `${name}, ${engine}, ${metric}: geometric mean of ${count} ${round(mean)}, from ${round(smallest.value)} (${smallest.name}) to ${round(largest.value)} (${largest.name})`,
  )
}

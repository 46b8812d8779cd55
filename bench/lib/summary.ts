/** What many workloads say together: ratios of times, over classes of workloads. */
import { geometricMean } from '../harness.ts'
import type { PeerRecord } from './workloads.ts'

/** Work in registers, stack and memory, or work that is mostly the state's, keccak's or another contract's. */
export type WorkloadClass = 'compute' | 'host'

/** All times are of one execution, in ms. */
export type WorkloadTimes = { name: string; ms: number; record?: PeerRecord | undefined }

export type NamedRatio = { name: string; value: number }

export type RatioSummary = { count: number; mean: number; smallest: NamedRatio; largest: NamedRatio }

/** What the compiled tier is built to reach: time / recorded time at most this. */
export type Target = {
  class: WorkloadClass
  peer: RecordedPeer
  /** Of the geometric mean. */
  mean: number
  /** Of each. */
  each?: number
}

export const RECORDED_PEERS = ['evmone', 'revm'] as const
export type RecordedPeer = (typeof RECORDED_PEERS)[number]

export const TARGETS: readonly Target[] = [
  { class: 'compute', peer: 'evmone', mean: 1 / 3 },
  { class: 'compute', peer: 'revm', mean: 1 / 5 },
  { class: 'host', peer: 'evmone', mean: 1 / 1.3, each: 1 },
  { class: 'host', peer: 'revm', mean: 1 / 2, each: 1 },
]

/** How many times faster than @ethereumjs/evm, as a geometric mean. */
export const ETHEREUMJS_TARGET = 150

const HOST_NAMES = /erc\d+|swap|uniswap|keccak|sha3|sload|sstore|tload|tstore|storage|mapping/i

export function classOf(name: string): WorkloadClass {
  return HOST_NAMES.test(name) ? 'host' : 'compute'
}

/**
 * Time / recorded time of the peer, of those workloads for which it is known. `lessMs` is taken off each time first, but
 * never more than half of it: where a call is little else, nobody can tell them apart.
 */
export function recordedRatios(rows: readonly WorkloadTimes[], peer: RecordedPeer, lessMs = 0): NamedRatio[] {
  return rows.flatMap(({ name, ms, record }) => {
    const recorded = peer === 'evmone' ? record?.evmone_baseline_ms : record?.revm_ms
    // An execution of no gas is a call's overhead, which the records leave out.
    if (!recorded || record?.gas_used === 0) return []
    return [{ name, value: Math.max(ms - lessMs, ms / 2) / recorded }]
  })
}

/** Undefined of none. */
export function summarise(ratios: readonly NamedRatio[]): RatioSummary | undefined {
  const ascending = ratios.toSorted((a, b) => a.value - b.value)
  const [smallest] = ascending
  const largest = ascending.at(-1)
  if (smallest === undefined || largest === undefined) return undefined
  return { count: ratios.length, mean: geometricMean(ratios.map(({ value }) => value)), smallest, largest }
}

/** Whether a summary reaches its target, in words. */
export function verdict({ mean, largest }: RatioSummary, target: Target): string {
  const parts = [`mean at most ${round(target.mean)}: ${mean <= target.mean ? 'met' : 'missed'}`]
  if (target.each !== undefined) {
    parts.push(`each at most ${round(target.each)}: ${largest.value <= target.each ? 'met' : 'missed'}`)
  }
  return parts.join(', ')
}

/** Three significant digits. */
export function round(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

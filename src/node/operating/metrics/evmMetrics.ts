import type { EvmEngineStatus } from '../../../rpc/index.ts'
import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet } from './MetricSet.ts'

/** What `leveret_evmStatus` tells, but for the list of contracts. */
export function evmMetrics(set: MetricSet, { monitor }: Pick<NodeParts, 'monitor'>): void {
  engineMetrics(set, () => {
    const { sequencer, view } = monitor.status()
    return [
      ['sequencer', sequencer],
      ['view', view],
    ]
  })
  compilerMetrics(set, { monitor })
  parallelMetrics(set, { monitor })
}

function engineMetrics(set: MetricSet, engines: () => [string, EvmEngineStatus][]): void {
  set.counter(
    'evm_gas_total',
    'Gas of EVM code by how it ran: compiled or interpreted; the view runs calls.',
    () =>
      engines().flatMap(([engine, { compiledGas, interpretedGas }]) => [
        [{ engine, tier: 'compiled' }, compiledGas] as const,
        [{ engine, tier: 'interpreted' }, interpretedGas] as const,
      ]),
    ['engine', 'tier'],
  )
  set.gauge(
    'evm_codes',
    'Contract codes that are compiled, that can not be, and that an engine waits for.',
    () =>
      engines().flatMap(([engine, { compiledCodes, refusedCodes, pendingCodes }]) => [
        [{ engine, state: 'compiled' }, compiledCodes] as const,
        [{ engine, state: 'refused' }, refusedCodes] as const,
        [{ engine, state: 'pending' }, pendingCodes] as const,
      ]),
    ['engine', 'state'],
  )
  set.counter(
    'evm_requests_dropped_total',
    'Hot codes that were not asked for, since too many are pending.',
    () => engines().map(([engine, { droppedRequests }]) => [{ engine }, droppedRequests]),
    ['engine'],
  )
}

function compilerMetrics(set: MetricSet, { monitor }: Pick<NodeParts, 'monitor'>): void {
  set.counter(
    'compiler_codes_total',
    'Codes that the compiler thread was asked for, by where they came from: memory, disk, compiled now, or refused.',
    () => {
      const { compiler } = monitor.status()
      return [
        [{ source: 'memory' }, compiler?.memoryHits ?? 0],
        [{ source: 'disk' }, compiler?.diskHits ?? 0],
        [{ source: 'compiled' }, compiler?.compiledCodes ?? 0],
        [{ source: 'refused' }, compiler?.refusedCodes ?? 0],
      ]
    },
    ['source'],
  )
  set.counter(
    'compiler_seconds_total',
    'Time spent compiling.',
    () => (monitor.status().compiler?.compileMs ?? 0) / 1000,
  )
  set.counter(
    'compiler_wasm_bytes_total',
    'Bytes of the modules made.',
    () => monitor.status().compiler?.wasmBytes ?? 0,
  )
  set.counter(
    'compiler_damaged_files_total',
    'Modules on the disk that were damaged.',
    () => monitor.status().compiler?.damagedFiles ?? 0,
  )
}

function parallelMetrics(set: MetricSet, { monitor }: Pick<NodeParts, 'monitor'>): void {
  set.gauge(
    'execution_threads',
    'Threads that execute transactions.',
    () => monitor.status().parallel?.threads ?? 1,
  )
  set.counter(
    'execution_batches_total',
    'Batches executed with the help of other threads, and without, where there are some.',
    () => {
      const { parallel } = monitor.status()
      return [
        [{ mode: 'parallel' }, parallel?.parallelBatches ?? 0],
        [{ mode: 'serial' }, parallel?.serialBatches ?? 0],
      ]
    },
    ['mode'],
  )
  set.counter(
    'execution_ahead_total',
    'What came of transactions of parallel batches: committed as executed ahead, or executed again, and why.',
    () => {
      const { parallel } = monitor.status()
      return [
        [{ outcome: 'committed' }, parallel?.committed ?? 0],
        [{ outcome: 'conflicted' }, parallel?.conflicted ?? 0],
        [{ outcome: 'overtaken' }, parallel?.overtaken ?? 0],
        [{ outcome: 'not_speculated' }, parallel?.notSpeculated ?? 0],
        [{ outcome: 'unclaimed' }, parallel?.unclaimed ?? 0],
      ]
    },
    ['outcome'],
  )
}

import { readFile } from 'node:fs/promises'
import { getHeapStatistics, type HeapInfo } from 'node:v8'
import { within } from '../../within.ts'
import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet, Reading } from './MetricSet.ts'

/** A thread that is in native code answers later; it is left out then. */
const ANSWER_LIMIT_MS = 250

type ThreadFigures = {
  cpuSeconds: number
  heap: Pick<HeapInfo, 'used_heap_size' | 'total_heap_size' | 'external_memory'>
}

/** Processor time and V8's heap of each thread, and what the process's resident memory consists of. */
export function threadMetrics(set: MetricSet, { workers }: Pick<NodeParts, 'workers'>): void {
  // All metrics are read in one turn: the threads are asked once.
  let figures: Promise<Map<string, ThreadFigures>> | undefined
  const read = () => {
    figures ??= readThreads(workers()).finally(() => {
      figures = undefined
    })
    return figures
  }
  set.gauge('threads', 'Threads that run JavaScript, the main one included.', () => 1 + [...workers()].length)
  set.counter(
    'thread_cpu_seconds_total',
    'Processor time of each thread that runs JavaScript.',
    async () => Array.from(await read(), ([thread, { cpuSeconds }]) => [{ thread }, cpuSeconds]),
    ['thread'],
  )
  set.gauge(
    'thread_heap_bytes',
    "V8's heap of each: used, taken from the system, and memory outside of it that it keeps alive.",
    async () =>
      Array.from(await read()).flatMap(([thread, { heap }]) => [
        [{ thread, kind: 'used' }, heap.used_heap_size] as const,
        [{ thread, kind: 'total' }, heap.total_heap_size] as const,
        [{ thread, kind: 'external' }, heap.external_memory] as const,
      ]),
    ['thread', 'kind'],
  )
  set.gauge(
    'resident_memory_bytes',
    "Resident memory by kind: of the process itself, pages of files (history's above all, which the system takes back), shared. On Linux.",
    residentMemory,
    ['kind'],
  )
}

async function readThreads(workers: ReturnType<NodeParts['workers']>): Promise<Map<string, ThreadFigures>> {
  const figures = new Map<string, ThreadFigures>([
    ['main', { cpuSeconds: secondsOf(process.threadCpuUsage()), heap: getHeapStatistics() }],
  ])
  const answers = Array.from(workers, async ([name, worker]) => {
    try {
      const [cpu, heap] = await Promise.all([worker.cpuUsage(), worker.getHeapStatistics()])
      figures.set(name, { cpuSeconds: secondsOf(cpu), heap })
    } catch {
      // It has just ended.
    }
  })
  await within(ANSWER_LIMIT_MS, answers)
  return figures
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6
}

const KINDS = [
  ['anonymous', 'RssAnon'],
  ['file', 'RssFile'],
  ['shared', 'RssShmem'],
] as const

/** From the kernel's own account; nothing where there is none. */
async function residentMemory(): Promise<Reading> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
  return KINDS.flatMap(([kind, name]) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    return kibibytes === undefined ? [] : [[{ kind }, Number(kibibytes) * 1024] as const]
  })
}

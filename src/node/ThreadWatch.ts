import { GCProfiler } from 'node:v8'
import type { SequencerWatch, SequencerWork } from '../sequencer/index.ts'

/** What the sequencer's thread is at, beside the sequencer's own work. */
const WORKS = [
  ...['sleep', 'spin', 'install', 'receive', 'write', 'post'],
  ...['execute', 'record', 'block', 'seal'],
] as const
export type ThreadWork = SequencerWork | 'sleep' | 'spin' | 'install' | 'receive' | 'write' | 'post'

/** Mini-blocks that are noted; those beyond are not. */
const RECORD_LIMIT = 100_000
/** From here on a mini-block is late. */
export const LATE_MS = 0.2
/** Changes of work between two mini-blocks that are told apart. */
const SPAN_LIMIT = 256
const RECORD_NUMBERS = 3 + WORKS.length

/** How punctual one mini-block was. Everything in milliseconds. */
export type Punctuality = {
  /** From when it was due until it was sealed. */
  lateMs: number
  /** What the thread was at in that time. */
  works: Record<ThreadWork, number>
  /** Of a late one, since the one before: how long the collector ran, and the thread was awake without a processor. */
  collectedMs: number
  notRunningMs: number
}

/**
 * Notes what the sequencer's thread does around each mini-block, in shared memory that another thread reads at the end.
 * For benchmarks: it costs some microseconds for each.
 */
export class ThreadWatch implements SequencerWatch {
  readonly memory: SharedArrayBuffer
  /** A count, then for each mini-block: lateMs, collectedMs, notRunningMs, works. */
  readonly #numbers: Float64Array
  /** When the thread began with what, since the mini-block before. */
  readonly #starts = new Float64Array(SPAN_LIMIT)
  readonly #works = new Uint8Array(SPAN_LIMIT)
  #spanCount = 0
  #sealedMs = 0
  #processorMs = 0
  #profiler: GCProfiler | undefined

  constructor(memory: SharedArrayBuffer = newMemory()) {
    this.memory = memory
    this.#numbers = new Float64Array(memory)
  }

  does(work: ThreadWork): void {
    if (this.#spanCount === SPAN_LIMIT) return
    this.#starts[this.#spanCount] = performance.now()
    this.#works[this.#spanCount] = WORKS.indexOf(work)
    this.#spanCount++
  }

  sealed(dueEpochMs: number, nowEpochMs: number): void {
    const nowMs = nowEpochMs - performance.timeOrigin
    const dueMs = dueEpochMs - performance.timeOrigin
    const { user, system } = process.threadCpuUsage()
    const processorMs = (user + system) / 1000
    const awakeMs = nowMs - this.#sealedMs - this.#spentOn('sleep', this.#sealedMs, nowMs)
    const works = WORKS.map((work) => this.#spentOn(work, dueMs, nowMs))
    const notRunningMs = Math.max(0, awakeMs - (processorMs - this.#processorMs))
    const lateMs = Math.max(0, nowMs - dueMs)
    // The first has none before it.
    if (this.#sealedMs > 0) this.#note([lateMs, this.#collectedMs(lateMs), notRunningMs, ...works])
    this.#sealedMs = nowMs
    this.#processorMs = processorMs
    this.#spanCount = 0
  }

  /** What was noted. */
  read(): Punctuality[] {
    return Array.from({ length: this.#numbers[0]! }, (_, i) => {
      const [lateMs, collectedMs, notRunningMs, ...works] = this.#numbers.subarray(
        1 + i * RECORD_NUMBERS,
        1 + (i + 1) * RECORD_NUMBERS,
      )
      return {
        ...{ lateMs: lateMs!, collectedMs: collectedMs!, notRunningMs: notRunningMs! },
        works: Object.fromEntries(WORKS.map((work, at) => [work, works[at]])) as Punctuality['works'],
      }
    })
  }

  /** Forgets what was noted. */
  clear(): void {
    this.#numbers[0] = 0
  }

  #note(record: number[]): void {
    const count = this.#numbers[0]!
    if (count === RECORD_LIMIT) return
    this.#numbers.set(record, 1 + count * RECORD_NUMBERS)
    this.#numbers[0] = count + 1
  }

  #spentOn(work: ThreadWork, fromMs: number, toMs: number): number {
    const wanted = WORKS.indexOf(work)
    let spent = 0
    for (let i = 0; i < this.#spanCount; i++) {
      if (this.#works[i] !== wanted) continue
      const endMs = i + 1 < this.#spanCount ? this.#starts[i + 1]! : toMs
      spent += Math.max(0, Math.min(endMs, toMs) - Math.max(this.#starts[i]!, fromMs))
    }
    return spent
  }

  /** Only of late ones, since asking makes garbage itself; collections before were too short to make one late. */
  #collectedMs(lateMs: number): number {
    if (lateMs < LATE_MS && this.#profiler !== undefined) return 0
    const collections = this.#profiler?.stop()?.statistics ?? []
    this.#profiler ??= new GCProfiler()
    this.#profiler.start()
    return collections.reduce((sum, { cost }) => sum + cost / 1000, 0)
  }
}

function newMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(8 * (1 + RECORD_LIMIT * RECORD_NUMBERS))
}

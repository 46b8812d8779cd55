import { TracerError, TracingEngine } from '../../execution/index.ts'
import { EngineLimitError } from '../../kernels/index.ts'
import type { TraceAnswer } from '../../rpc/index.ts'
import { type AnsweringState, BridgedStateFailedError, BridgedStateGoneError } from '../bridging/index.ts'
import { LAZY_ENGINE, StateGoneError } from '../past/index.ts'
import {
  ResultTooLargeError,
  runTraceJob,
  TRACE_JOB_LIMIT_MS,
  type TraceJob,
  TraceJobError,
} from './traceJob.ts'

/** What a transaction within the call gas cap takes, and tables for what a block reads. */
const MEMORY = { memoryMiB: 512, evmMemoryMiB: 128 }

/** Does trace jobs on the thread that calls it, within their limits of time. */
export class TraceRunner {
  readonly #tracing: TracingEngine
  readonly #time: JobTime

  static async open(): Promise<TraceRunner> {
    const time = new JobTime()
    const tracing = await TracingEngine.open({ ...LAZY_ENGINE, ...MEMORY }, () => time.check())
    return new TraceRunner(tracing, time)
  }

  private constructor(tracing: TracingEngine, time: JobTime) {
    this.#tracing = tracing
    this.#time = time
  }

  /** Throws where the running job has taken too long: for those who wait inside of it. */
  checkTime(): void {
    this.#time.check()
  }

  /** @throws what the state throws, but for what the caller of a trace can do something about: that is an answer. */
  run(job: TraceJob, state: AnsweringState): TraceAnswer {
    this.#time.begin(job.timeoutMs)
    const room = {
      ...{ tracing: this.#tracing, base: state, watch: this.#time },
      blockHash: (number: bigint) => state.blockHash(number),
    }
    try {
      return { kind: 'traced', results: runTraceJob(job, room) }
    } catch (error) {
      return failureOf(error)
    }
  }
}

/** When a job, and the transaction of it that runs, must have come to an end. */
class JobTime {
  #jobEndMs = 0
  #endMs = 0

  begin(timeoutMs: number): void {
    this.#jobEndMs = performance.now() + TRACE_JOB_LIMIT_MS
    this.start(timeoutMs)
  }

  start(timeoutMs: number): void {
    this.#endMs = Math.min(performance.now() + timeoutMs, this.#jobEndMs)
  }

  check(): void {
    if (performance.now() > this.#endMs) throw new TraceTimeoutError()
  }
}

class TraceTimeoutError extends Error {
  override readonly name = 'TraceTimeoutError'
}

function failureOf(error: unknown): TraceAnswer {
  if (error instanceof BridgedStateGoneError || error instanceof StateGoneError) return { kind: 'notKept' }
  if (error instanceof ResultTooLargeError) return { kind: 'tooLarge' }
  if (error instanceof TraceTimeoutError) return { kind: 'failed', message: 'execution timeout' }
  if (
    error instanceof TraceJobError ||
    error instanceof TracerError ||
    error instanceof BridgedStateFailedError
  )
    return { kind: 'failed', message: error.message }
  if (error instanceof EngineLimitError)
    return { kind: 'failed', message: 'tracing failed: it needs more memory than a trace may have' }
  throw error
}

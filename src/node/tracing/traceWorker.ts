import { parentPort, workerData } from 'node:worker_threads'
import { loadFastCurves } from '../../evm/index.ts'
import { TracerError, TracingEngine } from '../../execution/index.ts'
import { EngineLimitError } from '../../kernels/index.ts'
import { recoverInJavaScriptOnly } from '../../protocol/index.ts'
import type { TraceToMain, TraceWorkerData } from '../messages.ts'
import { standBack } from '../threadPriority.ts'
import { BridgedState, BridgedStateGoneError } from './StateBridge.ts'
import {
  ResultTooLargeError,
  runTraceJob,
  TRACE_JOB_LIMIT_MS,
  type TraceJob,
  TraceJobError,
} from './traceJob.ts'

/** What a transaction within the call gas cap takes, and tables for what a block reads. */
const MEMORY_MIB = 512
const EVM_MEMORY_MIB = 128

/** The trace thread: does jobs, one after another, and asks the main thread for the state that they begin with. */
const { bridge } = workerData as TraceWorkerData
const port = parentPort!

let jobEndMs = 0
let endMs = 0
function checkTime(): void {
  if (performance.now() > endMs) throw new TraceTimeoutError()
}

class TraceTimeoutError extends Error {
  override readonly name = 'TraceTimeoutError'
}

function post(message: TraceToMain): void {
  port.postMessage(message)
}

standBack(5)
// Whoever waits too long, or closes the node, ends this thread wherever it is.
recoverInJavaScriptOnly()
await loadFastCurves()
const base = new BridgedState(bridge, (request) => post({ kind: 'read', request }), checkTime)
const tracing = await TracingEngine.open(
  { memoryMiB: MEMORY_MIB, evmMemoryMiB: EVM_MEMORY_MIB, base },
  checkTime,
)
const watch = {
  start: (timeoutMs: number): void => {
    endMs = Math.min(performance.now() + timeoutMs, jobEndMs)
  },
}

port.on('message', (job: TraceJob) => {
  jobEndMs = performance.now() + TRACE_JOB_LIMIT_MS
  watch.start(job.timeoutMs)
  try {
    const blockHash = (number: bigint) => base.blockHash(number)
    post({
      kind: 'done',
      answer: { kind: 'traced', results: runTraceJob(job, { tracing, base, blockHash, watch }) },
    })
  } catch (error) {
    post({ kind: 'done', answer: failureOf(error) })
  }
})

/** What the caller can do something about is an answer; the rest ends the thread. */
function failureOf(error: unknown): Extract<TraceToMain, { kind: 'done' }>['answer'] {
  if (error instanceof BridgedStateGoneError) return { kind: 'notKept' }
  if (error instanceof ResultTooLargeError) return { kind: 'tooLarge' }
  if (error instanceof TraceTimeoutError) return { kind: 'failed', message: 'execution timeout' }
  if (error instanceof TraceJobError || error instanceof TracerError)
    return { kind: 'failed', message: error.message }
  if (error instanceof EngineLimitError)
    return { kind: 'failed', message: 'tracing failed: it needs more memory than a trace may have' }
  throw error
}

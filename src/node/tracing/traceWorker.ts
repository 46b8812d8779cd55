import { parentPort, workerData } from 'node:worker_threads'
import { loadFastCurves } from '../../evm/index.ts'
import { recoverInJavaScriptOnly } from '../../protocol/index.ts'
import { BridgedState } from '../bridging/index.ts'
import { standBack } from '../threadPriority.ts'
import type { TraceToMain, TraceWorkerData } from './messages.ts'
import { TraceRunner } from './TraceRunner.ts'
import type { TraceJob } from './traceJob.ts'

/** The trace thread: does jobs, one after another, and asks the main thread for the state that they begin with. */
const { bridge } = workerData as TraceWorkerData
const port = parentPort!

function post(message: TraceToMain): void {
  port.postMessage(message)
}

standBack(5)
// Whoever waits too long, or closes the node, ends this thread wherever it is.
recoverInJavaScriptOnly()
await loadFastCurves()
const runner = await TraceRunner.open()
const state = new BridgedState(bridge, (request) => post({ kind: 'read', request }), {
  checkTime: () => runner.checkTime(),
})

port.on('message', (job: TraceJob) => post({ kind: 'done', answer: runner.run(job, state) }))

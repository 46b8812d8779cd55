import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { COMPILER_VERSION, compileCode } from '../../evm/index.ts'
import { systemClock } from '../../lib/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { Signal } from '../Signal.ts'
import { standBack } from '../threadPriority.ts'
import { COMPILER_COUNTERS, CompileService } from './CompileService.ts'
import { ModuleFolder } from './ModuleFolder.ts'
import type { CompilerToEngine, CompilerToMain, CompilerWorkerData, EngineToCompiler } from './messages.ts'

standBack(10)
const data = workerData as CompilerWorkerData
const signal = new Signal(data.signal)
const warn = (warning: string) => tellMain({ kind: 'warning', warning })
const service = new CompileService({
  compile: compileCode,
  sharesMemory: data.sharesMemory,
  openFolder: () => ModuleFolder.open(data.compiledFolder, { version: COMPILER_VERSION, warn }),
  clock: systemClock(),
  counters: new SharedCounters(COMPILER_COUNTERS, data.compilerCounters),
  warn,
})
let isScheduled = false
const idle = setTimeout(rest, data.idleMs)

for (const port of [data.sequencer, data.main]) {
  port.on('message', (request: EngineToCompiler) => take(port, request))
}
take(data[data.first.asker], data.first.request)

function take(port: MessagePort, request: EngineToCompiler): void {
  idle.refresh()
  const answer = service.ask(request)
  if (answer === undefined) schedule()
  else tell(port, answer)
}

/** One code a turn of the event loop, so that what is asked meanwhile is heard. */
function schedule(): void {
  const { waitMs } = service
  if (isScheduled || waitMs === Infinity) return
  isScheduled = true
  setTimeout(work, waitMs)
}

function work(): void {
  isScheduled = false
  idle.refresh()
  const answer = service.next()
  // Both threads will want it.
  if (answer !== undefined) for (const port of [data.sequencer, data.main]) tell(port, answer)
  schedule()
}

function tell(port: MessagePort, answer: CompilerToEngine): void {
  port.postMessage(answer)
  // It runs no event loop.
  if (port === data.sequencer) signal.wake()
}

/** Gives the channels back, after which nothing keeps the thread alive. */
function rest(): void {
  if (service.waitMs !== Infinity) {
    idle.refresh()
    return
  }
  const { main, sequencer } = data
  tellMain({ kind: 'idle', main, sequencer }, [main, sequencer])
}

function tellMain(message: CompilerToMain, ports: MessagePort[] = []): void {
  parentPort!.postMessage(message, ports)
}

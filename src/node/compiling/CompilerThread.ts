import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { CompilerWorkerData } from '../messages.ts'
import type { Tell } from '../operating/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { startThread } from '../startThread.ts'
import { COMPILER_COUNTERS, type CompilerCounters } from './CompileService.ts'

/** The thread that compiles hot code, and the channels to it. What is asked before it starts waits there. */
export class CompilerThread {
  readonly port: MessagePort
  /** For the sequencer, which asks as well. */
  readonly sequencerPort: MessagePort
  readonly counters: CompilerCounters = new SharedCounters(COMPILER_COUNTERS)
  readonly #ends: { main: MessagePort; sequencer: MessagePort }
  #worker: Worker | undefined
  #isClosed = false

  constructor() {
    const toMain = new MessageChannel()
    const toSequencer = new MessageChannel()
    this.port = toMain.port1
    this.sequencerPort = toSequencer.port1
    this.#ends = { main: toMain.port2, sequencer: toSequencer.port2 }
  }

  start(
    settings: { compiledFolder: string; signal: SharedArrayBuffer; sharesMemory: boolean },
    tell: Tell,
  ): void {
    if (this.#isClosed) return
    const { main, sequencer } = this.#ends
    const workerData = {
      ...{ ...settings, main, sequencer },
      compilerCounters: this.counters.memory,
    } satisfies CompilerWorkerData
    this.#worker = startThread('compiling/compilerWorker', workerData, [main, sequencer])
    this.#worker.on('message', (warning: string) => tell('compiler_warning', { warning }))
    // Not worth stopping for, unlike any other thread: all code can be interpreted.
    this.#worker.on('error', (error) => tell('compiler_failed', { reason: String(error) }))
  }

  /** Undefined before its start. */
  get worker(): Worker | undefined {
    return this.#worker
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
    this.port.close()
  }
}

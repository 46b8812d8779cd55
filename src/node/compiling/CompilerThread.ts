import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { Tell } from '../events/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { startThread } from '../startThread.ts'
import { COMPILER_COUNTERS, type CompilerCounters } from './CompileService.ts'
import type { CompilerToMain, CompilerWorkerData, EngineToCompiler } from './messages.ts'

type CompilerSettings = { compiledFolder: string; signal: SharedArrayBuffer; sharesMemory: boolean }

/** The thread ends when it has had nothing to do for so long: what it has made is on the disk. */
const IDLE_MS = 10_000

const ASKERS = ['main', 'sequencer'] as const

/**
 * The thread that compiles hot code, and the channels to it. It lives as long as there is something to do: most local chains
 * have a request or two, and it takes some 30 MB. What is asked before that is allowed waits in the channels.
 */
export class CompilerThread {
  readonly port: MessagePort
  /** For the thread that writes the log, which asks as well if it executes. */
  readonly writerPort: MessagePort
  readonly counters: CompilerCounters = new SharedCounters(COMPILER_COUNTERS)
  readonly #idleMs: number
  #ends: { main: MessagePort; sequencer: MessagePort }
  #worker: Worker | undefined
  #isClosed = false

  constructor(idleMs: number = IDLE_MS) {
    this.#idleMs = idleMs
    const toMain = new MessageChannel()
    const toSequencer = new MessageChannel()
    this.port = toMain.port1
    this.writerPort = toSequencer.port1
    this.#ends = { main: toMain.port2, sequencer: toSequencer.port2 }
  }

  /** From now on it may start. */
  allow(settings: CompilerSettings, tell: Tell): void {
    if (this.#isClosed) {
      this.#closeEnds()
      return
    }
    for (const asker of ASKERS) {
      const end = this.#ends[asker]
      end.once('message', (request: EngineToCompiler) => {
        for (const each of ASKERS) this.#ends[each].removeAllListeners('message')
        if (!this.#isClosed) this.#start(settings, { first: { asker, request }, tell })
      })
      // Waiting for it is nothing to stay alive for.
      end.unref()
    }
  }

  /** What has come after the first request goes along with the channels. */
  #start(
    settings: CompilerSettings,
    { first, tell }: { first: CompilerWorkerData['first']; tell: Tell },
  ): void {
    const { main, sequencer } = this.#ends
    const workerData = {
      ...{ ...settings, main, sequencer, first },
      compilerCounters: this.counters.memory,
      idleMs: this.#idleMs,
    } satisfies CompilerWorkerData
    this.#worker = startThread('compiling/compilerWorker', workerData, [main, sequencer])
    this.#worker.on('message', (message: CompilerToMain) => {
      if (message.kind === 'warning') {
        tell('compiler_warning', { warning: message.warning })
        return
      }
      this.#worker = undefined
      this.#ends = message
      this.allow(settings, tell)
    })
    // Not worth stopping for, unlike any other thread: all code can be interpreted.
    this.#worker.on('error', (error) => tell('compiler_failed', { reason: String(error) }))
  }

  /** Undefined: there is nothing to do. */
  get worker(): Worker | undefined {
    return this.#worker
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
    this.#closeEnds()
    this.port.close()
  }

  #closeEnds(): void {
    for (const asker of ASKERS) this.#ends[asker].close()
  }
}

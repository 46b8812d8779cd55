import type { Worker } from 'node:worker_threads'
import type { TraceAnswer } from '../../rpc/index.ts'
import { type AnsweringState, bridgeMemory, StateAnswers } from '../bridging/index.ts'
import { startThread } from '../startThread.ts'
import { answerRead } from './answerRead.ts'
import type { TraceToMain, TraceWorkerData } from './messages.ts'
import type { TraceMaker } from './NodeTraces.ts'
import { TRACE_JOB_LIMIT_MS, type TraceJob } from './traceJob.ts'

/** Jobs that wait for the one under way; beyond, another is not taken. */
const QUEUE_LIMIT = 16
/** The thread ends when it has had nothing to do for so long. */
const IDLE_MS = 10_000
/** A thread that does not keep to its time limits for so long is ended. */
const GRACE_MS = 10_000

type Queued = {
  job: TraceJob
  /** The state that it begins with. */
  state: AnsweringState
  resolve: (answer: TraceAnswer) => void
  reject: (error: Error) => void
}

/** Has traces made on a thread of its own, one after another; it lives as long as there is something to do. */
export class TraceThread implements TraceMaker {
  readonly #bridge = bridgeMemory()
  readonly #answers = new StateAnswers(this.#bridge)
  readonly #queue: Queued[] = []
  #worker: Worker | undefined
  #running: Queued | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  trace(job: TraceJob, state: AnsweringState): Promise<TraceAnswer> {
    if (this.#isClosed || this.#queue.length >= QUEUE_LIMIT) return Promise.resolve({ kind: 'busy' })
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, state, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const { resolve } of this.#queue.splice(0)) resolve({ kind: 'busy' })
    this.#running?.resolve({ kind: 'busy' })
    this.#running = undefined
    const worker = this.#worker
    // What it has asked for already comes until it has ended, and is not for anyone.
    this.#worker = undefined
    await worker?.terminate()
  }

  #next(): void {
    if (this.#running !== undefined) return
    clearTimeout(this.#timer)
    this.#running = this.#queue.shift()
    if (this.#running === undefined) {
      this.#timer = setTimeout(() => this.#end(), IDLE_MS).unref()
      return
    }
    this.#worker ??= this.#start()
    this.#worker.postMessage(this.#running.job)
    this.#timer = setTimeout(() => this.#giveUp(), TRACE_JOB_LIMIT_MS + GRACE_MS).unref()
  }

  #start(): Worker {
    const worker = startThread('tracing/traceWorker', { bridge: this.#bridge } satisfies TraceWorkerData, [])
    worker.on('message', (message: TraceToMain) => {
      if (worker !== this.#worker) return
      if (message.kind === 'read') answerRead(this.#answers, message.request, this.#running!.state)
      else this.#finish(message.answer)
    })
    worker.on('error', (error) => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      const { reject } = this.#running ?? {}
      this.#running = undefined
      reject?.(error as Error)
      this.#next()
    })
    worker.unref()
    return worker
  }

  #finish(answer: TraceAnswer): void {
    this.#running?.resolve(answer)
    this.#running = undefined
    this.#next()
  }

  #giveUp(): void {
    this.#running?.resolve({ kind: 'failed', message: 'execution timeout' })
    this.#running = undefined
    this.#end()
  }

  #end(): void {
    const worker = this.#worker
    this.#worker = undefined
    void worker?.terminate()
    this.#next()
  }
}

import type { Worker } from 'node:worker_threads'
import type { SubmitAnswer } from '../../feed/index.ts'
import type { SubmitOutcome } from '../../rpc/index.ts'
import type { Tell } from '../events/index.ts'
import { tellOutlet } from '../outlets/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { Signal } from '../Signal.ts'
import { startThread } from '../startThread.ts'
import { within } from '../within.ts'
import { FEED_COUNTERS, type FeedCounters } from './feedCounters.ts'
import { feedUrlOf } from './feedUrl.ts'
import type { MainToPublisher, PublisherToMain, PublisherWorkerData } from './messages.ts'

/** How long closing waits until all is published. */
const STOP_LIMIT_MS = 5000

export type PublisherSettings = Omit<PublisherWorkerData, 'written' | 'counters'>

/** What it stands on. */
export type PublisherLinks = {
  submitOne: (raw: Uint8Array) => Promise<SubmitOutcome>
  fail: (error: Error) => void
}

/** The main thread's side of the thread that publishes. */
export class Publisher {
  /** To be woken when the log was written. */
  readonly written: Signal = new Signal()
  readonly counters: FeedCounters = new SharedCounters(FEED_COUNTERS)
  readonly #settings: PublisherSettings
  #worker: Worker | undefined
  #exited: Promise<unknown> = Promise.resolve()
  /** Address that signs, as hex; empty before the start. */
  signer = ''
  /** Where it is served, as a replica names it; empty before the start, and without a port. */
  url = ''

  constructor(settings: PublisherSettings) {
    this.#settings = settings
  }

  get worker(): Worker | undefined {
    return this.#worker
  }

  /** Resolves once it serves. @throws PortInUseError, EntryStoreError, and what TLS says of certificate and key. */
  start({ submitOne, fail }: PublisherLinks, tell: Tell): Promise<void> {
    const data: PublisherWorkerData = {
      ...this.#settings,
      ...{ written: this.written.memory, counters: this.counters.memory },
    }
    const { peers } = data.outlets
    const worker = startThread('publishing/publisherWorker', data, peers === undefined ? [] : [peers])
    this.#worker = worker
    this.#exited = new Promise((resolve) => worker.once('exit', resolve))
    return new Promise((resolve, reject) => {
      worker.on('error', (error) => {
        reject(error)
        fail(error as Error)
      })
      worker.on('message', (message: PublisherToMain) => {
        if (message.kind === 'submit') void this.#submit(message, submitOne)
        else if (message.kind === 'refused') tell('feed_refused', message)
        else if (message.kind === 'outlet') tellOutlet(tell, message.news)
        else if (message.kind === 'trouble') tell('feed_unsigned', { reason: message.reason })
        else {
          this.#ready(message)
          resolve()
        }
      })
    })
  }

  /** Publishes what the log has, then ends. The log grows no more. */
  async close(): Promise<void> {
    if (this.#worker === undefined) return
    this.#worker.postMessage({ kind: 'stop' } satisfies MainToPublisher)
    this.written.wake()
    await within(STOP_LIMIT_MS, [this.#exited])
    await this.#worker.terminate()
  }

  #ready({ port, signer }: Extract<PublisherToMain, { kind: 'ready' }>): void {
    this.signer = signer
    if (port !== undefined) this.url = feedUrlOf(this.#settings, port)
  }

  async #submit(
    { id, raw }: Extract<PublisherToMain, { kind: 'submit' }>,
    submitOne: PublisherLinks['submitOne'],
  ): Promise<void> {
    const outcomes = await Promise.all(raw.map(submitOne))
    const answers = outcomes.map(answerOf)
    this.#worker?.postMessage({ kind: 'answer', id, answers } satisfies MainToPublisher)
  }
}

function answerOf(outcome: SubmitOutcome): SubmitAnswer {
  if (outcome.kind === 'refused') return { code: outcome.code, message: outcome.message }
  const { hash } = outcome
  return outcome.kind === 'queued' ? { hash, expectedNonce: outcome.expectedNonce } : { hash }
}

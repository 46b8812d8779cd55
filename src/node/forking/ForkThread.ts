import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { DeveloperAccount } from '../../protocol/index.ts'
import { ExecutionError, RemoteAnswerError, type RemoteView, StateOnItsWayError } from '../../rpc/index.ts'
import { StateAnswers, type StateRequest } from '../bridging/index.ts'
import { startThread } from '../startThread.ts'
import { within } from '../within.ts'
import { basicsOf } from './basicsOf.ts'
import { ForkedState } from './ForkedState.ts'
import { FORK_THREAD_ENDED, type ForkToMain, type ForkWorkerData, type MainToFork } from './messages.ts'
import { nameOf } from './RemoteRpc.ts'

/** Requests of this thread that are under way; beyond, another is refused. */
const REQUEST_LIMIT = 1024
const STOP_LIMIT_MS = 2000

type Waiter = { resolve: (text: string) => void; reject: (error: Error) => void }

/** The fork's thread, as the main thread sees it. */
export class ForkThread implements RemoteView {
  readonly name: string | undefined
  readonly blockNumber: bigint
  /** For this thread: it waits until {@link serve}, and afterwards throws StateOnItsWayError. */
  readonly state: ForkedState
  readonly worker: Worker
  readonly #limitMs: number
  readonly #exited: Promise<unknown>
  readonly #waiters = new Map<number, Waiter>()
  /** Of each ForkedState, the one that it sleeps on. */
  readonly #bridges = new Map<number, SharedArrayBuffer>()
  #onFailure: ((error: Error) => void) | undefined
  #lastId = 0
  /** Why nothing can be asked any more. */
  #end: Error | undefined
  #closing: Promise<void> | undefined

  /** @param limitMs - for so long a read on this thread sleeps at most. */
  constructor(options: ForkWorkerData, limitMs: number = Number.POSITIVE_INFINITY) {
    this.#limitMs = limitMs
    this.blockNumber = options.blockNumber
    this.name = options.url === undefined ? undefined : nameOf(options.url)
    this.worker = startThread('forking/forkWorker', options, [])
    // Whoever waits for it keeps the process alive.
    this.worker.unref()
    this.worker.on('message', (message: ForkToMain) => this.#take(message))
    this.worker.on('error', (error) => this.#fail((error as Error).message))
    this.#exited = new Promise((resolve) => this.worker.once('exit', resolve))
    void this.#exited.then(() => this.#fail('nobody has said why'))
    this.state = this.newState()
  }

  /** For this thread, which waits for what it reads of it. */
  newState(): ForkedState {
    return new ForkedState(this.newReader(), this.#limitMs)
  }

  /** For a ForkedState of another thread. */
  newReader(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.worker.postMessage({ kind: 'reader', port: port2 } satisfies MainToFork, [port2])
    return port1
  }

  /** The node can't go on without it. */
  onFailure(listener: (error: Error) => void): void {
    this.#onFailure = listener
  }

  /** Resolves once what starting needs is at hand. @throws ExecutionError when it is not, and the remote does not give it. */
  async bringBasics(developers: readonly DeveloperAccount[]): Promise<void> {
    await this.#bring(basicsOf(developers))
  }

  /** From now on this thread waits for nothing: what is not at hand is brought while it does something else. */
  serve(): void {
    this.state.onAbsent = (request) => {
      const arrival = this.#bring([request])
      // Whoever gives up what it does need not hear what has become of it.
      arrival.catch(() => {})
      return new StateOnItsWayError(arrival)
    }
  }

  async request(method: string, params: unknown): Promise<string> {
    return await this.#ask((id) => ({ kind: 'request', id, method, params }))
  }

  /** Whoever waits for the remote hears that the node is shutting down. */
  interrupt(): void {
    this.worker.postMessage({ kind: 'interrupt' } satisfies MainToFork)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.worker.postMessage({ kind: 'stop' } satisfies MainToFork)
    this.#refuseAll(new ExecutionError('node is shutting down'))
    await within(STOP_LIMIT_MS, [this.#exited])
    await this.worker.terminate()
  }

  async #bring(requests: StateRequest[]): Promise<void> {
    await this.#ask((id) => ({ kind: 'bring', id, requests }))
  }

  #ask(messageOf: (id: number) => MainToFork): Promise<string> {
    if (this.#end !== undefined) return Promise.reject(this.#end)
    if (this.#waiters.size >= REQUEST_LIMIT)
      return Promise.reject(new ExecutionError("too many requests wait for the fork's remote"))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject })
      this.worker.ref()
      this.worker.postMessage(messageOf(id))
    })
  }

  /** It has ended by itself. */
  #fail(reason: string): void {
    if (this.#end !== undefined) return
    const message = `${FORK_THREAD_ENDED}: ${reason}`
    this.#refuseAll(new ExecutionError(message))
    for (const bridge of this.#bridges.values()) new StateAnswers(bridge).end(message)
    this.#onFailure?.(new ForkThreadError(reason))
  }

  #refuseAll(reason: Error): void {
    this.#end ??= reason
    for (const { reject } of this.#waiters.values()) reject(reason)
    this.#waiters.clear()
  }

  #take(message: ForkToMain): void {
    if ('bridge' in message) {
      this.#bridges.set(message.reader, message.bridge)
      return
    }
    const waiter = this.#waiters.get(message.id)
    this.#waiters.delete(message.id)
    if (this.#waiters.size === 0) this.worker.unref()
    if (message.ok) waiter?.resolve(message.text)
    else if (message.code === undefined) waiter?.reject(new ExecutionError(message.message))
    else waiter?.reject(new RemoteAnswerError(message.message, message.code, message.data))
  }
}

class ForkThreadError extends Error {
  override readonly name = 'ForkThreadError'

  constructor(reason: string) {
    super(
      `The thread that asks the fork's remote has ended.\n  reason: ${reason}\n` +
        '  next: start again: what was read of the remote is kept; if this repeats, delete the cache of the fork.',
    )
  }
}

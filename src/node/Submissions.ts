import type { MessagePort } from 'node:worker_threads'
import { keccak256 } from '../kernels/index.ts'
import type { SubmitOutcome } from '../rpc/index.ts'
import {
  ARRIVALS_LIMIT,
  type PooledTransaction,
  poolFull,
  type TransactionRules,
} from '../sequencer/index.ts'
import type { SequencerToMain } from './messages.ts'
import type { PoolView } from './PoolView.ts'
import type { RecoveryAnswer } from './recoveryWorker.ts'
import { SenderRecovery } from './SenderRecovery.ts'
import type { Signal } from './Signal.ts'
import { decodeTransactions } from './transactionCodec.ts'

/**
 * How long this thread waits in place for the answer to a transaction that is alone, in ms. Coming back through the
 * event loop costs 80 µs, an execution mostly 50.
 */
const ANSWER_WAIT_MS = 0.3

type Waiter = { raw: Uint8Array; resolve: (outcome: SubmitOutcome) => void }
type Step = Extract<SequencerToMain, { kind: 'step' }>

/**
 * The way of a transaction from JSON-RPC to the sequencer and of its answer back. At most {@link ARRIVALS_LIMIT} are
 * unanswered; beyond, `txpool is full`.
 */
export class Submissions {
  readonly #port: MessagePort
  readonly #signal: Signal
  readonly #answers: Signal
  /** Takes in what the sequencer has sent. */
  readonly #receive: () => void
  readonly #pool: PoolView
  readonly #rules: () => TransactionRules
  readonly #recovery: SenderRecovery
  /** Arrived in this turn of the event loop. */
  #incoming: Waiter[] = []
  /** At their signature recovery, in order. */
  readonly #recovering: Waiter[] = []
  readonly #byTicket = new Map<number, Waiter>()
  #nextTicket = 0
  #unanswered = 0
  onQueued: (transaction: PooledTransaction) => void = () => {}

  constructor(options: {
    port: MessagePort
    signal: Signal
    answers: Signal
    receive: () => void
    pool: PoolView
    rules: () => TransactionRules
  }) {
    this.#port = options.port
    this.#signal = options.signal
    this.#answers = options.answers
    this.#receive = options.receive
    this.#pool = options.pool
    this.#rules = options.rules
    this.#recovery = new SenderRecovery((result) => this.#send(result))
  }

  startWorkers(onError: (error: Error) => void): Promise<void> {
    return this.#recovery.start(onError)
  }

  submit(raw: Uint8Array): Promise<SubmitOutcome> {
    if (this.#unanswered >= ARRIVALS_LIMIT) return Promise.resolve(poolFull(this.#unanswered, ARRIVALS_LIMIT))
    this.#unanswered++
    return new Promise((resolve) => {
      if (this.#unanswered === 1) {
        this.#submitAlone({ raw, resolve })
        return
      }
      // All that came in with one turn of the event loop goes together: one message, one chunk.
      if (this.#incoming.length === 0) setImmediate(() => this.#flush())
      this.#incoming.push({ raw, resolve })
    })
  }

  /** Answers what a step of the sequencer decided; the view must have applied its records before. */
  settle(step: Step): void {
    for (const hash of step.dropped) this.#pool.remove(hash)
    for (const { first, count } of step.executed) {
      for (let ticket = first; ticket < first + count; ticket++)
        this.#settle(ticket, (hash) => ({ kind: 'executed', hash }))
    }
    for (const { ticket, code, message } of step.refused) {
      this.#settle(ticket, (hash) => ({ kind: 'refused', code, message, hash }))
    }
    for (const { ticket, expectedNonce, transaction } of step.queued) {
      for (const queued of decodeTransactions(transaction)) {
        this.#pool.add(queued)
        this.onQueued(queued)
      }
      this.#settle(ticket, (hash) => ({ kind: 'queued', hash, expectedNonce }))
    }
  }

  /** Refuses everything that is unanswered. */
  async close(): Promise<void> {
    const refusal: SubmitOutcome = {
      kind: 'refused',
      code: 'Pool.SHUTTING_DOWN',
      message: 'node is shutting down',
    }
    for (const waiter of [...this.#incoming, ...this.#recovering, ...this.#byTicket.values()])
      waiter.resolve(refusal)
    this.#incoming = []
    this.#recovering.length = 0
    this.#byTicket.clear()
    await this.#recovery.close()
  }

  /** Nothing else is under way: the sequencer wakes while the signer is recovered, and is waited for. */
  #submitAlone(waiter: Waiter): void {
    const mark = this.#answers.mark()
    this.#signal.announce()
    this.#recovering.push(waiter)
    this.#recovery.prepare([waiter.raw], this.#rules())
    this.#signal.withdraw()
    if (this.#byTicket.size === 0) return
    this.#answers.spin(mark, ANSWER_WAIT_MS)
    this.#receive()
  }

  #flush(): void {
    const arrived = this.#incoming
    this.#incoming = []
    if (arrived.length === 0) return
    for (const waiter of arrived) this.#recovering.push(waiter)
    this.#recovery.prepare(
      arrived.map(({ raw }) => raw),
      this.#rules(),
    )
  }

  #send({ ready, refusals }: Omit<RecoveryAnswer, 'id'>): void {
    const firstTicket = this.#nextTicket
    for (const { refusal, waiter } of this.#takeRecovered(refusals)) {
      if (refusal === undefined) this.#byTicket.set(this.#nextTicket++, waiter)
      else {
        this.#unanswered--
        waiter.resolve({ ...refusal, hash: keccak256(waiter.raw) })
      }
    }
    if (ready.length === 0) return
    this.#port.postMessage({ kind: 'submit', firstTicket, transactions: ready }, [
      ready.buffer as ArrayBuffer,
    ])
    this.#signal.wake()
  }

  #takeRecovered(
    refusals: RecoveryAnswer['refusals'],
  ): { refusal: (typeof refusals)[number]; waiter: Waiter }[] {
    const waiters = this.#recovering.splice(0, refusals.length)
    return waiters.map((waiter, i) => ({ waiter, refusal: refusals[i] }))
  }

  #settle(ticket: number, outcome: (hash: Uint8Array) => SubmitOutcome): void {
    const waiter = this.#byTicket.get(ticket)
    if (waiter === undefined) return
    this.#byTicket.delete(ticket)
    this.#unanswered--
    waiter.resolve(outcome(keccak256(waiter.raw)))
  }
}

import { keccak256 } from '../../kernels/index.ts'
import { encodePrepared } from '../../protocol/index.ts'
import type { OutcomeReceiver, SubmitOutcome, TransactionIntake } from '../../rpc/index.ts'
import type { EntryRun, PooledTransaction, SequencerStep, TransactionRules } from '../../sequencer/index.ts'
import { oneOutcome, type PoolView, prepareTransaction, SHUTTING_DOWN } from '../intake/index.ts'

type Waiting = { receiver: OutcomeReceiver; position: number; hash: Uint8Array }

export type DirectIntakeOptions = {
  pool: PoolView
  rules: () => TransactionRules
  /** Has the sequencer take a run; what comes of it is settled, perhaps before it returns. */
  take: (run: EntryRun) => void
  onQueued: (transaction: PooledTransaction) => void
}

/**
 * The way of a transaction to a sequencer on the same thread, and of its answer back: it is checked, recovered and
 * executed while the caller submits it. What can't be decided yet waits in the sequencer, which bounds how many do.
 */
export class DirectIntake implements TransactionIntake {
  readonly isFull = false
  readonly #options: DirectIntakeOptions
  readonly #waiting = new Map<number, Waiting>()
  #nextTicket = 0

  constructor(options: DirectIntakeOptions) {
    this.#options = options
  }

  submit(raw: Uint8Array, receiver: OutcomeReceiver, position: number): void {
    const prepared = prepareTransaction(raw, this.#options.rules())
    if (prepared.kind === 'refused') {
      receiver.settle(position, { ...prepared, hash: keccak256(raw) })
      return
    }
    const { transaction } = prepared
    const ticket = this.#nextTicket++
    this.#waiting.set(ticket, { receiver, position, hash: transaction.hash })
    this.#options.take({ firstTicket: ticket, count: 1, entries: encodePrepared([transaction]) })
  }

  submitOne(raw: Uint8Array): Promise<SubmitOutcome> {
    return new Promise((resolve) => this.submit(raw, oneOutcome(resolve), 0))
  }

  /** There is always room: nothing waits here. */
  whenRoom(callback: () => void): void {
    setImmediate(callback)
  }

  /** Answers what a step of the sequencer decided; the view must have applied its records before. */
  settle({ executed, queued, refused, dropped }: SequencerStep): void {
    const { pool, onQueued } = this.#options
    for (const { transaction } of dropped) pool.remove(transaction.hash)
    for (const { first, count } of executed) {
      for (let ticket = first; ticket < first + count; ticket++) {
        const waiting = this.#take(ticket)
        waiting?.receiver.executed(waiting.position, waiting.hash, 0)
      }
    }
    for (const { ticket, code, message } of refused)
      this.#settle(ticket, (hash) => ({ kind: 'refused', code, message, hash }))
    for (const { ticket, expectedNonce, transaction } of queued) {
      pool.add(transaction)
      onQueued(transaction)
      this.#settle(ticket, (hash) => ({ kind: 'queued', hash, expectedNonce }))
    }
  }

  /** Refuses everything that is unanswered. */
  close(): void {
    for (const ticket of this.#waiting.keys()) this.#settle(ticket, (hash) => ({ ...SHUTTING_DOWN, hash }))
  }

  #settle(ticket: number, outcomeOf: (hash: Uint8Array) => SubmitOutcome): void {
    const waiting = this.#take(ticket)
    waiting?.receiver.settle(waiting.position, outcomeOf(waiting.hash))
  }

  #take(ticket: number): Waiting | undefined {
    const waiting = this.#waiting.get(ticket)
    this.#waiting.delete(ticket)
    return waiting
  }
}

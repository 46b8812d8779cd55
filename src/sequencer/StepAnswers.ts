import { type Arrival, arrivalsOf, type EntryRun } from './ArrivalQueue.ts'
import { type CommandAnswer, commandOf, type SubmittedOutcome } from './commands.ts'
import type { PooledTransaction } from './PooledTransaction.ts'
import type { Refusal, RefusalCode } from './Refusal.ts'

/** Tickets that count up from `first`. */
export type TicketRange = { first: number; count: number }

/** Waits in the pool; `expectedNonce` is the sender's next. */
export type QueuedAnswer = { ticket: number; expectedNonce: bigint; transaction: PooledTransaction }

export type RefusedAnswer = { ticket: number; code: RefusalCode; message: string }

/** A transaction that left the pool without being executed. */
export type DroppedTransaction = { transaction: PooledTransaction; reason: string }

/** What is told with a step's frames, once they are written. */
export type Answers = {
  executed: TicketRange[]
  queued: QueuedAnswer[]
  refused: RefusedAnswer[]
  dropped: DroppedTransaction[]
  commanded: CommandAnswer[]
}

/** Gathers what came of transactions and commands until the next step. */
export class StepAnswers {
  #answers = noAnswers()

  executed(firstTicket: number | undefined, count: number): void {
    if (firstTicket === undefined || this.#commandOfTicket(firstTicket, { kind: 'executed' })) return
    const { executed } = this.#answers
    const last = executed.at(-1)
    if (last !== undefined && last.first + last.count === firstTicket) last.count += count
    else executed.push({ first: firstTicket, count })
  }

  queued({ ticket, transaction }: Arrival, expectedNonce: bigint): void {
    if (ticket === undefined) return
    this.#answers.queued.push({ ticket, expectedNonce, transaction })
    this.#commandOfTicket(ticket, { kind: 'queued', expectedNonce })
  }

  refused({ ticket, transaction }: Arrival, { code, message }: Refusal): void {
    if (ticket === undefined) this.dropped(transaction, message)
    else if (!this.#commandOfTicket(ticket, { kind: 'refused', code, message }))
      this.#answers.refused.push({ ticket, code, message })
  }

  refusedRun(run: EntryRun, refusal: Refusal): void {
    for (const arrival of arrivalsOf(run)) this.refused(arrival, refusal)
  }

  dropped(transaction: PooledTransaction, reason: string): void {
    this.#answers.dropped.push({ transaction, reason })
  }

  commanded(answer: CommandAnswer): void {
    this.#answers.commanded.push(answer)
  }

  /** False if the transaction did not come with a command. */
  #commandOfTicket(ticket: number, outcome: SubmittedOutcome): boolean {
    const id = commandOf(ticket)
    if (id !== undefined) this.commanded({ id, ok: true, outcome })
    return id !== undefined
  }

  get isEmpty(): boolean {
    const { executed, queued, refused, dropped, commanded } = this.#answers
    return executed.length + queued.length + refused.length + dropped.length + commanded.length === 0
  }

  take(): Answers {
    const answers = this.#answers
    this.#answers = noAnswers()
    return answers
  }
}

function noAnswers(): Answers {
  return { executed: [], queued: [], refused: [], dropped: [], commanded: [] }
}

import { BoundedQueue } from '../lib/index.ts'
import { preparedEntries } from '../protocol/index.ts'
import { type PooledTransaction, pooledTransaction } from './PooledTransaction.ts'

/** Most transactions that wait for the parent's hash or the next block's gas. */
export const ARRIVALS_LIMIT = 16_384

/** Transactions that follow one another in order of arrival: entries of protocol/preparedTransaction.ts. */
export type EntryRun = {
  /** Number under which the answer to the first is expected; the others' count up. Undefined: acknowledged before. */
  firstTicket: number | undefined
  count: number
  /** Not kept once all of them are answered. */
  entries: Uint8Array
}

/** A transaction as an object; without a ticket it was acknowledged before. */
export type Arrival = { ticket: number | undefined; transaction: PooledTransaction }

/** What has arrived and isn't decided yet, at most {@link ARRIVALS_LIMIT} transactions. */
export class ArrivalQueue {
  readonly #runs = new BoundedQueue<EntryRun>(ARRIVALS_LIMIT)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Appends a run of at least one transaction; false if there is no room for all of it, and nothing is changed. */
  push(run: EntryRun): boolean {
    if (this.#count + run.count > ARRIVALS_LIMIT) return false
    this.#count += run.count
    return this.#runs.push({ ...run })
  }

  /** The oldest run, without what was taken of it; don't keep it. */
  get front(): Readonly<EntryRun> | undefined {
    return this.#runs.peek()
  }

  /** Takes transactions from the front, `bytes` of entries. */
  take(count: number, bytes: number): void {
    const run = this.#runs.peek()!
    this.#count -= count
    run.count -= count
    run.entries = run.entries.subarray(bytes)
    if (run.firstTicket !== undefined) run.firstTicket += count
    if (run.count === 0) this.#runs.shift()
  }

  [Symbol.iterator](): Iterator<Readonly<EntryRun>> {
    return this.#runs[Symbol.iterator]()
  }
}

/** The transactions of a run, in order. */
export function* arrivalsOf({ firstTicket, entries }: EntryRun): Generator<Arrival, void> {
  let index = 0
  for (const { transaction } of preparedEntries(entries)) {
    const ticket = firstTicket === undefined ? undefined : firstTicket + index++
    yield { ticket, transaction: pooledTransaction(transaction) }
  }
}

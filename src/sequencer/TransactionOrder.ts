import { equalBytes } from '../lib/index.ts'
import { type BlockEnv, encodePrepared, preparedEntries, readPrepared } from '../protocol/index.ts'
import { ARRIVALS_LIMIT, type Arrival, ArrivalQueue, arrivalsOf, type EntryRun } from './ArrivalQueue.ts'
import type { ExecutionEngine } from './ExecutionEngine.ts'
import type { Mining } from './Mining.ts'
import { type PooledTransaction, pooledTransaction } from './PooledTransaction.ts'
import type { RecordWriter } from './RecordWriter.ts'
import {
  beyondBlockGas,
  nonceTooLow,
  poolFull,
  type Refusal,
  type RefusalCode,
  refuse,
  stateUnavailable,
} from './Refusal.ts'
import type { StepAnswers } from './StepAnswers.ts'
import type { TransactionPool } from './TransactionPool.ts'

/**
 * The order in which transactions are executed.
 *
 * One that can't be executed in the open block (its gas doesn't fit, or it reads a parent hash that isn't known yet)
 * holds all that arrived behind it, so that the order of arrival is kept.
 *
 * Transactions arrive as bytes and are executed in batches as they are. Objects are made only of those that have to do
 * with the pool, or that the engine refuses.
 */
export class TransactionOrder {
  readonly #engine: ExecutionEngine
  readonly #pool: TransactionPool
  readonly #mining: Mining
  readonly #writer: RecordWriter
  readonly #answers: StepAnswers
  readonly #arrivals = new ArrivalQueue()
  /** Taken out of the pool, or stopped half-way; goes before the arrivals. Never longer than the pool's limit and 1. */
  #ready: Arrival[] = []
  #env: BlockEnv | undefined
  /** Nothing is executed before. */
  blockedUntil: 'parentHash' | 'nextBlock' | undefined = 'nextBlock'
  /** What waits in the pool may be executable: it is looked at once. */
  mayPoolRun = true

  constructor(options: {
    engine: ExecutionEngine
    pool: TransactionPool
    mining: Mining
    writer: RecordWriter
    answers: StepAnswers
  }) {
    this.#engine = options.engine
    this.#pool = options.pool
    this.#mining = options.mining
    this.#writer = options.writer
    this.#answers = options.answers
  }

  /** Of the open block; undefined between two. */
  get env(): BlockEnv | undefined {
    return this.#env
  }

  /** Takes transactions that arrive. */
  push(run: EntryRun): void {
    if (!this.#arrivals.push(run))
      this.#answers.refusedRun(run, poolFull(this.#arrivals.count, ARRIVALS_LIMIT))
  }

  get hasArrivals(): boolean {
    return this.#ready.length > 0 || this.#arrivals.front !== undefined
  }

  /** A block is open, and executes nothing yet. */
  enter(env: BlockEnv): void {
    this.#env = env
  }

  /** The block executes from now on. */
  begin(): void {
    this.blockedUntil = undefined
    // Fee caps meet the new base fee; also catches nonces that moved otherwise than by a transaction of their owner.
    for (const sender of this.#pool.senders()) this.promote(sender)
  }

  /** No block is open. */
  leave(): void {
    this.#env = undefined
    this.blockedUntil = 'nextBlock'
  }

  /** Executes what can be executed. */
  run(): void {
    if (this.#mining.mode.kind === 'manual') this.#poolArrivals()
    while (this.blockedUntil === undefined) {
      const ready = this.#ready.shift()
      if (ready !== undefined) this.#execute(ready)
      else if (this.#arrivals.front !== undefined) this.#executeRun(this.#arrivals.front)
      else break
      if (this.#writer.isChunkFull) this.#writer.endChunk()
    }
    this.#writer.flushExecuted()
  }

  /** Transactions that are executed only on demand wait like those whose turn hasn't come. */
  #poolArrivals(): void {
    for (let run = this.#arrivals.front; run !== undefined; run = this.#arrivals.front)
      this.#arrive(this.#takeArrival(run))
  }

  /** Executes what it can of the oldest arrivals; at least one of them is decided, or the chunk is ended. */
  #executeRun(run: EntryRun): void {
    const bytes = this.#bytesBeforePooled(run.entries)
    if (bytes > 0) {
      const { firstTicket } = run
      const { executed, bytesTaken, stop } = this.#writer.executeBatch(run.entries.subarray(0, bytes))
      if (executed > 0) {
        this.#arrivals.take(executed, bytesTaken)
        this.#answers.executed(firstTicket, executed)
      }
      if (stop === undefined && bytesTaken < bytes) this.#writer.endChunk()
      if (stop?.kind === 'needsParentHash') this.#block('parentHash', this.#takeArrival(run))
      if (stop?.kind === 'unavailable')
        this.#answers.refused(this.#takeArrival(run), stateUnavailable(stop.message))
      if (stop?.kind !== 'invalid') return
    }
    // Whatever the engine refuses, the pool may want.
    this.#arrive(this.#takeArrival(run))
  }

  /** The oldest arrival, as an object. */
  #takeArrival({ firstTicket, entries }: EntryRun): Arrival {
    const { transaction, end } = readPrepared(entries, 0)
    const arrival = { ticket: firstTicket, transaction: pooledTransaction(transaction) }
    this.#arrivals.take(1, end)
    return arrival
  }

  /** Bytes of the entries before the first by, or with an authority of, somebody of whom something waits. */
  #bytesBeforePooled(entries: Uint8Array): number {
    if (this.#pool.size === 0) return entries.length
    let bytes = 0
    for (const { transaction, end } of preparedEntries(entries)) {
      if (this.#pool.hasSender(transaction.sender)) break
      if (transaction.authorities.some((each) => each !== undefined && this.#pool.hasSender(each))) break
      bytes = end
    }
    return bytes
  }

  #arrive(arrival: Arrival): void {
    const { transaction } = arrival
    const sender = this.#engine.getAccount(transaction.sender) ?? { nonce: 0n, balance: 0n }
    if (transaction.nonce < sender.nonce) {
      this.#answers.refused(arrival, nonceTooLow(sender.nonce, transaction.nonce))
      return
    }
    const waits =
      transaction.nonce > sender.nonce ||
      this.#mining.mode.kind === 'manual' ||
      this.#isBelowBaseFee(transaction)
    if (!waits && this.#pool.at(transaction.sender, transaction.nonce) === undefined) {
      this.#execute(arrival)
      return
    }
    const addition = this.#pool.add(transaction, sender)
    if (addition.kind === 'refused') {
      this.#answers.refused(arrival, addition)
      return
    }
    if (addition.replaced !== undefined)
      this.#answers.dropped(addition.replaced, 'replaced by a transaction that pays more')
    if (waits) this.#answers.queued(arrival, sender.nonce)
    else {
      this.#pool.remove(transaction)
      this.#ready.push(arrival)
    }
  }

  #execute(arrival: Arrival): void {
    const { ticket, transaction } = arrival
    const { gasLimit } = this.#env!
    if (transaction.gasLimit > gasLimit) {
      this.#answers.refused(arrival, beyondBlockGas())
      return
    }
    if (transaction.gasLimit > gasLimit - this.#engine.cumulativeGasUsed) {
      this.#block('nextBlock', arrival)
      return
    }
    const entry = encodePrepared([transaction])
    let { executed, stop } = this.#writer.executeBatch(entry)
    if (executed === 0 && stop === undefined) {
      // The engine has room for its receipt once the chunk is taken.
      this.#writer.endChunk()
      ;({ executed, stop } = this.#writer.executeBatch(entry))
    }
    if (stop?.kind === 'needsParentHash') this.#block('parentHash', arrival)
    else if (stop?.kind === 'unavailable') this.#answers.refused(arrival, stateUnavailable(stop.message))
    else if (stop?.kind === 'invalid')
      this.#answers.refused(arrival, refuse(stop.code as RefusalCode, stop.message))
    else {
      this.#answers.executed(ticket, 1)
      this.promote(transaction.sender)
      for (const authority of transaction.authorities) if (authority !== undefined) this.promote(authority)
    }
  }

  #block(until: 'parentHash' | 'nextBlock', arrival: Arrival): void {
    this.blockedUntil = until
    this.#ready.unshift(arrival)
  }

  /** Moves the account's waiting transaction whose turn has come out of the pool. */
  promote(address: Uint8Array): void {
    if (this.#pool.size === 0) return
    const nonce = this.#engine.getAccount(address)?.nonce ?? 0n
    for (const overtaken of this.#pool.dropBelow(address, nonce)) {
      this.#answers.dropped(overtaken, nonceTooLow(nonce, overtaken.nonce).message)
    }
    const next = this.#pool.at(address, nonce)
    if (next === undefined || this.#isBelowBaseFee(next)) return
    this.#pool.remove(next)
    this.#ready.splice(this.#placeOf(next), 0, { ticket: undefined, transaction: next })
  }

  /** Where it goes among those that are ready: of what is executed on demand, who pays more comes first. */
  #placeOf(transaction: PooledTransaction): number {
    if (this.#mining.mode.kind !== 'manual') return this.#ready.length
    const { baseFeePerGas } = this.#env!
    const tip = tipOf(transaction, baseFeePerGas)
    const place = this.#ready.findIndex((each) => tipOf(each.transaction, baseFeePerGas) < tip)
    return place === -1 ? this.#ready.length : place
  }

  #isBelowBaseFee(transaction: PooledTransaction): boolean {
    return transaction.maxFeePerGas < this.#env!.baseFeePerGas
  }

  /** Whether something that waits in the pool could be executed in the next block, of that base fee. */
  canPoolRun(baseFeeOf: () => bigint): boolean {
    if (!this.mayPoolRun) return false
    this.mayPoolRun = false
    const baseFee = baseFeeOf()
    return this.#pool.senders().some((sender) => {
      const next = this.#pool.at(sender, this.#engine.getAccount(sender)?.nonce ?? 0n)
      return next !== undefined && next.maxFeePerGas >= baseFee
    })
  }

  /** Acknowledged transactions that are not executed yet. */
  *waiting(): Generator<PooledTransaction> {
    for (const { ticket, transaction } of this.#ready) if (ticket === undefined) yield transaction
    for (const run of this.#arrivals) {
      if (run.firstTicket === undefined) for (const { transaction } of arrivalsOf(run)) yield transaction
    }
    yield* this.#pool.transactions()
  }

  /** Drops what waits: with that hash, of that sender. Gives how many there were. */
  drop({ hash, sender }: { hash?: Uint8Array; sender?: Uint8Array }): number {
    const isMeant = (transaction: PooledTransaction): boolean =>
      (hash === undefined || equalBytes(transaction.hash, hash)) &&
      (sender === undefined || equalBytes(transaction.sender, sender))
    const meant = [...this.waiting()].filter(isMeant)
    for (const transaction of meant) {
      this.#pool.remove(transaction)
      this.#answers.dropped(transaction, 'dropped on demand')
    }
    this.#ready = this.#ready.filter((each) => each.ticket !== undefined || !isMeant(each.transaction))
    return meant.length
  }

  /** Refuses what has arrived, but for what was acknowledged before; nothing more is executed in the open block. */
  refuseArrivals(refusal: Refusal): void {
    this.blockedUntil ??= 'nextBlock'
    for (const arrival of this.#ready)
      if (arrival.ticket !== undefined) this.#answers.refused(arrival, refusal)
    this.#ready = this.#ready.filter(({ ticket }) => ticket === undefined)
    for (let run = this.#arrivals.front; run !== undefined; run = this.#arrivals.front) {
      if (run.firstTicket === undefined) this.#ready.push(...arrivalsOf(run))
      else this.#answers.refusedRun(run, refusal)
      this.#arrivals.take(run.count, run.entries.length)
    }
  }
}

/** What a transaction pays per gas beyond the base fee, wei. */
function tipOf({ maxFeePerGas, maxPriorityFeePerGas }: PooledTransaction, baseFeePerGas: bigint): bigint {
  const left = maxFeePerGas - baseFeePerGas
  return left < maxPriorityFeePerGas ? left : maxPriorityFeePerGas
}

import { BaseUnavailableError } from '../execution/index.ts'
import type { SealHeader } from '../feed/index.ts'
import { assert, type Clock, equalBytes } from '../lib/index.ts'
import {
  type AccountWrite,
  type BlockEnv,
  encodePrepared,
  type MiningMode,
  preparedEntries,
  readPrepared,
} from '../protocol/index.ts'
import { ARRIVALS_LIMIT, type Arrival, ArrivalQueue, arrivalsOf, type EntryRun } from './ArrivalQueue.ts'
import { type BlockSchedule, environmentOf } from './blockEnvironment.ts'
import type { ChainTail } from './ChainTail.ts'
import { type ChainCommand, diffOfWrites, type RewindCommand, ticketOf } from './commands.ts'
import type { ExecutionEngine, SystemCalls } from './ExecutionEngine.ts'
import { MINED_BLOCKS_LIMIT, Mining } from './Mining.ts'
import { NextBlock } from './NextBlock.ts'
import { type PooledTransaction, pooledTransaction } from './PooledTransaction.ts'
import { RecordWriter, type RecordWriterOptions } from './RecordWriter.ts'
import {
  beyondBlockGas,
  nonceTooLow,
  poolFull,
  type RefusalCode,
  refuse,
  stateUnavailable,
} from './Refusal.ts'
import type { SequencerWatch } from './SequencerWatch.ts'
import { type Answers, StepAnswers } from './StepAnswers.ts'
import type { TransactionPool } from './TransactionPool.ts'

const SHUTTING_DOWN = 'node is shutting down'

export type SequencerOptions = RecordWriterOptions & {
  system: SystemCalls
  pool: TransactionPool
  /** 32 fresh bytes for each block's prevRandao. */
  randomness: () => Uint8Array
  schedule: BlockSchedule
  mining: MiningMode
  /** The chain's clock may be ahead of the machine's: a developer has moved it. */
  isDev: boolean
  /** Hashes of blocks before the log's first, of a chain that goes on after another. */
  hashBefore?: (number: bigint) => Uint8Array | undefined
}

/** What came of the calls since the last step. The frames must be written before the answers are given. */
export type SequencerStep = Answers & {
  /** Encoded records, one behind the other. */
  frames: Uint8Array
  frameCount: number
}

/**
 * Orders and executes transactions as they arrive and decides every record of the log. It has no threads, files or
 * clock of its own: {@link Sequencer.submit}, {@link Sequencer.setHeader} and {@link Sequencer.tick} come from
 * outside, {@link Sequencer.takeStep} gives what is to be written, then told.
 *
 * A transaction that can't be executed in the open block (its gas doesn't fit, or it reads a parent hash that isn't
 * known yet) holds all that arrived behind it, so that the order of arrival is kept.
 *
 * Transactions arrive as bytes and are executed in batches as they are. Objects are made only of those that have to do
 * with the pool, or that the engine refuses.
 */
export class Sequencer {
  readonly #engine: ExecutionEngine
  readonly #system: SystemCalls
  readonly #pool: TransactionPool
  readonly #tail: ChainTail
  readonly #clock: Clock
  readonly #options: SequencerOptions
  readonly #arrivals = new ArrivalQueue()
  /** Taken out of the pool, or stopped half-way; goes before the arrivals. Never longer than the pool's limit and 1. */
  #ready: Arrival[] = []
  #blockedUntil: 'parentHash' | 'nextBlock' | undefined = 'nextBlock'
  #env: BlockEnv | undefined
  #parentHashStored = false
  readonly #writer: RecordWriter
  readonly #answers = new StepAnswers()
  readonly #watch: SequencerWatch | undefined
  readonly #mining: Mining
  readonly #nextBlock: NextBlock
  /** The open block has only been opened for state that is written; it is opened again for transactions. */
  #isDraft = false
  /** What waits in the pool may be executable: it is looked at once. */
  #mayPoolRun = true
  /** See the command of that name; the others wait until it ends. */
  #hold: { id: number; isReached: boolean; waiting: { id: number; command: ChainCommand }[] } | undefined
  #finishing = false

  constructor(options: SequencerOptions) {
    this.#options = options
    this.#engine = options.engine
    this.#system = options.system
    this.#pool = options.pool
    this.#tail = options.tail
    this.#clock = options.clock
    this.#watch = options.watch
    this.#writer = new RecordWriter(options)
    const nowMs = this.#nowMs()
    this.#mining = new Mining(options.mining, nowMs)
    this.#nextBlock = new NextBlock(options.schedule, options.randomness)
    const { timestamp } = this.#tail.closed
    if (options.isDev && timestamp > this.#nextBlock.clockS(nowMs)) this.#nextBlock.setTime(timestamp, nowMs)
    if (this.#tail.open !== undefined) this.#resumeOpenBlock()
    this.tick()
  }

  /** Executes what can be executed. Answers come with the next step, or later for what has to wait its turn. */
  submit(runs: readonly EntryRun[]): void {
    for (const run of runs) {
      if (!this.#arrivals.push(run))
        this.#answers.refusedRun(run, poolFull(this.#arrivals.count, ARRIVALS_LIMIT))
    }
    if (this.#mining.isLazy) this.tick()
    else this.#run()
  }

  /** Carries out a command of the developer. The answer comes with a step. */
  command(id: number, command: ChainCommand): void {
    const endsHold = command.kind === 'release' || command.kind === 'rewind'
    if (this.#finishing) this.#answers.commanded({ id, ok: false, message: SHUTTING_DOWN })
    else if (this.#hold !== undefined && !endsHold) this.#hold.waiting.push({ id, command })
    else this.#perform(id, command)
    this.tick()
  }

  /** Takes the next block's finished header from the sealer and writes it to the log. */
  setHeader(record: SealHeader): void {
    assert(record.number === this.#tail.sealedNumber + 1n, 'headers come in order')
    this.#writer.write(record)
    this.#storeParentHash()
    this.tick()
  }

  /** Does what is due: seals mini-blocks, closes and opens blocks. */
  tick(): void {
    if (this.#hold !== undefined) {
      this.#reachHold()
      return
    }
    do {
      if (this.#mayClose()) this.#closeBlock()
      if (this.#mayOpen()) this.#openBlock()
      this.#run()
    } while (this.#mayClose())
    this.#writer.sealIfDue()
  }

  /** Most transactions of a chunk: more at once only wait. */
  get chunkTransactions(): number {
    return this.#writer.chunkTransactions
  }

  /** Something was executed that no mini-block has taken in yet. */
  get isMiniBlockOpen(): boolean {
    return this.#tail.unsealed.transactionCount > 0
  }

  /** When {@link Sequencer.tick} has something to do, Unix milliseconds; infinite when only a header or a command can wake it. */
  get nextDeadlineMs(): number {
    if (this.#hold !== undefined) return Infinity
    const isTimed = this.#tail.open !== undefined && this.#parentHashStored && !this.#mining.isLazy
    const closeMs = isTimed ? this.#mining.closeDueMs : Infinity
    return this.#tail.unsealed.transactionCount > 0 ? Math.min(closeMs, this.#writer.sealDueMs) : closeMs
  }

  /** A header is waited for: that of a block that is complete, in a mode in which nothing else is to be done meanwhile. */
  get isHeaderAwaited(): boolean {
    return this.#mining.isLazy && this.#tail.sealedNumber < this.#tail.closed.number
  }

  /** Closes the open block as soon as its parent's hash is there, and opens none after it. */
  finish(): void {
    this.#finishing = true
    this.#endHold()
    this.#mining.closeDueMs = 0
    this.#blockedUntil ??= 'nextBlock'
    const refusal = refuse('Pool.SHUTTING_DOWN', SHUTTING_DOWN)
    for (const arrival of this.#ready)
      if (arrival.ticket !== undefined) this.#answers.refused(arrival, refusal)
    this.#ready = this.#ready.filter(({ ticket }) => ticket === undefined)
    for (let run = this.#arrivals.front; run !== undefined; run = this.#arrivals.front) {
      if (run.firstTicket === undefined) this.#ready.push(...arrivalsOf(run))
      else this.#answers.refusedRun(run, refusal)
      this.#arrivals.take(run.count, run.entries.length)
    }
    this.tick()
  }

  /** All blocks are closed and their headers written; one without transactions may stay open for the next start. */
  get isFinished(): boolean {
    const isClosed = this.#tail.open === undefined || this.#isDraft
    return this.#finishing && isClosed && this.#tail.sealedNumber === this.#tail.closed.number
  }

  /** Acknowledged transactions that are not executed yet. */
  *waiting(): Generator<PooledTransaction> {
    for (const { ticket, transaction } of this.#ready) if (ticket === undefined) yield transaction
    for (const run of this.#arrivals) {
      if (run.firstTicket === undefined) for (const { transaction } of arrivalsOf(run)) yield transaction
    }
    yield* this.#pool.transactions()
  }

  takeStep(): SequencerStep | undefined {
    if (this.#writer.frameCount === 0 && this.#answers.isEmpty) return undefined
    return { ...this.#answers.take(), ...this.#writer.take() }
  }

  // Transactions

  #run(): void {
    if (this.#mining.mode.kind === 'manual') this.#poolArrivals()
    while (this.#blockedUntil === undefined && this.#hold === undefined) {
      const ready = this.#ready.shift()
      if (ready !== undefined) this.#execute(ready)
      else if (this.#arrivals.front !== undefined) this.#executeRun(this.#arrivals.front)
      else break
      if (this.#writer.isChunkFull) this.#writer.endChunk()
    }
    this.#writer.flushExecuted()
    if (this.#mining.isLazy && this.#blockedUntil === undefined) this.#completeBlock()
  }

  /** All has arrived that shares the block: what comes later gets another. */
  #completeBlock(): void {
    this.#blockedUntil = 'nextBlock'
    // Nothing of what it was opened for could be executed.
    this.#isDraft = this.#tail.isEmpty && !this.#mining.isAsked
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
      this.#promote(transaction.sender)
      for (const authority of transaction.authorities) if (authority !== undefined) this.#promote(authority)
    }
  }

  #block(until: 'parentHash' | 'nextBlock', arrival: Arrival): void {
    this.#blockedUntil = until
    this.#ready.unshift(arrival)
  }

  /** Moves the account's waiting transaction whose turn has come out of the pool. */
  #promote(address: Uint8Array): void {
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

  // Commands

  #perform(id: number, command: ChainCommand): void {
    const nowMs = this.#nowMs()
    this.#mayPoolRun = true
    switch (command.kind) {
      case 'mine':
        this.#mine(id, command)
        return
      case 'submit': {
        const run = { firstTicket: ticketOf(id), count: 1, entries: encodePrepared([command]) }
        if (!this.#arrivals.push(run))
          this.#answers.refusedRun(run, poolFull(this.#arrivals.count, ARRIVALS_LIMIT))
        return
      }
      case 'drop':
        this.#answers.commanded({ id, ok: true, value: BigInt(this.#dropWaiting(command)) })
        return
      case 'writeState':
        try {
          this.#writeState(command.writes)
        } catch (error) {
          if (!(error instanceof BaseUnavailableError)) throw error
          this.#answers.commanded({ id, ok: false, message: error.message })
          return
        }
        break
      case 'setMining':
        this.#setMining(command.mode)
        break
      case 'wish': {
        const { timestamp } = command.wishes
        if (timestamp !== undefined && timestamp < this.#parent.timestamp) {
          this.#refuseTimestamp(id, timestamp)
          return
        }
        this.#nextBlock.wish(command.wishes, this.#isReopenable)
        this.#reopen()
        break
      }
      case 'increaseTime':
        this.#nextBlock.increaseTime(command.seconds)
        this.#reopen()
        this.#answers.commanded({ id, ok: true, value: this.#nextBlock.offsetS })
        return
      case 'setTime': {
        const ahead = command.time - this.#nextBlock.clockS(nowMs)
        this.#nextBlock.setTime(command.time, nowMs)
        this.#reopen()
        this.#answers.commanded({ id, ok: true, value: ahead > 0n ? ahead : 0n })
        return
      }
      case 'hold':
        this.#hold = { id, isReached: false, waiting: [] }
        return
      case 'release':
        this.#endHold()
        break
      case 'rewind':
        this.#rewind(command)
        this.#endHold()
        break
    }
    this.#answers.commanded({ id, ok: true })
  }

  /** Of the next block that is opened, or opened again. */
  get #parent(): { number: bigint; timestamp: bigint } {
    return this.#isReopenable || this.#tail.open === undefined ? this.#tail.closed : this.#tail.open
  }

  #refuseTimestamp(id: number, timestamp: bigint): void {
    const message = `Timestamp error: ${timestamp} is lower than previous block's timestamp`
    this.#answers.commanded({ id, ok: false, message })
  }

  #mine(id: number, { timestamp, count, stepS, stepsFirst }: Extract<ChainCommand, { kind: 'mine' }>): void {
    if (count > MINED_BLOCKS_LIMIT) {
      const message = `too many blocks: ${count} (limit ${MINED_BLOCKS_LIMIT})`
      this.#answers.commanded({ id, ok: false, message })
      return
    }
    if (timestamp !== undefined && timestamp < this.#parent.timestamp) {
      this.#refuseTimestamp(id, timestamp)
      return
    }
    if (timestamp !== undefined) this.#nextBlock.wish({ timestamp }, this.#isReopenable)
    // Where the open block's time stands already, the one that is asked for comes after it.
    const isLate = timestamp !== undefined && !this.#mining.isLazy && !this.#isReopenable
    if (count === 0) {
      this.#answers.commanded({ id, ok: true, value: this.#tail.closed.number })
      return
    }
    this.#mining.ask({ id, count: isLate ? count + 1 : count, stepS, stepsFirst })
    if (!this.#mining.isLazy) this.#reopen()
  }

  /** Gives how many were dropped. */
  #dropWaiting({ hash, sender }: { hash?: Uint8Array; sender?: Uint8Array }): number {
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

  #setMining(mode: MiningMode): void {
    const wasLazy = this.#mining.isLazy
    this.#mining.setMode(mode, this.#nowMs())
    // A block that was opened regularly is closed as it stands; lazily opened ones close by themselves.
    if (this.#mining.isLazy && !wasLazy && this.#tail.open !== undefined) this.#blockedUntil = 'nextBlock'
  }

  /** The next block's header fields can still be others. */
  get #isReopenable(): boolean {
    return this.#tail.open !== undefined && this.#tail.isEmpty && (this.#isDraft || !this.#mining.isLazy)
  }

  /** Has the next block's new fields show, where it is open already or needs not wait for anything. */
  #reopen(): void {
    if (!this.#mining.isLazy) {
      if (this.#isReopenable) this.#openBlock()
    } else if (this.#tail.open === undefined || this.#isDraft) {
      this.#writeOpenBlock()
      this.#isDraft = true
    }
  }

  /** Goes on towards the rest that is asked for; a header may have to come first. */
  #reachHold(): void {
    const hold = this.#hold!
    if (hold.isReached) return
    const hasTransactions = () => this.#tail.open !== undefined && this.#tail.transactionCount > 0
    if (this.#tail.unsealed.transactionCount > 0) this.#writer.sealMiniBlock()
    if (hasTransactions() && this.#parentHashStored) this.#closeBlock()
    if (hasTransactions() || this.#tail.sealedNumber < this.#tail.closed.number) return
    if (this.#tail.unsealed.chunkDigests.length > 0) this.#writer.sealMiniBlock()
    hold.isReached = true
    this.#answers.commanded({ id: hold.id, ok: true, value: this.#nextBlock.clockS(this.#nowMs()) })
  }

  #endHold(): void {
    const hold = this.#hold
    this.#hold = undefined
    if (hold?.isReached === false) this.#answers.commanded({ id: hold.id, ok: false, message: SHUTTING_DOWN })
    for (const { id, command } of hold?.waiting ?? []) this.command(id, command)
  }

  #rewind({ writes, clockS, ...command }: Omit<RewindCommand, 'kind'>): void {
    assert(this.#hold?.isReached === true, 'the chain is at rest when it goes back')
    this.#writer.rewind(command)
    this.#env = undefined
    this.#parentHashStored = false
    this.#blockedUntil = 'nextBlock'
    this.#isDraft = false
    this.#mining.rewound()
    this.#nextBlock.rewound()
    this.#nextBlock.setTime(clockS, this.#nowMs())
    if (writes === undefined) return
    if (this.#mining.isLazy) this.#reopen()
    else this.#openBlock()
    this.#writer.writeState(writes)
  }

  /** Writes state outside of any transaction, as a chunk that has none. */
  #writeState(writes: readonly AccountWrite[]): void {
    if (this.#tail.open === undefined) this.#reopen()
    this.#writer.flushChunk()
    this.#writer.writeState(diffOfWrites(this.#engine, writes))
    if (!this.#mining.isLazy) for (const { address } of writes) this.#promote(address)
  }

  // Blocks

  #mayClose(): boolean {
    if (this.#tail.open === undefined || this.#isDraft || !this.#parentHashStored) return false
    if (this.#mining.isLazy) return this.#blockedUntil === 'nextBlock'
    return this.#mining.isAsked || this.#nowMs() >= this.#mining.closeDueMs
  }

  #mayOpen(): boolean {
    if (this.#finishing || (this.#tail.open !== undefined && !this.#isDraft)) return false
    if (!this.#mining.isLazy || this.#mining.isAsked) return true
    if (this.#mining.mode.kind === 'manual') return false
    return this.#ready.length > 0 || this.#arrivals.front !== undefined || this.#canPoolRun()
  }

  /** Whether something that waits in the pool could be executed in the next block. */
  #canPoolRun(): boolean {
    if (!this.#mayPoolRun) return false
    this.#mayPoolRun = false
    const baseFee = this.#nextBlock.baseFeeAfter(this.#tail.closed)
    return this.#pool.senders().some((sender) => {
      const next = this.#pool.at(sender, this.#engine.getAccount(sender)?.nonce ?? 0n)
      return next !== undefined && next.maxFeePerGas >= baseFee
    })
  }

  #openBlock(): void {
    this.#watch?.does('block')
    const isAgain = this.#tail.open !== undefined && !this.#isDraft
    this.#nextBlock.increaseTime(this.#mining.stepFor(this.#tail.closed.number + 1n))
    this.#writeOpenBlock()
    this.#isDraft = false
    this.#enterBlock()
    if (!isAgain) this.#mining.opened(this.#nowMs())
    this.#system.storeBeaconRoot(this.#env!)
    this.#writer.flushChunk()
    this.#storeParentHash()
    this.#blockedUntil = undefined
    // Fee caps meet the new base fee; also catches nonces that moved otherwise than by a transaction of their owner.
    for (const sender of this.#pool.senders()) this.#promote(sender)
  }

  #writeOpenBlock(): void {
    this.#writer.flushChunk()
    if (this.#tail.unsealed.chunkDigests.length > 0) this.#writer.sealMiniBlock()
    const { mode } = this.#mining
    // Blocks of less than a second share seconds.
    const isStrict = mode.kind === 'interval' && mode.ms >= 1000
    this.#writer.write(this.#nextBlock.open(this.#tail.closed, { nowMs: this.#nowMs(), isStrict }))
  }

  /** The block that was open when the log ended takes no more transactions: it is closed as it stands. */
  #resumeOpenBlock(): void {
    if (this.#mining.isLazy && this.#tail.isEmpty) {
      this.#isDraft = true
      return
    }
    this.#enterBlock()
    this.#system.storeBeaconRoot(this.#env!)
    this.#writer.flushChunk()
    this.#storeParentHash()
    this.#mining.closeDueMs = 0
  }

  #enterBlock(): void {
    this.#env = environmentOf(this.#tail.open!, this.#options.schedule)
    this.#parentHashStored = false
    this.#engine.beginBlock(this.#env, (number) => this.#hashOf(number))
  }

  #hashOf(number: bigint): Uint8Array | undefined {
    const known = this.#tail.hashOf(number)
    // Of the last 256 only the parent's may be unknown, as long as its header is.
    return known ?? (number + 1n < this.#env!.number ? this.#options.hashBefore?.(number) : undefined)
  }

  #storeParentHash(): void {
    if (this.#tail.open === undefined || this.#isDraft || this.#parentHashStored) return
    const parentHash = this.#tail.hashOf(this.#tail.open.number - 1n)
    if (parentHash === undefined) return
    this.#writer.flushChunk()
    this.#engine.parentHashKnown()
    this.#system.storeParentHash(this.#env!, parentHash)
    this.#writer.flushChunk()
    this.#parentHashStored = true
    if (this.#blockedUntil === 'parentHash') this.#blockedUntil = undefined
  }

  #closeBlock(): void {
    this.#writer.flushChunk()
    this.#watch?.does('block')
    const requests = this.#system.collectRequests(this.#env!)
    this.#writer.flushChunk()
    // Every block has a mini-block, also an empty one: the heartbeat.
    if (this.#tail.unsealed.chunkDigests.length > 0 || this.#tail.miniBlockCount === 0)
      this.#writer.sealMiniBlock()
    this.#writer.write({
      kind: 'closeBlock',
      number: this.#tail.open!.number,
      gasUsed: this.#tail.gasUsed,
      blobGasUsed: 0n,
      requests,
    })
    this.#blockedUntil = 'nextBlock'
    this.#env = undefined
    const id = this.#mining.closed()
    if (id !== undefined) this.#answers.commanded({ id, ok: true, value: this.#tail.closed.number })
  }

  /** Unix milliseconds with their fraction: a mini-block may take a single one. */
  #nowMs(): number {
    return this.#clock.fineMs()
  }
}

/** What a transaction pays per gas beyond the base fee, wei. */
function tipOf({ maxFeePerGas, maxPriorityFeePerGas }: PooledTransaction, baseFeePerGas: bigint): bigint {
  const left = maxFeePerGas - baseFeePerGas
  return left < maxPriorityFeePerGas ? left : maxPriorityFeePerGas
}

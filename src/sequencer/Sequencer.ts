import { BaseUnavailableError } from '../execution/index.ts'
import type { SealHeader } from '../feed/index.ts'
import { assert, type Clock } from '../lib/index.ts'
import { type AccountWrite, encodePrepared, type MiningMode } from '../protocol/index.ts'
import type { EntryRun } from './ArrivalQueue.ts'
import { type BlockSchedule, environmentOf } from './blockEnvironment.ts'
import type { ChainTail } from './ChainTail.ts'
import { type ChainCommand, diffOfWrites, type RewindCommand, ticketOf } from './commands.ts'
import type { ExecutionEngine, SystemCalls } from './ExecutionEngine.ts'
import { MINED_BLOCKS_LIMIT, Mining } from './Mining.ts'
import { NextBlock } from './NextBlock.ts'
import type { PooledTransaction } from './PooledTransaction.ts'
import { RecordWriter, type RecordWriterOptions } from './RecordWriter.ts'
import { refuse } from './Refusal.ts'
import type { SequencerWatch } from './SequencerWatch.ts'
import { type Answers, StepAnswers } from './StepAnswers.ts'
import { TransactionOrder } from './TransactionOrder.ts'
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
 */
export class Sequencer {
  readonly #engine: ExecutionEngine
  readonly #system: SystemCalls
  readonly #tail: ChainTail
  readonly #clock: Clock
  readonly #options: SequencerOptions
  readonly #order: TransactionOrder
  readonly #writer: RecordWriter
  readonly #answers = new StepAnswers()
  readonly #watch: SequencerWatch | undefined
  readonly #mining: Mining
  readonly #nextBlock: NextBlock
  #parentHashStored = false
  /** The open block has only been opened for state that is written; it is opened again for transactions. */
  #isDraft = false
  /** See the command of that name; the others wait until it ends. */
  #hold: { id: number; isReached: boolean; waiting: { id: number; command: ChainCommand }[] } | undefined
  #finishing = false

  constructor(options: SequencerOptions) {
    this.#options = options
    this.#engine = options.engine
    this.#system = options.system
    this.#tail = options.tail
    this.#clock = options.clock
    this.#watch = options.watch
    this.#writer = new RecordWriter(options)
    const nowMs = this.#nowMs()
    this.#mining = new Mining(options.mining, nowMs)
    this.#order = new TransactionOrder({
      ...{ engine: options.engine, pool: options.pool, mining: this.#mining },
      ...{ writer: this.#writer, answers: this.#answers },
    })
    this.#nextBlock = new NextBlock(options.schedule, options.randomness)
    const { timestamp } = this.#tail.closed
    if (options.isDev && timestamp > this.#nextBlock.clockS(nowMs)) this.#nextBlock.setTime(timestamp, nowMs)
    if (this.#tail.open !== undefined) this.#resumeOpenBlock()
    this.tick()
  }

  /** Executes what can be executed. Answers come with the next step, or later for what has to wait its turn. */
  submit(runs: readonly EntryRun[]): void {
    for (const run of runs) this.#order.push(run)
    if (this.#mining.isLazy) this.tick()
    else if (this.#hold === undefined) this.#run()
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
    this.#order.refuseArrivals(refuse('Pool.SHUTTING_DOWN', SHUTTING_DOWN))
    this.tick()
  }

  /** All blocks are closed and their headers written; one without transactions may stay open for the next start. */
  get isFinished(): boolean {
    const isClosed = this.#tail.open === undefined || this.#isDraft
    return this.#finishing && isClosed && this.#tail.sealedNumber === this.#tail.closed.number
  }

  /** Acknowledged transactions that are not executed yet. */
  waiting(): Iterable<PooledTransaction> {
    return this.#order.waiting()
  }

  takeStep(): SequencerStep | undefined {
    if (this.#writer.frameCount === 0 && this.#answers.isEmpty) return undefined
    return { ...this.#answers.take(), ...this.#writer.take() }
  }

  #run(): void {
    this.#order.run()
    if (this.#mining.isLazy && this.#order.blockedUntil === undefined) this.#completeBlock()
  }

  /** All has arrived that shares the block: what comes later gets another. */
  #completeBlock(): void {
    this.#order.blockedUntil = 'nextBlock'
    // Nothing of what it was opened for could be executed.
    this.#isDraft = this.#tail.isEmpty && !this.#mining.isAsked
  }

  // Commands

  #perform(id: number, command: ChainCommand): void {
    const nowMs = this.#nowMs()
    this.#order.mayPoolRun = true
    switch (command.kind) {
      case 'mine':
        this.#mine(id, command)
        return
      case 'submit':
        this.#order.push({ firstTicket: ticketOf(id), count: 1, entries: encodePrepared([command]) })
        return
      case 'drop':
        this.#answers.commanded({ id, ok: true, value: BigInt(this.#order.drop(command)) })
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

  #setMining(mode: MiningMode): void {
    const wasLazy = this.#mining.isLazy
    this.#mining.setMode(mode, this.#nowMs())
    // A block that was opened regularly is closed as it stands; lazily opened ones close by themselves.
    if (this.#mining.isLazy && !wasLazy && this.#tail.open !== undefined)
      this.#order.blockedUntil = 'nextBlock'
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
    this.#order.leave()
    this.#parentHashStored = false
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
    if (!this.#mining.isLazy) for (const { address } of writes) this.#order.promote(address)
  }

  // Blocks

  #mayClose(): boolean {
    if (this.#tail.open === undefined || this.#isDraft || !this.#parentHashStored) return false
    if (this.#mining.isLazy) return this.#order.blockedUntil === 'nextBlock'
    return this.#mining.isAsked || this.#nowMs() >= this.#mining.closeDueMs
  }

  #mayOpen(): boolean {
    if (this.#finishing || (this.#tail.open !== undefined && !this.#isDraft)) return false
    if (!this.#mining.isLazy || this.#mining.isAsked) return true
    if (this.#mining.mode.kind === 'manual') return false
    const baseFee = (): bigint => this.#nextBlock.baseFeeAfter(this.#tail.closed)
    return this.#order.hasArrivals || this.#order.canPoolRun(baseFee)
  }

  #openBlock(): void {
    this.#watch?.does('block')
    const isAgain = this.#tail.open !== undefined && !this.#isDraft
    this.#nextBlock.increaseTime(this.#mining.stepFor(this.#tail.closed.number + 1n))
    this.#writeOpenBlock()
    this.#isDraft = false
    this.#enterBlock()
    if (!isAgain) this.#mining.opened(this.#nowMs())
    this.#system.storeBeaconRoot(this.#order.env!)
    this.#writer.flushChunk()
    this.#storeParentHash()
    this.#order.begin()
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
    this.#system.storeBeaconRoot(this.#order.env!)
    this.#writer.flushChunk()
    this.#storeParentHash()
    this.#mining.closeDueMs = 0
  }

  #enterBlock(): void {
    const env = environmentOf(this.#tail.open!, this.#options.schedule)
    this.#parentHashStored = false
    this.#order.enter(env)
    this.#engine.beginBlock(env, (number) => this.#hashOf(number))
  }

  #hashOf(number: bigint): Uint8Array | undefined {
    const known = this.#tail.hashOf(number)
    // Of the last 256 only the parent's may be unknown, as long as its header is.
    return known ?? (number + 1n < this.#order.env!.number ? this.#options.hashBefore?.(number) : undefined)
  }

  #storeParentHash(): void {
    if (this.#tail.open === undefined || this.#isDraft || this.#parentHashStored) return
    const parentHash = this.#tail.hashOf(this.#tail.open.number - 1n)
    if (parentHash === undefined) return
    this.#writer.flushChunk()
    this.#engine.parentHashKnown()
    this.#system.storeParentHash(this.#order.env!, parentHash)
    this.#writer.flushChunk()
    this.#parentHashStored = true
    if (this.#order.blockedUntil === 'parentHash') this.#order.blockedUntil = undefined
  }

  #closeBlock(): void {
    this.#writer.flushChunk()
    this.#watch?.does('block')
    const requests = this.#system.collectRequests(this.#order.env!)
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
    this.#order.leave()
    const id = this.#mining.closed()
    if (id !== undefined) this.#answers.commanded({ id, ok: true, value: this.#tail.closed.number })
  }

  /** Unix milliseconds with their fraction: a mini-block may take a single one. */
  #nowMs(): number {
    return this.#clock.fineMs()
  }
}

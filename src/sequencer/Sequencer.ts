import type { SealHeader } from '../feed/index.ts'
import { BaseUnavailableError } from '../kernels/index.ts'
import { assert, type Clock } from '../lib/index.ts'
import { type AccountWrite, encodePrepared, type MiningMode } from '../protocol/index.ts'
import type { EntryRun } from './ArrivalQueue.ts'
import { BlockMaker, type BlockMakerOptions } from './BlockMaker.ts'
import type { ChainTail } from './ChainTail.ts'
import { type ChainCommand, diffOfWrites, type RewindCommand, ticketOf } from './commands.ts'
import type { ExecutionEngine } from './ExecutionEngine.ts'
import { MINED_BLOCKS_LIMIT, Mining } from './Mining.ts'
import { NextBlock } from './NextBlock.ts'
import type { PooledTransaction } from './PooledTransaction.ts'
import { RecordWriter, type RecordWriterOptions } from './RecordWriter.ts'
import { refuse } from './Refusal.ts'
import { type Answers, StepAnswers } from './StepAnswers.ts'
import { TransactionOrder } from './TransactionOrder.ts'
import type { TransactionPool } from './TransactionPool.ts'

const SHUTTING_DOWN = 'node is shutting down'

export type SequencerOptions = RecordWriterOptions &
  BlockMakerOptions & {
    pool: TransactionPool
    /** 32 fresh bytes for each block's prevRandao. */
    randomness: () => Uint8Array
    mining: MiningMode
    /** The chain's clock may be ahead of the machine's: a developer has moved it. */
    isDev: boolean
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
 * Its parts: TransactionOrder.ts, what is executed next; BlockMaker.ts, when blocks are opened and closed; RecordWriter.ts,
 * chunks and mini-blocks; StepAnswers.ts, what is answered. What is here is what has them all do something: the clock,
 * commands, the end.
 */
export class Sequencer {
  readonly #engine: ExecutionEngine
  readonly #tail: ChainTail
  readonly #clock: Clock
  readonly #order: TransactionOrder
  readonly #blocks: BlockMaker
  readonly #writer: RecordWriter
  readonly #answers = new StepAnswers()
  readonly #mining: Mining
  readonly #nextBlock: NextBlock
  /** See the command of that name; the others wait until it ends. */
  #hold: { id: number; isReached: boolean; waiting: { id: number; command: ChainCommand }[] } | undefined
  #finishing = false

  constructor(options: SequencerOptions) {
    this.#engine = options.engine
    this.#tail = options.tail
    this.#clock = options.clock
    this.#writer = new RecordWriter(options)
    const nowMs = this.#nowMs()
    this.#mining = new Mining(options.mining, nowMs)
    this.#order = new TransactionOrder({
      ...{ engine: options.engine, pool: options.pool, mining: this.#mining },
      ...{ writer: this.#writer, answers: this.#answers },
    })
    this.#nextBlock = new NextBlock(options.schedule, options.randomness)
    this.#blocks = new BlockMaker(options, {
      ...{ mining: this.#mining, nextBlock: this.#nextBlock, order: this.#order },
      ...{ writer: this.#writer, answers: this.#answers },
    })
    const { timestamp } = this.#tail.closed
    if (options.isDev && timestamp > this.#nextBlock.clockS(nowMs)) this.#nextBlock.setTime(timestamp, nowMs)
    if (this.#tail.open !== undefined) this.#blocks.resume()
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
    this.#blocks.storeParentHash()
    this.tick()
  }

  /** Does what is due: seals mini-blocks, closes and opens blocks. */
  tick(): void {
    if (this.#hold !== undefined) {
      this.#reachHold()
      return
    }
    do {
      if (this.#blocks.mayClose()) this.#blocks.close()
      if (!this.#finishing && this.#blocks.mayOpen()) this.#blocks.open()
      this.#run()
    } while (this.#blocks.mayClose())
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
    const { closeDueMs } = this.#blocks
    return this.#tail.unsealed.transactionCount > 0
      ? Math.min(closeDueMs, this.#writer.sealDueMs)
      : closeDueMs
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
    return this.#finishing && !this.#blocks.isOpen && this.#tail.sealedNumber === this.#tail.closed.number
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
    if (this.#mining.isLazy && this.#order.blockedUntil === undefined) this.#blocks.complete()
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
        this.#blocks.setMode(command.mode)
        break
      case 'wish': {
        const { timestamp } = command.wishes
        if (timestamp !== undefined && timestamp < this.#blocks.parent.timestamp) {
          this.#refuseTimestamp(id, timestamp)
          return
        }
        this.#nextBlock.wish(command.wishes, this.#blocks.isReopenable)
        this.#blocks.reopen()
        break
      }
      case 'increaseTime':
        this.#nextBlock.increaseTime(command.seconds)
        this.#blocks.reopen()
        this.#answers.commanded({ id, ok: true, value: this.#nextBlock.offsetS })
        return
      case 'setTime': {
        const ahead = command.time - this.#nextBlock.clockS(nowMs)
        this.#nextBlock.setTime(command.time, nowMs)
        this.#blocks.reopen()
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
    if (timestamp !== undefined && timestamp < this.#blocks.parent.timestamp) {
      this.#refuseTimestamp(id, timestamp)
      return
    }
    if (timestamp !== undefined) this.#nextBlock.wish({ timestamp }, this.#blocks.isReopenable)
    // Where the open block's time stands already, the one that is asked for comes after it.
    const isLate = timestamp !== undefined && !this.#mining.isLazy && !this.#blocks.isReopenable
    if (count === 0) {
      this.#answers.commanded({ id, ok: true, value: this.#tail.closed.number })
      return
    }
    this.#mining.ask({ id, count: isLate ? count + 1 : count, stepS, stepsFirst })
    if (!this.#mining.isLazy) this.#blocks.reopen()
  }

  /** Goes on towards the rest that is asked for; a header may have to come first. */
  #reachHold(): void {
    const hold = this.#hold!
    if (hold.isReached) return
    const hasTransactions = () => this.#tail.open !== undefined && this.#tail.transactionCount > 0
    if (this.#tail.unsealed.transactionCount > 0) this.#writer.sealMiniBlock()
    if (hasTransactions() && this.#blocks.isParentHashStored) this.#blocks.close()
    if (hasTransactions() || this.#tail.sealedNumber < this.#tail.closed.number) return
    if (this.#tail.unsealed.chunkDigests.length > 0) this.#writer.sealMiniBlock()
    hold.isReached = true
    this.#answers.commanded({ id: hold.id, ok: true, value: this.#nextBlock.clockS(this.#nowMs()) })
  }

  #endHold(): void {
    const hold = this.#hold
    this.#hold = undefined
    if (hold?.isReached === false) this.#answers.commanded({ id: hold.id, ok: false, message: SHUTTING_DOWN })
    // What waited finds a block open, as commands do where blocks come regularly.
    if (hold !== undefined) this.tick()
    for (const { id, command } of hold?.waiting ?? []) this.command(id, command)
  }

  #rewind({ writes, clockS, ...command }: Omit<RewindCommand, 'kind'>): void {
    assert(this.#hold?.isReached === true, 'the chain is at rest when it goes back')
    this.#writer.rewind(command)
    this.#blocks.rewound()
    this.#nextBlock.setTime(clockS, this.#nowMs())
    if (writes === undefined) return
    if (this.#mining.isLazy) this.#blocks.reopen()
    else this.#blocks.open()
    this.#writer.writeState(writes)
  }

  /** Writes state outside of any transaction, as a chunk that has none. */
  #writeState(writes: readonly AccountWrite[]): void {
    if (this.#tail.open === undefined) this.#blocks.reopen()
    this.#writer.flushChunk()
    this.#writer.writeState(diffOfWrites(this.#engine, writes))
    if (!this.#mining.isLazy) for (const { address } of writes) this.#order.promote(address)
  }

  /** Unix milliseconds with their fraction: a mini-block may take a single one. */
  #nowMs(): number {
    return this.#clock.fineMs()
  }
}

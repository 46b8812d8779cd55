import {
  type Chunk,
  chunkDigest,
  type ExecutedTransaction,
  encodeRecord,
  type LogRecord,
  miniBlockDigest,
  payloadOf,
  type SealHeader,
  type SealMiniBlock,
} from '../feed/index.ts'
import { assert, BoundedQueue, type Clock } from '../lib/index.ts'
import type { BlockEnv } from '../protocol/index.ts'
import { type BlockSchedule, environmentOf, openBlockAfter } from './blockEnvironment.ts'
import type { ChainTail } from './ChainTail.ts'
import type { ExecutionEngine, SystemCalls } from './ExecutionEngine.ts'
import type { PooledTransaction } from './PooledTransaction.ts'
import { nonceTooLow, poolFull, type Refusal, type RefusalCode, refuse } from './Refusal.ts'
import type { TransactionPool } from './TransactionPool.ts'

/** Most transactions that wait for the parent's hash or the next block's gas. */
export const ARRIVALS_LIMIT = 16_384
/** A chunk is written and answered at the latest after so many transactions. */
export const CHUNK_TRANSACTION_LIMIT = 256
/** Likewise after so much gas: it bounds the chunk's diff, which followers take in one piece. */
export const CHUNK_GAS_LIMIT = 400_000_000n
/** Bytes of an encoded StateDiff that lists nothing. */
const EMPTY_DIFF_BYTES = 12

export type SequencerOptions = {
  engine: ExecutionEngine
  system: SystemCalls
  pool: TransactionPool
  /** Where the log ends; the engine's state must be the one at that point. */
  tail: ChainTail
  clock: Clock
  /** 32 fresh bytes for each block's prevRandao. */
  randomness: () => Uint8Array
  schedule: BlockSchedule
  miniBlockMs: number
  /** This sequencer's term. */
  epoch: bigint
}

/** A transaction with the number under which its answer is expected; without one it was acknowledged before. */
export type Arrival = { ticket: number | undefined; transaction: PooledTransaction }

export type SubmissionAnswer = { ticket: number; outcome: SubmissionOutcome }

export type SubmissionOutcome =
  | { kind: 'executed' }
  /** Waits in the pool; `expectedNonce` is the sender's next. */
  | { kind: 'queued'; expectedNonce: bigint; transaction: PooledTransaction }
  | Refusal

/** A transaction that left the pool without being executed. */
export type DroppedTransaction = { transaction: PooledTransaction; reason: string }

/** What came of the calls since the last step. The frames must be written before the answers are given. */
export type SequencerStep = {
  /** Encoded records, in order. */
  frames: Uint8Array[]
  answers: SubmissionAnswer[]
  dropped: DroppedTransaction[]
}

/**
 * Orders and executes transactions as they arrive and decides every record of the log. It has no threads, files or
 * clock of its own: {@link Sequencer.submit}, {@link Sequencer.setHeader} and {@link Sequencer.tick} come from
 * outside, {@link Sequencer.takeStep} gives what is to be written, then told.
 *
 * A transaction that can't be executed in the open block (its gas doesn't fit, or it reads a parent hash that isn't
 * known yet) holds all that arrived behind it, so that the order of arrival is kept.
 */
export class Sequencer {
  readonly #engine: ExecutionEngine
  readonly #system: SystemCalls
  readonly #pool: TransactionPool
  readonly #tail: ChainTail
  readonly #clock: Clock
  readonly #options: SequencerOptions
  readonly #arrivals = new BoundedQueue<Arrival>(ARRIVALS_LIMIT)
  /** Taken out of the pool, or stopped half-way; goes before the arrivals. Never longer than the pool's limit and 1. */
  #ready: Arrival[] = []
  #blockedUntil: 'parentHash' | 'nextBlock' | undefined = 'nextBlock'
  #env: BlockEnv | undefined
  #parentHashStored = false
  #chunk: ExecutedTransaction[] = []
  /** The block's gas at the chunk's start. */
  #chunkGasBefore = 0n
  #step: SequencerStep = { frames: [], answers: [], dropped: [] }
  #sealDueMs: number
  #closeDueMs: number
  #finishing = false

  constructor(options: SequencerOptions) {
    this.#options = options
    this.#engine = options.engine
    this.#system = options.system
    this.#pool = options.pool
    this.#tail = options.tail
    this.#clock = options.clock
    this.#sealDueMs = this.#closeDueMs = this.#nowMs()
    if (this.#tail.open !== undefined) this.#resumeOpenBlock()
    this.tick()
  }

  /** Executes what can be executed. Answers come with the next step, or later for what has to wait its turn. */
  submit(arrivals: Arrival[]): void {
    for (const arrival of arrivals) {
      if (!this.#arrivals.push(arrival))
        this.#answer(arrival, poolFull(this.#arrivals.length, ARRIVALS_LIMIT))
    }
    this.#run()
  }

  /** Takes the next block's finished header from the sealer and writes it to the log. */
  setHeader(record: SealHeader): void {
    assert(record.number === this.#tail.sealedNumber + 1n, 'headers come in order')
    this.#write(record)
    this.#storeParentHash()
    this.tick()
  }

  /** Does what is due: seals mini-blocks, closes and opens blocks. */
  tick(): void {
    const nowMs = this.#nowMs()
    if (this.#tail.open !== undefined && nowMs >= this.#closeDueMs && this.#parentHashStored)
      this.#closeBlock()
    if (this.#tail.open === undefined && !this.#finishing) this.#openBlock(nowMs)
    this.#run()
    if (this.#tail.unsealed.transactionCount > 0 && nowMs >= this.#sealDueMs) this.#sealMiniBlock()
  }

  /** Something was executed that no mini-block has taken in yet. */
  get isMiniBlockOpen(): boolean {
    return this.#tail.unsealed.transactionCount > 0
  }

  /** When {@link Sequencer.tick} has something to do, Unix milliseconds; infinite when only a header can wake it. */
  get nextDeadlineMs(): number {
    const closeMs = this.#tail.open !== undefined && this.#parentHashStored ? this.#closeDueMs : Infinity
    return this.#tail.unsealed.transactionCount > 0 ? Math.min(closeMs, this.#sealDueMs) : closeMs
  }

  /** Closes the open block as soon as its parent's hash is there, and opens none after it. */
  finish(): void {
    this.#finishing = true
    this.#closeDueMs = 0
    this.#blockedUntil ??= 'nextBlock'
    const unanswered = this.#ready.filter(({ ticket }) => ticket !== undefined)
    this.#ready = this.#ready.filter(({ ticket }) => ticket === undefined)
    for (let next = this.#arrivals.shift(); next !== undefined; next = this.#arrivals.shift()) {
      if (next.ticket === undefined) this.#ready.push(next)
      else unanswered.push(next)
    }
    for (const arrival of unanswered) {
      this.#answer(arrival, refuse('Pool.SHUTTING_DOWN', 'node is shutting down'))
    }
    this.tick()
  }

  /** All blocks are closed and their headers written. */
  get isFinished(): boolean {
    return (
      this.#finishing && this.#tail.open === undefined && this.#tail.sealedNumber === this.#tail.closed.number
    )
  }

  /** Acknowledged transactions that are not executed yet. */
  *waiting(): Generator<PooledTransaction> {
    for (const { ticket, transaction } of [...this.#ready, ...this.#arrivals]) {
      if (ticket === undefined) yield transaction
    }
    yield* this.#pool.transactions()
  }

  takeStep(): SequencerStep | undefined {
    const step = this.#step
    if (step.frames.length + step.answers.length + step.dropped.length === 0) return undefined
    this.#step = { frames: [], answers: [], dropped: [] }
    return step
  }

  // Transactions

  #run(): void {
    while (this.#blockedUntil === undefined) {
      const ready = this.#ready.shift()
      if (ready !== undefined) this.#execute(ready)
      else {
        const arrival = this.#arrivals.shift()
        if (arrival === undefined) break
        this.#arrive(arrival)
      }
      if (this.#isChunkFull()) this.#flushChunk()
    }
    if (this.#chunk.length > 0) this.#flushChunk()
  }

  #isChunkFull(): boolean {
    const gas = this.#engine.cumulativeGasUsed - this.#chunkGasBefore
    return this.#chunk.length >= CHUNK_TRANSACTION_LIMIT || gas >= CHUNK_GAS_LIMIT
  }

  #arrive(arrival: Arrival): void {
    const { transaction } = arrival
    const sender = this.#engine.getAccount(transaction.sender) ?? { nonce: 0n, balance: 0n }
    if (transaction.nonce < sender.nonce) {
      this.#answer(arrival, nonceTooLow(sender.nonce, transaction.nonce))
      return
    }
    const waits = transaction.nonce > sender.nonce || this.#isBelowBaseFee(transaction)
    if (!waits && this.#pool.at(transaction.sender, transaction.nonce) === undefined) {
      this.#execute(arrival)
      return
    }
    const addition = this.#pool.add(transaction, sender)
    if (addition.kind === 'refused') {
      this.#answer(arrival, addition)
      return
    }
    if (addition.replaced !== undefined)
      this.#drop(addition.replaced, 'replaced by a transaction that pays more')
    if (waits) this.#answer(arrival, { kind: 'queued', expectedNonce: sender.nonce, transaction })
    else {
      this.#pool.remove(transaction)
      this.#ready.push(arrival)
    }
  }

  #execute(arrival: Arrival): void {
    const { transaction } = arrival
    const { gasLimit } = this.#env!
    if (transaction.gasLimit > gasLimit - this.#engine.cumulativeGasUsed) {
      this.#block('nextBlock', arrival)
      return
    }
    const outcome = this.#engine.executeTransaction(
      transaction.raw,
      transaction.sender,
      transaction.authorities,
    )
    if (outcome.kind === 'needsParentHash') this.#block('parentHash', arrival)
    else if (outcome.kind === 'invalid') {
      this.#answer(arrival, refuse(outcome.code as RefusalCode, outcome.message))
    } else {
      const { sender, hash, raw } = transaction
      this.#chunk.push({ sender, hash, raw, receipt: outcome.receipt })
      this.#answer(arrival, { kind: 'executed' })
      this.#promote(sender)
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
      this.#drop(overtaken, nonceTooLow(nonce, overtaken.nonce).message)
    }
    const next = this.#pool.at(address, nonce)
    if (next === undefined || this.#isBelowBaseFee(next)) return
    this.#pool.remove(next)
    this.#ready.push({ ticket: undefined, transaction: next })
  }

  #isBelowBaseFee(transaction: PooledTransaction): boolean {
    return transaction.maxFeePerGas < this.#env!.baseFeePerGas
  }

  #answer({ ticket, transaction }: Arrival, outcome: SubmissionOutcome): void {
    if (ticket !== undefined) this.#step.answers.push({ ticket, outcome })
    else if (outcome.kind === 'refused') this.#drop(transaction, outcome.message)
  }

  #drop(transaction: PooledTransaction, reason: string): void {
    this.#step.dropped.push({ transaction, reason })
  }

  // Blocks

  #openBlock(nowMs: number): void {
    const { schedule, randomness } = this.#options
    this.#write(openBlockAfter(this.#tail.closed, schedule, { nowMs, prevRandao: randomness() }))
    this.#enterBlock()
    this.#closeDueMs = nextDue(this.#closeDueMs, { nowMs, intervalMs: schedule.blockMs })
    this.#system.storeBeaconRoot(this.#env!)
    this.#flushChunk()
    this.#storeParentHash()
    this.#blockedUntil = undefined
    // Fee caps meet the new base fee; also catches nonces that moved otherwise than by a transaction of their owner.
    for (const sender of this.#pool.senders()) this.#promote(sender)
  }

  /** The block that was open when the log ended takes no more transactions: it is closed as it stands. */
  #resumeOpenBlock(): void {
    this.#enterBlock()
    this.#system.storeBeaconRoot(this.#env!)
    this.#flushChunk()
    this.#storeParentHash()
    this.#closeDueMs = 0
  }

  #enterBlock(): void {
    this.#env = environmentOf(this.#tail.open!, this.#options.schedule)
    this.#parentHashStored = false
    this.#engine.beginBlock(this.#env, (number) => this.#tail.hashOf(number))
  }

  #storeParentHash(): void {
    if (this.#tail.open === undefined || this.#parentHashStored) return
    const parentHash = this.#tail.hashOf(this.#tail.open.number - 1n)
    if (parentHash === undefined) return
    this.#flushChunk()
    this.#engine.parentHashKnown()
    this.#system.storeParentHash(this.#env!, parentHash)
    this.#flushChunk()
    this.#parentHashStored = true
    if (this.#blockedUntil === 'parentHash') this.#blockedUntil = undefined
  }

  #closeBlock(): void {
    this.#flushChunk()
    const requests = this.#system.collectRequests(this.#env!)
    this.#flushChunk()
    // Every block has a mini-block, also an empty one: the heartbeat.
    if (this.#tail.unsealed.chunkDigests.length > 0 || this.#tail.miniBlockCount === 0) this.#sealMiniBlock()
    this.#write({
      kind: 'closeBlock',
      number: this.#tail.open!.number,
      gasUsed: this.#tail.gasUsed,
      blobGasUsed: 0n,
      requests,
    })
    this.#blockedUntil = 'nextBlock'
    this.#env = undefined
  }

  // Mini-blocks

  #sealMiniBlock(): void {
    const { unsealed, miniBlock, open } = this.#tail
    const nowUs = this.#clock.nowUs()
    // The machine's clock, since the last run.
    const isSetBack = nowUs < miniBlock.timestampUs
    const seal: Omit<SealMiniBlock, 'digest'> = {
      kind: 'sealMiniBlock',
      number: this.#tail.nextMiniBlockNumber,
      epoch: this.#options.epoch,
      timestampUs: isSetBack ? miniBlock.timestampUs : nowUs,
      blockNumber: open!.number,
      indexInBlock: this.#tail.miniBlockCount,
      transactionCount: unsealed.transactionCount,
      gasUsed: this.#tail.gasUsed - unsealed.gasUsedBefore,
      parentDigest: miniBlock.digest,
    }
    this.#write({ ...seal, digest: miniBlockDigest(seal, unsealed.chunkDigests) })
    this.#sealDueMs = nextDue(this.#sealDueMs, {
      nowMs: this.#nowMs(),
      intervalMs: this.#options.miniBlockMs,
    })
  }

  /** Writes what was executed or changed since the last chunk; nothing when there is nothing. */
  #flushChunk(): void {
    const transactions = this.#chunk
    const diff = this.#engine.takeDiff()
    this.#chunkGasBefore = this.#engine.cumulativeGasUsed
    if (transactions.length === 0 && diff.length === EMPTY_DIFF_BYTES) return
    this.#chunk = []
    const chunk: Chunk = {
      kind: 'chunk',
      miniBlockNumber: this.#tail.nextMiniBlockNumber,
      firstTransactionIndex: this.#tail.transactionCount,
      transactions,
      diff,
    }
    this.#write(chunk)
  }

  #write(record: LogRecord): void {
    const frame = encodeRecord(record)
    this.#tail.follow(record, record.kind === 'chunk' ? chunkDigest(payloadOf(frame)) : undefined)
    this.#step.frames.push(frame)
  }

  /** Unix milliseconds with their fraction: a mini-block may take a single one. */
  #nowMs(): number {
    return Number(this.#clock.nowUs()) / 1000
  }
}

/** The next time of something regular: in step with the last, or from now on when a whole turn was missed. */
function nextDue(dueMs: number, { nowMs, intervalMs }: { nowMs: number; intervalMs: number }): number {
  return dueMs + intervalMs > nowMs ? dueMs + intervalMs : nowMs + intervalMs
}

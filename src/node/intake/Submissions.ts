import type { Worker } from 'node:worker_threads'
import { keccak256 } from '../../kernels/index.ts'
import { PREPARED } from '../../protocol/index.ts'
import type { OutcomeReceiver, SubmitOutcome } from '../../rpc/index.ts'
import {
  ARRIVALS_LIMIT,
  checkTransaction,
  commandOf,
  type PooledTransaction,
  poolFull,
  RAW_TRANSACTION_LIMIT,
  type Refusal,
  type TransactionRules,
} from '../../sequencer/index.ts'
import type { Signal } from '../Signal.ts'
import type { SequencerToMain } from '../writerMessages.ts'
import type { CellRefusal } from './EntryRecovery.ts'
import { type IntakeRing, RING_BYTES, RING_CELLS } from './IntakeRing.ts'
import { cellOf, IntakeWriter } from './IntakeWriter.ts'
import type { NodeIntake } from './NodeIntake.ts'
import { oneOutcome } from './oneOutcome.ts'
import type { PoolView } from './PoolView.ts'
import { SenderRecovery } from './SenderRecovery.ts'
import { decodeTransactions } from './transactionCodec.ts'

/**
 * How long this thread waits in place for the answer to a transaction that is alone, in ms. Coming back through the
 * event loop costs 80 µs, an execution mostly 50.
 */
const ANSWER_WAIT_MS = 0.3
/** Bytes of the ring that stay free for what is submitted one by one; an entry never takes more. */
const RESERVE_BYTES = 512 * 1024
/** Who waits for room hears of it when no more than this is unanswered: else it would be called for each. */
const ROOM_TRANSACTIONS: number = ARRIVALS_LIMIT / 2
const ROOM_BYTES: number = RING_BYTES / 2

type RefusedOutcome = Extract<SubmitOutcome, { kind: 'refused' }>
type Step = Extract<SequencerToMain, { kind: 'step' }>

/**
 * The way of a transaction from JSON-RPC to the sequencer and of its answer back. Transactions wait in the shared ring
 * until they are answered: at most {@link ARRIVALS_LIMIT} of them, and as many bytes as the ring has; beyond,
 * `txpool is full`.
 */
export class Submissions implements NodeIntake {
  readonly #ring: IntakeRing
  readonly #writer: IntakeWriter
  readonly #signal: Signal
  readonly #answers: Signal
  /** Takes in what the sequencer has sent. */
  readonly #receive: () => void
  readonly #pool: PoolView
  readonly #rules: () => TransactionRules
  readonly #recovery: SenderRecovery
  /** By cell of the ring: who gets the answer, and under which number. */
  readonly #receivers: (OutcomeReceiver | undefined)[] = new Array(RING_CELLS).fill(undefined)
  readonly #positions = new Uint32Array(RING_CELLS)
  #unanswered = 0
  #isFlushDue = false
  #isClosed = false
  #roomWaiters: (() => void)[] = []
  onQueued: (transaction: PooledTransaction) => void = () => {}
  readonly stats: { queued: number; refused: Map<string, number> } = { queued: 0, refused: new Map() }

  constructor(options: {
    ring: IntakeRing
    signal: Signal
    answers: Signal
    receive: () => void
    pool: PoolView
    rules: () => TransactionRules
  }) {
    this.#ring = options.ring
    this.#writer = new IntakeWriter(options.ring)
    this.#signal = options.signal
    this.#answers = options.answers
    this.#receive = options.receive
    this.#pool = options.pool
    this.#rules = options.rules
    this.#recovery = new SenderRecovery({
      ring: options.ring,
      sequencer: options.signal,
      rules: options.rules(),
      onRefused: (refusals) => this.#refuseAll(refusals),
    })
  }

  /** See SenderRecovery.allowWorkers. */
  allowWorkers(onError: (error: Error) => void): void {
    this.#recovery.allowWorkers(onError)
  }

  /** Those that recover signers. */
  get workers(): readonly Worker[] {
    return this.#recovery.workers
  }

  get isFull(): boolean {
    return (
      this.#unanswered >= ARRIVALS_LIMIT ||
      this.#writer.usedBytes > RING_BYTES - RESERVE_BYTES ||
      this.#writer.freeFrames <= 1
    )
  }

  get unanswered(): number {
    return this.#unanswered
  }

  get usedBytes(): number {
    return this.#writer.usedBytes
  }

  whenRoom(callback: () => void): void {
    this.#roomWaiters.push(callback)
  }

  submit(raw: Uint8Array, receiver: OutcomeReceiver, position: number, sender?: Uint8Array): void {
    const refusal = this.#add(raw, receiver, position, sender)
    if (refusal !== undefined) receiver.settle(position, this.#counted({ ...refusal, hash: keccak256(raw) }))
    // All that comes in with one turn of the event loop goes together.
    else this.#flushSoon()
  }

  /** One that comes alone goes on at once. */
  submitOne(raw: Uint8Array): Promise<SubmitOutcome> {
    return new Promise((resolve) => {
      const receiver = oneOutcome(resolve)
      const isAlone = this.#unanswered === 0
      if (!isAlone) {
        this.submit(raw, receiver, 0)
        return
      }
      // Nothing else is under way: the sequencer wakes while the signer is recovered, and is waited for.
      const mark = this.#answers.mark()
      this.#signal.announce()
      const refusal = this.#add(raw, receiver, 0)
      if (refusal !== undefined) resolve(this.#counted({ ...refusal, hash: keccak256(raw) }))
      this.#flush()
      this.#signal.withdraw()
      if (this.#unanswered === 0) return
      this.#answers.waitFor(mark, ANSWER_WAIT_MS, () => this.#ring.isRead)
      this.#receive()
    })
  }

  /** Answers what a step of the sequencer decided; the view must have applied its records before. */
  settle(step: Step): void {
    for (const hash of step.dropped) this.#pool.remove(hash)
    for (const { first, count } of step.executed) {
      for (let ticket = first; ticket < first + count; ticket++) {
        this.#settleExecuted(cellOf(ticket))
      }
    }
    for (const { ticket, code, message } of step.refused) {
      const cell = cellOf(ticket)
      this.#settle(cell, this.#counted({ kind: 'refused', code, message, hash: this.#hashOf(cell) }))
    }
    for (const { ticket, expectedNonce, transaction } of step.queued) {
      const cell = cellOf(ticket)
      for (const queued of decodeTransactions(transaction)) {
        this.stats.queued++
        this.#pool.add(queued)
        this.onQueued(queued)
      }
      if (commandOf(ticket) !== undefined) continue
      this.#settle(cell, { kind: 'queued', hash: this.#hashOf(cell), expectedNonce })
    }
    this.#tellRoom()
  }

  /** The sequencer has passed what recovery refused. */
  reclaim(): void {
    this.#writer.reclaim()
    this.#tellRoom()
  }

  /** Refuses everything that is unanswered. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const [cell, receiver] of this.#receivers.entries()) {
      this.#receivers[cell] = undefined
      receiver?.settle(this.#positions[cell]!, SHUTTING_DOWN)
    }
    await this.#recovery.close()
  }

  /** Writes the transaction into the ring; says why not. */
  #add(
    raw: Uint8Array,
    receiver: OutcomeReceiver,
    position: number,
    sender?: Uint8Array,
  ): Refusal | undefined {
    if (this.#isClosed) return SHUTTING_DOWN
    if (this.#unanswered >= ARRIVALS_LIMIT) return poolFull(this.#unanswered, ARRIVALS_LIMIT)
    if (raw.length > RAW_TRANSACTION_LIMIT) return checkTransaction(raw, this.#rules()) as Refusal
    const cell = this.#writer.addInFrames(raw, () => this.#flush(), sender)
    if (cell === undefined) return ringFull(this.#writer.usedBytes)
    this.#receivers[cell] = receiver
    this.#positions[cell] = position
    this.#unanswered++
    return undefined
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      this.#flush()
    })
  }

  #flush(): void {
    const { count } = this.#writer
    if (count === 0) return
    this.#recovery.recover(count, () => this.#writer.publish(this.#rules().fork))
  }

  #refuseAll(refusals: CellRefusal[]): void {
    for (const { cell, refusal } of refusals) {
      const hash = keccak256(this.#ring.rawAt(this.#ring.offsetOf(cell)))
      this.#settle(cell, this.#counted({ ...refusal, hash }))
    }
    this.#tellRoom()
  }

  #counted(refusal: RefusedOutcome): RefusedOutcome {
    const { refused } = this.stats
    refused.set(refusal.code, (refused.get(refusal.code) ?? 0) + 1)
    return refusal
  }

  #hashOf(cell: number): Uint8Array {
    return this.#ring.hashAt(this.#ring.offsetOf(cell))
  }

  #settle(cell: number, outcome: SubmitOutcome): void {
    this.#takeReceiver(cell)?.settle(this.#positions[cell]!, outcome)
  }

  /** Without an object for each. */
  #settleExecuted(cell: number): void {
    const hashAt = this.#ring.offsetOf(cell) + PREPARED.hash
    this.#takeReceiver(cell)?.executed(this.#positions[cell]!, this.#ring.bytes, hashAt)
  }

  /** Frees the cell, and gives who is to be told; undefined if it has been told that the node is shutting down. */
  #takeReceiver(cell: number): OutcomeReceiver | undefined {
    const receiver = this.#receivers[cell]
    if (receiver === undefined) return undefined
    this.#receivers[cell] = undefined
    this.#unanswered--
    this.#writer.free(cell)
    return receiver
  }

  #tellRoom(): void {
    if (this.#roomWaiters.length === 0) return
    if (this.#unanswered > ROOM_TRANSACTIONS || this.#writer.usedBytes > ROOM_BYTES) return
    for (const callback of this.#roomWaiters.splice(0)) callback()
  }
}

/** What transactions hear that are unanswered, or come, when the node closes. */
export const SHUTTING_DOWN: Refusal = {
  kind: 'refused',
  code: 'Pool.SHUTTING_DOWN',
  message: 'node is shutting down',
}

/** As poolFull, by bytes. */
function ringFull(bytes: number): Refusal {
  return {
    kind: 'refused',
    code: 'Pool.FULL',
    message: `txpool is full: ${bytes} bytes wait, limit ${RING_BYTES}`,
  }
}

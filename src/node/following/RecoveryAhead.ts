import { BodyError, type FeedEntry, KernelBodyDecoder, NO_STATE } from '../../feed/index.ts'
import { BodyKernel } from '../../kernels/index.ts'
import { assert, equalBytes } from '../../lib/index.ts'
import { type ExecutedTransactions, type Fork, mayBeMadeUp, preparedBytesAt } from '../../protocol/index.ts'
import type { EntriesAhead } from '../../replica/index.ts'
import { type BlockSchedule, type EntryRun, RAW_TRANSACTION_LIMIT } from '../../sequencer/index.ts'
import type { SignersAhead } from '../../verifier/index.ts'
import {
  cellOf,
  EntryRecovery,
  FRAME_TRANSACTIONS,
  INTAKE_BYTES,
  IntakeReader,
  IntakeRing,
  IntakeWriter,
} from '../intake/index.ts'
import { Signal } from '../Signal.ts'
import type { VerifySettings } from './messages.ts'

/** Of the ring, beyond which no more entries are read ahead: the next has room then, unless it is very large. */
const AHEAD_BYTES: number = INTAKE_BYTES / 2
const LEAST_FREE_FRAMES = 128
/** Whoever finishes a frame does not always wake its reader: see IntakeRing.finish. */
const LOOK_MS = 1

export type RecoveryAheadOptions = VerifySettings & { schedule: BlockSchedule }

/**
 * Has the signers of a full node's transactions recovered before these are executed: reads them out of entries that wait for
 * their turn, and puts them into a ring as of a sequencer's intake, whose frames the recovery workers take. Where a frame is
 * needed that nobody has taken yet, this thread recovers it itself.
 *
 * What is not in the ring (it had no room; a worker refused it; its block's beginning was not seen) is up to whoever executes.
 */
export class RecoveryAhead implements EntriesAhead, SignersAhead {
  readonly #ring: IntakeRing
  readonly #writer: IntakeWriter
  readonly #reader: IntakeReader
  readonly #here: EntryRecovery
  readonly #finished: Signal
  readonly #schedule: BlockSchedule
  readonly #isDev: boolean
  readonly #kernel = new BodyKernel()
  /** Undefined after a body that can't be read. */
  #decoder: KernelBodyDecoder | undefined
  /** Of the block that is read; undefined: its beginning was not seen. */
  #fork: Fork | undefined
  /** Frames that were published and not taken yet, oldest first: index, and number of transactions. */
  readonly #frames: { frame: number; count: number }[] = []
  /** Of the frame that was taken last; the first from byte `at` on. */
  #runs: EntryRun[] = []
  #at = 0
  #place = 0

  constructor({ intake, recovered, schedule, isDev }: RecoveryAheadOptions) {
    this.#ring = new IntakeRing(intake)
    this.#writer = new IntakeWriter(this.#ring)
    this.#reader = new IntakeReader(intake)
    const { chainId, gasLimit: blockGasLimit } = schedule
    this.#here = new EntryRecovery(this.#ring, { chainId, blockGasLimit })
    this.#finished = new Signal(recovered)
    this.#schedule = schedule
    this.#isDev = isDev
  }

  // Entries that wait for their turn

  get isFull(): boolean {
    return this.#writer.usedBytes > AHEAD_BYTES || this.#writer.freeFrames < LEAST_FREE_FRAMES
  }

  begin(): void {
    this.#passAll()
    this.#decoder = new KernelBodyDecoder(NO_STATE, this.#kernel)
    this.#fork = undefined
  }

  add(entry: FeedEntry, isKnown: boolean): void {
    try {
      for (const record of this.#decoder?.outlines(entry) ?? []) {
        if (record.kind === 'openBlock') this.#beginBlock(record.timestamp)
        else if (record.kind === 'chunk' && !isKnown)
          for (const { raw, sender } of record.transactions) this.#addTransaction(raw, sender)
      }
    } catch (error) {
      if (!(error instanceof BodyError)) throw error
      // Whoever takes the entry in finds the same, and names it.
      this.#decoder = undefined
    }
  }

  #beginBlock(timestamp: bigint): void {
    const fork = this.#schedule.forkAt(timestamp)
    if (fork !== this.#fork) this.#publish()
    this.#fork = fork
  }

  #addTransaction(raw: Uint8Array, sender: Uint8Array): void {
    if (this.#fork === undefined || raw.length > RAW_TRANSACTION_LIMIT) return
    if (this.#isDev && mayBeMadeUp(raw)) return
    const publish = () => {
      this.#publish()
      this.#ring.wakeWorker()
    }
    // What the record says is a claim like any other.
    this.#writer.addInFrames(raw, publish, sender)
  }

  #publish(): void {
    const { count } = this.#writer
    if (count === 0) return
    assert(this.#fork !== undefined, 'a frame has a block')
    this.#frames.push({ frame: this.#writer.publish(this.#fork), count })
  }

  // Transactions whose turn has come

  get isEmpty(): boolean {
    return this.#runs.length === 0 && this.#frames.length === 0 && this.#writer.count === 0
  }

  take(
    transactions: ExecutedTransactions,
    place: number,
  ): { entries: Uint8Array; count: number } | undefined {
    const run = this.#run()
    if (run === undefined) return undefined
    const { entries } = run
    const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength)
    let [end, count] = [this.#at, 0]
    while (end < entries.length && place + count < transactions.length) {
      const next = end + preparedBytesAt(view, end)
      const raw = entries.subarray(next - view.getUint32(end, true), next)
      if (!equalBytes(raw, transactions.at(place + count)!.raw)) break
      ;[end, count] = [next, count + 1]
    }
    if (count === 0) return undefined
    // Their place in the ring is free from now on.
    const taken = entries.slice(this.#at, end)
    this.#pass(run, end, count)
    return { entries: taken, count }
  }

  /** The run whose transactions come next; undefined: there is none. */
  #run(): EntryRun | undefined {
    while (this.#runs.length === 0) {
      if (this.#frames.length === 0) this.#publish()
      const next = this.#frames[0]
      const runs = next && this.#awaitFrame()
      if (next === undefined || runs === undefined) return undefined
      this.#frames.shift()
      this.#runs = runs
      // Those that were refused are in no run.
      const refused = runs.reduce((left, { count }) => left - count, next.count)
      for (let i = 0; i < refused; i++) this.#writer.free(next.frame * FRAME_TRANSACTIONS)
    }
    return this.#runs[0]
  }

  /** Of the oldest frame that was published. Undefined: the workers were stopped. */
  #awaitFrame(): EntryRun[] | undefined {
    for (;;) {
      const mark = this.#finished.mark()
      const runs = this.#reader.take()
      if (runs !== undefined) return runs
      const frame = this.#ring.claim()
      if (frame !== undefined) this.#here.recover(frame)
      else if (this.#ring.isStopped) return undefined
      else this.#finished.wait(mark, LOOK_MS)
    }
  }

  /** Nobody will ask for what is in the ring: what is not recovered yet stays so. */
  #passAll(): void {
    this.#publish()
    for (let frame = this.#ring.claim(); frame !== undefined; frame = this.#ring.claim())
      this.#ring.finish(frame, true)
    for (let run = this.#run(); run !== undefined; run = this.#run())
      this.#pass(run, run.entries.length, run.count - this.#place)
  }

  #pass(run: EntryRun, end: number, count: number): void {
    for (let i = 0; i < count; i++) this.#writer.free(cellOf(run.firstTicket! + this.#place + i))
    this.#at = end
    this.#place += count
    if (end < run.entries.length) return
    this.#runs.shift()
    this.#at = 0
    this.#place = 0
  }
}

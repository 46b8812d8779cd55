import { randomBytes } from 'node:crypto'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { fastCurvesWanted, loadFastCurves } from '../../evm/index.ts'
import type { Engine } from '../../execution/index.ts'
import {
  chunkDigest,
  decodeRecord,
  LOG_START,
  LogOrder,
  type LogPosition,
  LogWriter,
} from '../../feed/index.ts'
import { assert, ByteWriter, type Clock, Histogram, systemClock } from '../../lib/index.ts'
import { encodePrepared } from '../../protocol/index.ts'
import {
  type ChainTail,
  EngineSystemCalls,
  type EntryRun,
  Sequencer,
  type SequencerStep,
  TransactionPool,
} from '../../sequencer/index.ts'
import { loadChain } from '../chain.ts'
import type { CompilerToEngine } from '../compiling/index.ts'
import { ENGINE_COUNTERS, TieredEngine } from '../compiling/index.ts'
import { FrameSlabs, type FramesPlace, SLAB_BYTES } from '../FrameSlabs.ts'
import type { ForkedState } from '../forking/index.ts'
import { encodeTransactions, IntakeReader, PoolJournal } from '../intake/index.ts'
import type { SealerToSequencer, WriterToSealer } from '../messages.ts'
import { replayLog } from '../replay.ts'
import { LATENESS_BOUNDS_S, SealWatch } from '../SealWatch.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { Signal } from '../Signal.ts'
import { loadSnapshot, rangeBehind, tailOf } from '../startPoint.ts'
import { ThreadWatch } from '../ThreadWatch.ts'
import type { SequencerToMain } from '../writerMessages.ts'
import type { MainToSequencer, SequencerWorkerData } from './messages.ts'

/** The sealer hears of a mini-block at its end, or after so many steps. */
const SEALER_BATCH_LIMIT = 1024
/** And at most so often. */
const SEALER_INTERVAL_MS = 5
/**
 * How long before a mini-block is due the thread stays awake, if the interval is at most so long: of longer ones the
 * 0.1 ms by which it may wake late are nothing, and staying awake would take 1.5 % of a core at 10 ms.
 */
const AWAKE_BEFORE_MS = 0.15
const AWAKE_INTERVAL_MS = 4
/** Full chunks that are written and told at once when so much has arrived. */
const STEP_CHUNKS = 2
/** How long a shutdown waits for the last header. */
const FINISH_LIMIT_MS = 700

/**
 * The sequencer's thread. It never returns to an event loop: it sleeps on a shared signal until a message arrives or
 * something is due, which keeps a cadence of a millisecond that timers can't.
 */
class SequencerThread {
  readonly #data: SequencerWorkerData
  readonly #intake: IntakeReader
  readonly #signal: Signal
  readonly #answers: Signal
  readonly #clock: Clock = systemClock()
  readonly #tiers: TieredEngine
  readonly #engine: Engine
  readonly #log: LogWriter
  readonly #journal: PoolJournal
  readonly #sequencer: Sequencer
  /** Of the journal at the start. */
  readonly #unreadBytes: number
  readonly #slabs: FrameSlabs
  readonly #watch: ThreadWatch | undefined
  /** Wakes who publishes. */
  readonly #written: Signal | undefined
  #finishBy: number | undefined
  #isClosed = false
  /** Written frames of steps that the sealer has not got yet. */
  #forSealer: FramesPlace[] = []
  /** Where the last of them stand. */
  #sealerPosition: LogPosition = LOG_START
  /** When it heard of those before. */
  #toldSealerMs = 0

  /** @param base - of a forked chain: the state before. */
  constructor(data: SequencerWorkerData, base: ForkedState | undefined) {
    this.#data = data
    this.#intake = new IntakeReader(data.intake)
    this.#signal = new Signal(data.signal)
    this.#answers = new Signal(data.answers)
    this.#slabs = new FrameSlabs(data.frames)
    this.#watch = data.watch === undefined ? undefined : new ThreadWatch(data.watch)
    this.#written = data.written === undefined ? undefined : new Signal(data.written)
    const chain = loadChain(data.genesis)
    const { memoryMiB, evm, compiler, speculation, speculators } = data
    const counters = new SharedCounters(ENGINE_COUNTERS, data.engineCounters)
    this.#tiers = new TieredEngine({ memoryMiB, evm, compiler, counters, speculation, speculators, base })
    this.#engine = this.#tiers.engine
    const { tail, epoch } = this.#replay()
    parentPort!.postMessage('loaded')
    // Only now: who fails to load the state leaves no lock behind.
    const { segmentBytes } = data
    this.#log = LogWriter.open(data.logFolder, { genesisHash: chain.hash, segmentBytes })
    assert(this.#log.recordCount === data.recordCount, 'the log is as it was when the node started')
    this.#sequencer = new Sequencer({
      engine: this.#engine,
      system: new EngineSystemCalls(this.#engine, chain.schedule),
      hashBefore: (number) => (number < chain.header.number ? base?.blockHash(number) : undefined),
      pool: new TransactionPool(),
      tail,
      clock: this.#clock,
      randomness: () => new Uint8Array(randomBytes(32)),
      schedule: chain.schedule,
      mining: data.mining,
      isDev: data.isDev,
      miniBlockMs: data.miniBlockMs,
      epoch,
      watch: new SealWatch(new Histogram(LATENESS_BOUNDS_S, data.lateness), this.#watch),
      frames: new ByteWriter({ capacity: SLAB_BYTES, allocate: (bytes) => this.#slabs.allocate(bytes) }),
    })
    const { transactions, unreadBytes } = PoolJournal.read(data.journal)
    this.#unreadBytes = unreadBytes
    this.#sequencer.submit(
      transactions.map((transaction) => ({
        firstTicket: undefined,
        count: 1,
        entries: encodePrepared([transaction]),
      })),
    )
    this.#journal = PoolJournal.create(data.journal, transactions)
  }

  async run(): Promise<void> {
    // The block that is open comes first: calls run in its environment.
    this.#publish()
    // What ran at once is in the log only now.
    this.#journal.rewrite(this.#sequencer.waiting())
    const pool = encodeTransactions([...this.#sequencer.waiting()])
    const unread = `${this.#unreadBytes} bytes at the end of pool.journal left out: torn or damaged`
    this.#toMain({ kind: 'ready', pool, remarks: this.#unreadBytes > 0 ? [unread] : [] })
    for (;;) {
      const mark = this.#signal.mark()
      this.#receive()
      this.#sequencer.tick()
      this.#publish()
      if (this.#isDone()) break
      // Once, a third of a second: most chains never compute on a curve, and starting would take that much longer.
      if (fastCurvesWanted()) await loadFastCurves()
      this.#tellSealer()
      this.#sleep(mark)
    }
    this.close()
    this.#data.sealer.postMessage({ kind: 'stop' })
    this.#toMain({ kind: 'stopped' })
  }

  /** Until a wake after `mark`, or something is due. */
  #sleep(mark: number): void {
    this.#watch?.does('sleep')
    const { nextDeadlineMs } = this.#sequencer
    const dueMs = Math.min(nextDeadlineMs, this.#sealerDueMs(), this.#finishBy ?? Infinity)
    if (!this.#sequencer.isMiniBlockOpen || this.#data.miniBlockMs > AWAKE_INTERVAL_MS) {
      this.#signal.wait(mark, dueMs - this.#nowMs())
      return
    }
    // A mini-block is not to be late because a thread wakes 0.1 ms too late.
    this.#signal.wait(mark, dueMs - this.#nowMs() - AWAKE_BEFORE_MS)
    this.#watch?.does('spin')
    this.#signal.spin(mark, dueMs - this.#nowMs())
  }

  /** Also after a failure: who starts the node again in the same process must find the log unlocked. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#journal.close()
    this.#log.close()
  }

  /** Leads to the log's end. A chain's epoch never falls, whatever is known of its publication. */
  #replay(): { tail: ChainTail; epoch: bigint } {
    const { snapshot, logFolder, recordCount } = this.#data
    let { epoch } = this.#data
    const head = loadSnapshot(snapshot, (diff) => this.#engine.applyDiff(diff))
    const tail = tailOf(head)
    const order = new LogOrder(tail.order)
    for (const { record, payload } of replayLog(rangeBehind(head, { folder: logFolder, recordCount }))) {
      order.accept(record, payload)
      if (record.kind === 'chunk' || record.kind === 'rewind') this.#engine.applyDiff(record.diff)
      tail.follow(record, record.kind === 'chunk' ? chunkDigest(payload) : undefined)
      if ((record.kind === 'sealMiniBlock' || record.kind === 'rewind') && record.epoch > epoch)
        epoch = record.epoch
    }
    return { tail, epoch }
  }

  #isDone(): boolean {
    return (
      this.#sequencer.isFinished || (this.#finishBy !== undefined && this.#clock.nowMs() >= this.#finishBy)
    )
  }

  /** Takes what has arrived; answers go out after each message. */
  #receive(): void {
    this.#watch?.does('install')
    const { main, sealer, compiler } = this.#data
    if (compiler !== undefined) this.#install(compiler)
    this.#watch?.does('receive')
    for (let received = receiveMessageOnPort(sealer); received; received = receiveMessageOnPort(sealer)) {
      const record = decodeRecord((received.message as SealerToSequencer).frame)
      assert(record.kind === 'sealHeader', 'the sealer sends headers')
      this.#sequencer.setHeader(record)
      this.#publish()
    }
    for (let arrivals = this.#takeArrivals(); arrivals.length > 0; arrivals = this.#takeArrivals()) {
      this.#sequencer.submit(arrivals)
      this.#sequencer.tick()
      this.#publish()
    }
    for (let received = receiveMessageOnPort(main); received; received = receiveMessageOnPort(main)) {
      this.#take(received.message as MainToSequencer)
      this.#publish()
      this.#sequencer.tick()
    }
  }

  /** Of all frames that are ready, as far as a step goes: each costs a write, a message and a wake-up. */
  #takeArrivals(): EntryRun[] {
    const arrivals: EntryRun[] = []
    for (let count = 0; count < STEP_CHUNKS * this.#sequencer.chunkTransactions; ) {
      const runs = this.#intake.take()
      if (runs === undefined) break
      if (runs.length === 0) this.#toMain({ kind: 'passed' })
      for (const run of runs) {
        arrivals.push(run)
        count += run.count
      }
    }
    return arrivals
  }

  /** Takes what the compiler's thread has made. */
  #install(compiler: MessagePort): void {
    for (let received = receiveMessageOnPort(compiler); received; received = receiveMessageOnPort(compiler)) {
      this.#tiers.take(received.message as CompilerToEngine)
      this.#tiers.report()
    }
  }

  #take(message: MainToSequencer): void {
    if (message.kind === 'command') {
      this.#sequencer.command(message.id, message.command)
      // What was dropped must not come back with the next start.
      if (message.command.kind === 'drop') this.#journal.rewrite(this.#sequencer.waiting())
      return
    }
    this.#sequencer.finish()
    this.#finishBy = this.#clock.nowMs() + FINISH_LIMIT_MS
  }

  /** Writes the step's records, then answers: nothing is answered that is not in the log. */
  #publish(): void {
    const step = this.#sequencer.takeStep()
    if (step === undefined) return
    // The frames stand here, in one segment; afterwards the log may end in a segment that isn't there yet.
    this.#watch?.does('write')
    const { position } = this.#log
    this.#log.appendFrames(step.frames, step.frameCount)
    if (step.frameCount > 0) this.#written?.wake()
    if (step.queued.length > 0) {
      const queued = step.queued.map(({ transaction }) => transaction)
      this.#journal.append(queued, () => this.#sequencer.waiting())
    }
    this.#watch?.does('post')
    // Before the answer: whoever has it finds it counted.
    this.#tiers.report()
    const frames = this.#slabs.placeOf(step.frames)
    this.#toMain(stepMessage(step, frames))
    if (step.frameCount > 0) {
      this.#forSealer.push(frames)
      this.#sealerPosition = position
    }
    this.#tellSealer()
    this.#watch?.does('receive')
  }

  /**
   * The sealer has time until the block's end: waking it for each chunk, or each mini-block of a millisecond, would take a
   * core from those who wait.
   */
  #tellSealer(): void {
    if (this.#forSealer.length === 0) return
    const nowMs = this.#nowMs()
    if (nowMs < this.#sealerDueMs() && this.#forSealer.length < SEALER_BATCH_LIMIT) return
    this.#data.sealer.postMessage({
      ...{ kind: 'steps', frames: this.#forSealer, position: this.#sealerPosition },
    } satisfies WriterToSealer)
    this.#forSealer = []
    this.#toldSealerMs = nowMs
  }

  /** When it is to hear of what there is: at a mini-block's end. */
  #sealerDueMs(): number {
    if (this.#forSealer.length > 0 && this.#sequencer.isHeaderAwaited) return this.#toldSealerMs
    const waits = this.#forSealer.length === 0 || this.#sequencer.isMiniBlockOpen
    return waits ? Number.POSITIVE_INFINITY : this.#toldSealerMs + SEALER_INTERVAL_MS
  }

  #nowMs(): number {
    return this.#clock.fineMs()
  }

  #toMain(message: SequencerToMain): void {
    this.#data.main.postMessage(message)
    this.#answers.wake()
  }
}

function stepMessage(
  { executed, queued, refused, dropped, commanded }: SequencerStep,
  frames: FramesPlace,
): SequencerToMain {
  return {
    ...{ kind: 'step', frames, executed, refused, commanded },
    queued: queued.map(({ transaction, ...answer }) => ({
      ...answer,
      transaction: encodeTransactions([transaction]),
    })),
    dropped: dropped.map(({ transaction }) => transaction.hash),
  }
}

const data = workerData as SequencerWorkerData
// As in the sealer's thread, loaded only where it is needed.
const base = data.fork && new (await import('../forking/index.ts')).ForkedState(data.fork)
const thread = new SequencerThread(data, base)
try {
  await thread.run()
} finally {
  thread.close()
}

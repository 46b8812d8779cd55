import { randomBytes } from 'node:crypto'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { fastCurvesWanted, loadFastCurves } from '../evm/index.ts'
import type { Engine } from '../execution/index.ts'
import { chunkDigest, decodeRecord, LogOrder, type LogPosition, LogWriter } from '../feed/index.ts'
import { assert, type Clock, systemClock } from '../lib/index.ts'
import {
  type ChainTail,
  type PooledTransaction,
  Sequencer,
  type SequencerStep,
  TransactionPool,
} from '../sequencer/index.ts'
import { loadChain } from './chain.ts'
import type {
  CompilerToEngine,
  MainToSequencer,
  SealerToSequencer,
  SequencerToMain,
  SequencerToSealer,
  SequencerWorkerData,
} from './messages.ts'
import { PoolJournal } from './PoolJournal.ts'
import { replayLog } from './replay.ts'
import { SharedCounters } from './SharedCounters.ts'
import { Signal } from './Signal.ts'
import { loadSnapshot, rangeBehind, tailOf } from './startPoint.ts'
import { EngineSystemCalls } from './systemCalls.ts'
import { ENGINE_COUNTERS, TieredEngine } from './TieredEngine.ts'
import { decodeTransactions, encodeTransactions } from './transactionCodec.ts'

/** The sealer hears of a mini-block at its end, or after so many chunks. */
const SEALER_BATCH_LIMIT = 1024
/** How long a shutdown waits for the last header. */
const FINISH_LIMIT_MS = 700

/**
 * The sequencer's thread. It never returns to an event loop: it sleeps on a shared signal until a message arrives or
 * something is due, which keeps a cadence of a millisecond that timers can't.
 */
class SequencerThread {
  readonly #data: SequencerWorkerData
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
  #finishBy: number | undefined
  #isClosed = false
  /** Written frames that the sealer has not got yet. */
  #forSealer: Uint8Array[] = []

  constructor(data: SequencerWorkerData) {
    this.#data = data
    this.#signal = new Signal(data.signal)
    this.#answers = new Signal(data.answers)
    const chain = loadChain(data.genesis, data)
    const { memoryMiB, evm, compiler, speculation, speculators } = data
    const counters = new SharedCounters(ENGINE_COUNTERS, data.engineCounters)
    this.#tiers = new TieredEngine({ memoryMiB, evm, compiler, counters, speculation, speculators })
    this.#engine = this.#tiers.engine
    const tail = this.#replay()
    parentPort!.postMessage('loaded')
    // Only now: who fails to load the state leaves no lock behind.
    const { segmentBytes } = data
    this.#log = LogWriter.open(data.logFolder, { genesisHash: chain.hash, segmentBytes })
    assert(this.#log.recordCount === data.recordCount, 'the log is as it was when the node started')
    this.#sequencer = new Sequencer({
      engine: this.#engine,
      system: new EngineSystemCalls(this.#engine, chain.schedule),
      pool: new TransactionPool(),
      tail,
      clock: this.#clock,
      randomness: () => new Uint8Array(randomBytes(32)),
      schedule: chain.schedule,
      miniBlockMs: data.miniBlockMs,
      epoch: 0n,
    })
    const { transactions, unreadBytes } = PoolJournal.read(data.journal)
    this.#unreadBytes = unreadBytes
    this.#sequencer.submit(transactions.map((transaction) => ({ ticket: undefined, transaction })))
    this.#journal = PoolJournal.create(data.journal, transactions)
  }

  async run(): Promise<void> {
    // The block that is open comes first: calls run in its environment.
    this.#publish()
    // What ran at once is in the log only now.
    this.#journal.rewrite(this.#sequencer.waiting())
    const pool = encodeTransactions([...this.#sequencer.waiting()])
    this.#toMain({ kind: 'ready', pool, unreadBytes: this.#unreadBytes })
    for (;;) {
      const mark = this.#signal.mark()
      this.#receive()
      this.#sequencer.tick()
      this.#publish()
      if (this.#isDone()) break
      // Once, a third of a second: most chains never compute on a curve, and starting would take that much longer.
      if (fastCurvesWanted()) await loadFastCurves()
      const dueMs = Math.min(this.#sequencer.nextDeadlineMs, this.#finishBy ?? Infinity)
      this.#signal.wait(mark, dueMs - Number(this.#clock.nowUs()) / 1000)
    }
    this.close()
    this.#data.sealer.postMessage({ kind: 'stop' })
    this.#toMain({ kind: 'stopped' })
  }

  /** Also after a failure: who starts the node again in the same process must find the log unlocked. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#journal.close()
    this.#log.close()
  }

  #replay(): ChainTail {
    const { snapshot, logFolder, recordCount } = this.#data
    const head = loadSnapshot(snapshot, (diff) => this.#engine.applyDiff(diff))
    const tail = tailOf(head)
    const order = new LogOrder(tail.order)
    for (const { record, payload } of replayLog(rangeBehind(head, { folder: logFolder, recordCount }))) {
      order.accept(record, payload)
      if (record.kind === 'chunk') this.#engine.applyDiff(record.diff)
      tail.follow(record, record.kind === 'chunk' ? chunkDigest(payload) : undefined)
    }
    return tail
  }

  #isDone(): boolean {
    return (
      this.#sequencer.isFinished || (this.#finishBy !== undefined && this.#clock.nowMs() >= this.#finishBy)
    )
  }

  /** Takes what has arrived; answers go out after each message. */
  #receive(): void {
    const { main, sealer, compiler } = this.#data
    if (compiler !== undefined) this.#install(compiler)
    for (let received = receiveMessageOnPort(sealer); received; received = receiveMessageOnPort(sealer)) {
      const record = decodeRecord((received.message as SealerToSequencer).frame)
      assert(record.kind === 'sealHeader', 'the sealer sends headers')
      this.#sequencer.setHeader(record)
      this.#publish()
    }
    for (let received = receiveMessageOnPort(main); received; received = receiveMessageOnPort(main)) {
      this.#take(received.message as MainToSequencer)
      this.#publish()
      this.#sequencer.tick()
    }
  }

  /** Takes what the compiler's thread has made. */
  #install(compiler: MessagePort): void {
    for (let received = receiveMessageOnPort(compiler); received; received = receiveMessageOnPort(compiler)) {
      this.#tiers.take(received.message as CompilerToEngine)
      this.#tiers.report()
    }
  }

  #take(message: MainToSequencer): void {
    if (message.kind === 'stop') {
      this.#sequencer.finish()
      this.#finishBy = this.#clock.nowMs() + FINISH_LIMIT_MS
      return
    }
    const transactions = decodeTransactions(message.transactions)
    this.#sequencer.submit(
      transactions.map((transaction, i) => ({ ticket: message.firstTicket + i, transaction })),
    )
  }

  /** Writes the step's records, then answers: nothing is answered that is not in the log. */
  #publish(): void {
    const step = this.#sequencer.takeStep()
    if (step === undefined) return
    // The frames stand here, in one segment; afterwards the log may end in a segment that isn't there yet.
    const { position } = this.#log
    this.#log.appendFrames(step.frames)
    const queued: PooledTransaction[] = []
    for (const { outcome } of step.answers) if (outcome.kind === 'queued') queued.push(outcome.transaction)
    if (queued.length > 0) this.#journal.append(queued, () => this.#sequencer.waiting())
    // Before the answer: whoever has it finds it counted.
    this.#tiers.report()
    this.#toMain(stepMessage(step))
    this.#tellSealer(step.frames, position)
  }

  /** The sealer has time until the block's end: waking it for each chunk would take a core from those who wait. */
  #tellSealer(frames: Uint8Array[], position: LogPosition): void {
    for (const frame of frames) this.#forSealer.push(frame)
    if (this.#forSealer.length === 0) return
    if (this.#sequencer.isMiniBlockOpen && this.#forSealer.length < SEALER_BATCH_LIMIT) return
    const message = { kind: 'step', frames: this.#forSealer, position } satisfies SequencerToSealer
    this.#forSealer = []
    this.#data.sealer.postMessage(
      message,
      message.frames.map((frame) => frame.buffer as ArrayBuffer),
    )
  }

  #toMain(message: SequencerToMain): void {
    this.#data.main.postMessage(message)
    this.#answers.wake()
  }
}

function stepMessage({ frames, answers, dropped }: SequencerStep): SequencerToMain {
  const message: Extract<SequencerToMain, { kind: 'step' }> = {
    kind: 'step',
    frames,
    executed: [],
    queued: [],
    refused: [],
    dropped: dropped.map(({ transaction }) => transaction.hash),
  }
  for (const { ticket, outcome } of answers) {
    if (outcome.kind === 'executed') message.executed.push(ticket)
    else if (outcome.kind === 'refused') {
      message.refused.push({ ticket, code: outcome.code, message: outcome.message })
    } else {
      const transaction = encodeTransactions([outcome.transaction])
      message.queued.push({ ticket, expectedNonce: outcome.expectedNonce, transaction })
    }
  }
  return message
}

const thread = new SequencerThread(workerData as SequencerWorkerData)
try {
  await thread.run()
} finally {
  thread.close()
}

import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { Histogram, histogramBytes } from '../lib/index.ts'
import type { ChainCommand } from '../sequencer/index.ts'
import { CompilerThread, ENGINE_COUNTERS, type EngineCounters } from './compiling/index.ts'
import { newFrameMemory, SlabReader } from './FrameSlabs.ts'
import type { ForkThread } from './forking/index.ts'
import { IntakeRing } from './intake/index.ts'
import type { MainToSequencer, SealerWorkerData, SequencerWorkerData, WorkerSettings } from './messages.ts'
import type { Tell } from './operating/index.ts'
import { LATENESS_BOUNDS_S } from './SealWatch.ts'
import { SharedCounters } from './SharedCounters.ts'
import { Signal } from './Signal.ts'
import { SpeculatorThreads } from './speculating/index.ts'
import { startThread } from './startThread.ts'
import { TRIE_COUNTERS, type TrieCounters } from './trieCounters.ts'
import { within } from './within.ts'

/** After so long without an answer a thread is ended by force. */
const STOP_LIMIT_MS = 10_000

/** The sequencer's, the sealer's, the compiler's and the fork's thread, and the channels to them. */
export class NodeThreads {
  readonly sequencer: MessagePort
  readonly sealer: MessagePort
  /** Undefined unless hot code is compiled beside execution. */
  readonly compiler: CompilerThread | undefined
  readonly #speculators: SpeculatorThreads
  /** Of a forked chain. */
  readonly fork: ForkThread | undefined
  readonly #settings: WorkerSettings
  /** Of the sequencer's engine. */
  readonly engineCounters: EngineCounters = new SharedCounters(ENGINE_COUNTERS)
  /** How late the sequencer seals mini-blocks, in seconds. */
  readonly lateness: Histogram = new Histogram(
    LATENESS_BOUNDS_S,
    new SharedArrayBuffer(histogramBytes(LATENESS_BOUNDS_S)),
  )
  /** Of the sealer's trie. */
  readonly trieCounters: TrieCounters = new SharedCounters(TRIE_COUNTERS)
  /** Transactions on their way to the sequencer. */
  readonly intake: IntakeRing = new IntakeRing()
  /** Wakes the sequencer after a message was posted to it. */
  readonly signal: Signal = new Signal()
  /** Woken by the sequencer after it has posted a message to this thread. */
  readonly answers: Signal = new Signal()
  /** Resolves when the sequencer has the state at the log's end, or has ended. */
  readonly sequencerLoaded: Promise<unknown>
  /** Reads what the sequencer's steps say. */
  readonly frames: SlabReader
  readonly #workers = new Map<string, Worker>()
  readonly #exits: Promise<unknown>[] = []
  #failure: Error | undefined
  #isStopping = false
  #onFailure: ((error: Error) => void) | undefined

  /**
   * @param watch - of a ThreadWatch: what the sequencer's thread does is noted there.
   * @param fork - which ends with the others, and without which they can't go on.
   */
  constructor(settings: WorkerSettings, watch?: SharedArrayBuffer, fork?: ForkThread) {
    this.#settings = settings
    this.fork = fork
    fork?.onFailure((error) => this.fail(error))
    this.#speculators = new SpeculatorThreads(settings.speculation.speculators)
    const speculators = this.#speculators.ports
    const toSequencer = new MessageChannel()
    const toSealer = new MessageChannel()
    const between = new MessageChannel()
    this.sequencer = toSequencer.port1
    this.sealer = toSealer.port1
    this.compiler = settings.evm === 'auto' ? new CompilerThread() : undefined
    const frames = newFrameMemory()
    this.frames = new SlabReader(frames, 'main')
    const signal = this.signal.memory
    const answers = this.answers.memory
    const compiler = this.compiler?.sequencerPort
    const engineCounters = this.engineCounters.memory
    const sequencer = this.#start(
      'sequencerWorker',
      {
        ...settings,
        ...{ main: toSequencer.port2, sealer: between.port1, compiler },
        ...{ frames, watch, signal, answers, engineCounters, speculators, intake: this.intake.memory },
        fork: fork?.sequencer,
        lateness: this.lateness.memory as SharedArrayBuffer,
      },
      [
        toSequencer.port2,
        between.port1,
        ...(fork === undefined ? [] : [fork.sequencer.port]),
        ...(compiler === undefined ? [] : [compiler]),
        ...speculators,
      ],
    )
    this.sequencerLoaded = new Promise((resolve) => {
      for (const event of ['message', 'error', 'exit']) sequencer.once(event, resolve)
    })
    this.#start(
      'sealerWorker',
      {
        ...settings,
        frames,
        main: toSealer.port2,
        sequencer: between.port2,
        signal,
        trieCounters: this.trieCounters.memory,
        fork: fork?.sealer,
      },
      [toSealer.port2, between.port2, ...(fork === undefined ? [] : [fork.sealer.port])],
    )
  }

  /** Those that only make it faster, the compiler's once it is asked for something: not before the node answers. */
  startHelpers(compiledFolder: string, tell: Tell = () => {}): void {
    const { evm, speculation } = this.#settings
    const sharesMemory = speculation.speculators > 0
    this.compiler?.allow({ compiledFolder, signal: this.signal.memory, sharesMemory }, tell)
    this.#speculators.start(evm, tell)
  }

  /** The error for which the node can't go on, or undefined. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** The node can't go on, whichever thread it is that fails. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#onFailure?.(this.#failure)
  }

  /** From now on `listener` hears of a failure, also of one that was before. */
  onFailure(listener: (error: Error) => void): void {
    this.#onFailure = listener
    if (this.#failure !== undefined) listener(this.#failure)
  }

  /** Has the sequencer carry out a command; the answer comes with one of its steps. */
  command(id: number, command: ChainCommand): void {
    this.sequencer.postMessage({ kind: 'command', id, command } satisfies MainToSequencer)
    this.signal.wake()
  }

  /** Asks the sequencer to finish, once; the sealer ends with it. */
  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.sequencer.postMessage({ kind: 'stop' } satisfies MainToSequencer)
    this.signal.wake()
  }

  /** All that run now, by name. */
  *workers(): Generator<readonly [string, Worker]> {
    for (const [name, worker] of this.#workers) yield [name.replace(/Worker$/, ''), worker]
    if (this.compiler?.worker !== undefined) yield ['compiler', this.compiler.worker]
    for (const [index, worker] of this.#speculators.workers.entries()) yield [`speculator-${index}`, worker]
  }

  /** Processor time of each thread since its start, in ms; that of the calling thread not. */
  async processorMs(): Promise<Record<string, number>> {
    const times: Record<string, number> = {}
    for (const [name, worker] of this.#workers) {
      const { user, system } = await worker.cpuUsage()
      times[name] = (user + system) / 1000
    }
    return times
  }

  /** Waits for the threads to end, then ends them. */
  async close(): Promise<void> {
    // Has nothing to finish.
    await this.compiler?.close()
    await this.#speculators.close()
    this.stop()
    // After a failure the sequencer still lets go of the log; the others have nothing to finish.
    await within(STOP_LIMIT_MS, this.#failure === undefined ? this.#exits : this.#exits.slice(0, 1))
    await Promise.all(Array.from(this.#workers.values(), (worker) => worker.terminate()))
    this.sequencer.close()
    this.sealer.close()
    // Until here somebody may have waited for its answer.
    await this.fork?.close()
  }

  #start(
    name: string,
    workerData: SequencerWorkerData | SealerWorkerData,
    transferList: MessagePort[],
  ): Worker {
    const worker = startThread(name, workerData, transferList)
    this.#workers.set(name, worker)
    this.#exits.push(new Promise((resolve) => worker.once('exit', resolve)))
    worker.on('error', (error) => this.fail(error as Error))
    return worker
  }
}

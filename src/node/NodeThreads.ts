import { getCompileCacheDir } from 'node:module'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { SealerWorkerData, SequencerWorkerData, WorkerSettings } from './messages.ts'
import { Signal } from './Signal.ts'
import { within } from './within.ts'

/** After so long without an answer a thread is ended by force. */
const STOP_LIMIT_MS = 2000
/** The engine's calls nest up to 1,024 deep. */
const STACK_MIB = 64

/** The sequencer's and the sealer's thread, and the channels to them. */
export class NodeThreads {
  readonly sequencer: MessagePort
  readonly sealer: MessagePort
  /** Wakes the sequencer after a message was posted to it. */
  readonly signal: Signal = new Signal()
  /** Woken by the sequencer after it has posted a message to this thread. */
  readonly answers: Signal = new Signal()
  readonly #workers: Worker[] = []
  readonly #exits: Promise<unknown>[] = []
  #failure: Error | undefined
  #onFailure: ((error: Error) => void) | undefined

  constructor(settings: WorkerSettings) {
    const toSequencer = new MessageChannel()
    const toSealer = new MessageChannel()
    const between = new MessageChannel()
    this.sequencer = toSequencer.port1
    this.sealer = toSealer.port1
    const signal = this.signal.memory
    const answers = this.answers.memory
    this.#start(
      'sequencerWorker',
      { ...settings, main: toSequencer.port2, sealer: between.port1, signal, answers },
      [toSequencer.port2, between.port1],
    )
    this.#start('sealerWorker', { ...settings, main: toSealer.port2, sequencer: between.port2, signal }, [
      toSealer.port2,
      between.port2,
    ])
  }

  /** A thread's error that has not been handed to anybody, or undefined. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** From now on `listener` hears of a thread's end by an error, also of one that was before. */
  onFailure(listener: (error: Error) => void): void {
    this.#onFailure = listener
    if (this.#failure !== undefined) listener(this.#failure)
  }

  /** Waits for the threads to end by themselves, then ends them. */
  async close(): Promise<void> {
    if (this.#failure === undefined) await within(STOP_LIMIT_MS, this.#exits)
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
    this.sequencer.close()
    this.sealer.close()
  }

  #start(
    name: string,
    workerData: SequencerWorkerData | SealerWorkerData,
    transferList: MessagePort[],
  ): void {
    const url = new URL(`./${name}${import.meta.url.slice(-3)}`, import.meta.url)
    // A thread enables the main thread's cache of compiled code by its environment only.
    const cache = getCompileCacheDir()
    const env = cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache }
    const worker = new Worker(url, {
      workerData,
      transferList,
      env,
      resourceLimits: { stackSizeMb: STACK_MIB },
    })
    this.#workers.push(worker)
    this.#exits.push(new Promise((resolve) => worker.once('exit', resolve)))
    worker.on('error', (error) => {
      this.#failure ??= error as Error
      this.#onFailure?.(this.#failure)
    })
  }
}

import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { CompilerThread } from './compiling/index.ts'
import type { Tell } from './events/index.ts'
import { newFrameMemory, SlabReader } from './FrameSlabs.ts'
import type { ForkThread } from './forking/index.ts'
import type { MainToWriter, SealerWorkerData, WorkerSettings, WriterWorkerData } from './messages.ts'
import type { RoleThreads } from './RoleThreads.ts'
import { SharedCounters } from './SharedCounters.ts'
import { Signal } from './Signal.ts'
import { startThread } from './startThread.ts'
import { TRIE_COUNTERS, type TrieCounters } from './trieCounters.ts'
import { within } from './within.ts'

/** After so long without an answer a thread is ended by force. */
const STOP_LIMIT_MS = 10_000

/** The threads of a node, and the channels to them: the writer's (see NodeRole), the sealer's, the compiler's, the fork's. */
export class NodeThreads {
  /** To the thread that writes the log. */
  readonly writer: MessagePort
  readonly sealer: MessagePort
  /** Undefined unless hot code is compiled beside execution. */
  readonly compiler: CompilerThread | undefined
  /** Of a forked chain. */
  readonly fork: ForkThread | undefined
  readonly #role: RoleThreads
  /** Of the sealer's trie. */
  readonly trieCounters: TrieCounters = new SharedCounters(TRIE_COUNTERS)
  /** Wakes the writer after a message was posted to it. */
  readonly signal: Signal = new Signal()
  /** Woken by the writer after it has posted a message to this thread. */
  readonly answers: Signal = new Signal()
  /** Resolves when the writer has the state at the log's end, or has ended. */
  readonly writerLoaded: Promise<unknown>
  /** Reads what the writer's steps say. */
  readonly frames: SlabReader
  readonly #workers = new Map<string, Worker>()
  readonly #exits: Promise<unknown>[] = []
  #failure: Error | undefined
  #isStopping = false
  #onFailure: ((error: Error) => void) | undefined

  /** @param fork - which ends with the others, and without which they can't go on. */
  constructor(settings: WorkerSettings, role: RoleThreads, fork?: ForkThread) {
    this.#role = role
    this.fork = fork
    fork?.onFailure((error) => this.fail(error))
    const toWriter = new MessageChannel()
    const toSealer = new MessageChannel()
    const between = new MessageChannel()
    this.writer = toWriter.port1
    this.sealer = toSealer.port1
    this.compiler = settings.evm === 'auto' ? new CompilerThread() : undefined
    const frames = newFrameMemory()
    this.frames = new SlabReader(frames, 'main')
    const signal = this.signal.memory
    const writer = this.#startWriter({
      ...{ ...settings, main: toWriter.port2, sealer: between.port1, compiler: this.compiler?.writerPort },
      ...{ frames, signal, answers: this.answers.memory, engineCounters: role.engineCounters.memory },
    })
    this.writerLoaded = new Promise((resolve) => {
      for (const event of ['message', 'error', 'exit']) writer.once(event, resolve)
    })
    const { makesHeaders } = role.thread
    const reader = fork?.newReader()
    const sealer: SealerWorkerData = {
      ...{ ...settings, frames, main: toSealer.port2, writer: between.port2, signal, makesHeaders },
      ...{ trieCounters: this.trieCounters.memory, fork: reader },
    }
    this.#start('sealerWorker', sealer, [
      ...[toSealer.port2, between.port2],
      ...(reader === undefined ? [] : [reader]),
    ])
  }

  #startWriter(shared: WriterWorkerData): Worker {
    const { file, data, transferList } = this.#role.thread
    const { main, sealer, compiler } = shared
    const ports = [main, sealer, ...(compiler === undefined ? [] : [compiler]), ...transferList]
    return this.#start(file, { ...shared, ...data }, ports)
  }

  /** Those that only make it faster, the compiler's once it is asked for something: not before the node answers. */
  startHelpers(compiledFolder: string, tell: Tell = () => {}): Promise<void> {
    const sharesMemory = this.#role.speculation.speculators > 0
    this.compiler?.allow({ compiledFolder, signal: this.signal.memory, sharesMemory }, tell)
    return this.#role.startHelpers(tell)
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

  /** Asks the writer to finish, once; the sealer ends with it. */
  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.writer.postMessage({ kind: 'stop' } satisfies MainToWriter)
    this.signal.wake()
  }

  /** All that run now, by name. */
  *workers(): Generator<readonly [string, Worker]> {
    for (const [name, worker] of this.#workers) yield [name.replace(/^.*\/|Worker$/g, ''), worker]
    if (this.fork !== undefined) yield ['fork', this.fork.worker]
    if (this.compiler?.worker !== undefined) yield ['compiler', this.compiler.worker]
    yield* this.#role.helpers()
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
    await this.#role.closeHelpers()
    this.stop()
    // After a failure the writer still lets go of the log; the others have nothing to finish.
    await within(STOP_LIMIT_MS, this.#failure === undefined ? this.#exits : this.#exits.slice(0, 1))
    await Promise.all(Array.from(this.#workers.values(), (worker) => worker.terminate()))
    this.writer.close()
    this.sealer.close()
    // Until here somebody may have waited for its answer.
    await this.fork?.close()
  }

  #start(name: string, workerData: WriterWorkerData | SealerWorkerData, transferList: MessagePort[]): Worker {
    const worker = startThread(name, workerData, transferList)
    this.#workers.set(name, worker)
    this.#exits.push(new Promise((resolve) => worker.once('exit', resolve)))
    worker.on('error', (error) => this.fail(error as Error))
    return worker
  }
}

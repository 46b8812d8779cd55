import { createServer, type Server } from 'node:http'
import { receiveMessageOnPort } from 'node:worker_threads'
import type { EvmTier } from '../execution/index.ts'
import { readFrames } from '../feed/index.ts'
import type { History } from '../history/index.ts'
import { FORK_RULES, type MiningMode } from '../protocol/index.ts'
import {
  attachPlainHttp,
  attachWebSocket,
  createHttpHandler,
  DevError,
  HTTP_SERVER_OPTIONS,
  type RpcLimits,
  RpcServer,
  type Site,
  withHealth,
} from '../rpc/index.ts'
import { type Chain, rulesNow } from './chain.ts'
import type { TieredEngine } from './compiling/index.ts'
import { EvmMonitor } from './compiling/index.ts'
import type { DataFolder } from './dataFolder.ts'
import { CommandClient, type KeyRing, NodeDev, Terminal } from './dev/index.ts'
import { StateFile, type StateFileOptions } from './dumping/index.ts'
import { decodeTransactions, PoolView, Submissions } from './intake/index.ts'
import { keptRecord } from './keptRecord.ts'
import { listen, urlOf } from './listen.ts'
import type { CompilerToEngine, SealerToMain, SequencerToMain } from './messages.ts'
import type { NodeThreads } from './NodeThreads.ts'
import type { NodeView } from './NodeView.ts'
import type { OpenedView } from './openView.ts'
import type { NodeParts, Operations } from './operating/index.ts'
import { SealerClient } from './SealerClient.ts'
import type { SnapshotThread } from './SnapshotThread.ts'
import type { SpeculationSettings } from './speculating/index.ts'
import { within } from './within.ts'

/** How long closing waits for the sequencer's last block. */
const STOP_LIMIT_MS = 2000

/** With which the developer's part is started. */
type DevSettings = {
  mining: MiningMode
  accounts: KeyRing
  write: ((line: string) => void) | undefined
}

export type RunningNodeOptions = {
  tier: EvmTier
  limits: Partial<RpcLimits>
  snapshots: SnapshotThread | undefined
  speculation: SpeculationSettings
  folder: DataFolder
  dev: DevSettings | undefined
  state: StateFileOptions | undefined
  operations: Operations
  site: Site | undefined
}

/** Everything of a node that runs on the main thread. */
export class RunningNode {
  url = ''
  readonly #operations: Operations
  readonly hasExplorer: boolean
  readonly #folder: DataFolder
  readonly #threads: NodeThreads
  readonly #view: NodeView
  readonly #tiers: TieredEngine
  readonly #monitor: EvmMonitor
  readonly #history: History
  readonly #snapshots: SnapshotThread | undefined
  readonly #pool = new PoolView()
  readonly #submissions: Submissions
  readonly #sealer: SealerClient
  readonly #commands: CommandClient
  readonly #dev: DevSettings | undefined
  readonly #state: StateFileOptions | undefined
  #stateFile: StateFile | undefined
  readonly #rpc: RpcServer
  readonly #server: Server
  readonly #detachPlainHttp: () => void
  readonly #detachWebSocket: () => void
  #closing: Promise<void> | undefined
  #onReady: (unreadBytes: number) => void = () => {}
  #onStopped: () => void = () => {}
  /** The sequencer has come to its end in order: the whole log is durable. */
  #isStopped = false

  constructor(
    chain: Chain,
    threads: NodeThreads,
    { view, tiers, history }: OpenedView,
    { tier, limits, snapshots, speculation, dev, operations, folder, site, state }: RunningNodeOptions,
  ) {
    this.#operations = operations
    this.#folder = folder
    this.#threads = threads
    this.#view = view
    this.#tiers = tiers
    this.#monitor = new EvmMonitor({
      ...{ tier, speculation },
      sequencer: threads.engineCounters,
      view: tiers,
      compiler: threads.compiler?.counters,
    })
    this.#history = history
    this.#snapshots = snapshots
    this.#sealer = new SealerClient(threads.sealer)
    this.#commands = new CommandClient((id, command) => threads.command(id, command))
    this.#dev = dev
    this.#state = state
    this.#submissions = new Submissions({
      ring: threads.intake,
      signal: threads.signal,
      answers: threads.answers,
      receive: () => this.#receiveFromSequencer(),
      pool: this.#pool,
      rules: () => rulesNow(chain),
    })
    this.#submissions.onQueued = ({ hash }) => view.announceQueued(hash)
    this.#rpc = new RpcServer(
      view,
      {
        transactionGasCap: FORK_RULES[rulesNow(chain).fork].maxTransactionGas,
        ...limits,
      },
      (error, method) => operations.requestFailed(error, method),
    )
    const handle = createHttpHandler(this.#rpc, site)
    this.#server = createServer(HTTP_SERVER_OPTIONS, withHealth(operations.health, handle))
    this.hasExplorer = site !== undefined
    this.#detachPlainHttp = attachPlainHttp(this.#rpc, this.#server)
    this.#detachWebSocket = attachWebSocket(this.#rpc, this.#server)
  }

  /** @param remarks - gets a sentence for what was left out of the pool. */
  async start(address: { host: string; port: number }, remarks: string[]): Promise<void> {
    this.#view.markAllDurable()
    this.#history.commitUpTo(this.#view.sealedPlace)
    const dev = this.#newDev()
    this.#view.connect({
      sealer: this.#sealer,
      submissions: this.#submissions,
      pool: this.#pool,
      monitor: this.#monitor,
      remote: this.#threads.fork,
      dev,
    })
    this.#listenToCompiler()
    this.#operations.attach(this.#parts())
    const failed = new Promise<never>((_, reject) => this.#threads.onFailure(reject))
    const ready = Promise.all([this.#listenToSequencer(), this.#listenToSealer()])
    const [unreadBytes] = await Promise.race([failed, ready])
    if (unreadBytes > 0)
      remarks.push(`${unreadBytes} bytes at the end of pool.journal left out: torn or damaged`)
    this.#threads.fork?.serve()
    await Promise.race([failed, this.#openStateFile(dev)])
    const port = await Promise.race([failed, listen(this.#server, address)])
    // A failure after the start goes to reportFailure's listener.
    failed.catch(() => {})
    this.url = urlOf(address.host, port)
  }

  #newDev(): NodeDev | undefined {
    if (this.#dev === undefined) return undefined
    const isFork = this.#threads.fork !== undefined
    const { write, ...settings } = this.#dev
    // What a fork has not met yet is in no file.
    const folder = isFork ? undefined : this.#folder
    // The code of a fork may be anything.
    const isNew = this.#folder.isNew && !isFork
    const terminal = write && new Terminal(this.#view, { write, isNew })
    return new NodeDev(this.#commands, { ...settings, view: this.#view, folder, terminal })
  }

  /** A new chain begins with the state that is to be loaded; one that is there goes on with its own. */
  async #openStateFile(dev: NodeDev | undefined): Promise<void> {
    const options = this.#state
    if (options === undefined) return
    if (dev === undefined)
      throw new DevError('states are loaded and dumped on local chains only, or with --dev')
    const onError = (error: Error) => this.#operations.tell('dump_failed', { reason: error.message })
    const file = new StateFile(options, dev.dumps, onError)
    if (this.#folder.isNew) await file.load()
    // Only now: what could not be loaded is not written over.
    file.begin()
    this.#stateFile = file
  }

  #parts(): NodeParts {
    const { lateness, trieCounters } = this.#threads
    return {
      ...{ chainId: this.#view.chainId, folder: this.#folder, view: this.#view, history: this.#history },
      ...{ engine: this.#tiers.engine, monitor: this.#monitor, lateness, trie: trieCounters },
      ...{ submissions: this.#submissions, pool: this.#pool, snapshots: this.#snapshots },
      ...{ rpc: this.#rpc, server: this.#server },
      workers: () => this.#workers(),
    }
  }

  *#workers(): ReturnType<NodeParts['workers']> {
    yield* this.#threads.workers()
    for (const [index, worker] of this.#submissions.workers.entries()) yield [`recovery-${index}`, worker]
  }

  /** Stops the node when a thread fails, then tells. */
  reportFailure(listener: (error: Error) => void): void {
    const stop = (error: Error) => {
      if (this.#closing !== undefined) return
      this.#operations.failed(error)
      // What goes wrong now comes from the same.
      this.close('failure').then(
        () => listener(error),
        () => listener(error),
      )
    }
    this.#threads.onFailure(stop)
    this.#submissions.allowWorkers(stop)
  }

  close(reason = 'closed'): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: string): Promise<void> {
    this.#operations.stopping(reason)
    this.#server.close()
    this.#threads.fork?.interrupt()
    if (this.#threads.failure === undefined) {
      await this.#stateFile?.close()
      const stopped = new Promise<void>((resolve) => {
        this.#onStopped = resolve
      })
      this.#threads.stop()
      await within(STOP_LIMIT_MS, [stopped])
    }
    await this.#submissions.close()
    this.#rpc.close()
    this.#detachWebSocket()
    this.#detachPlainHttp()
    this.#server.closeAllConnections()
    await this.#snapshots?.close()
    await this.#view.close()
    await this.#threads.close()
    if (this.#isStopped) this.#history.commitUpTo(this.#view.sealedPlace)
    await this.#history.close()
    this.#operations.stopped()
  }

  /** Resolves, when it is ready, to the bytes of the pool's journal that could not be read. */
  #listenToSequencer(): Promise<number> {
    return new Promise((resolve) => {
      this.#onReady = resolve
      this.#threads.sequencer.on('message', (message: SequencerToMain) => this.#take(message))
    })
  }

  /** Takes what the sequencer has sent without going through the event loop. */
  #receiveFromSequencer(): void {
    const { sequencer } = this.#threads
    for (
      let received = receiveMessageOnPort(sequencer);
      received;
      received = receiveMessageOnPort(sequencer)
    ) {
      this.#take(received.message as SequencerToMain)
    }
  }

  #take(message: SequencerToMain): void {
    // What follows on a step that failed would not fit.
    if (this.#threads.failure !== undefined) return
    try {
      this.#takeMessage(message)
    } catch (error) {
      this.#threads.fail(error as Error)
    }
  }

  #takeMessage(message: SequencerToMain): void {
    if (message.kind === 'step') this.#takeStep(message)
    else if (message.kind === 'passed') this.#submissions.reclaim()
    else if (message.kind === 'stopped') {
      this.#isStopped = true
      this.#onStopped()
    } else {
      for (const transaction of decodeTransactions(message.pool)) this.#pool.add(transaction)
      this.#onReady(message.unreadBytes)
    }
  }

  #takeStep(step: Extract<SequencerToMain, { kind: 'step' }>): void {
    const frames = this.#threads.frames.read(step.frames)
    for (const { record } of readFrames(frames)) {
      this.#view.follow(keptRecord(record))
      this.#operations.follow(record)
    }
    this.#snapshots?.wrote(frames.length)
    this.#operations.wrote(frames.length)
    this.#submissions.settle(step)
    this.#commands.settle(step.commanded)
  }

  #listenToCompiler(): void {
    this.#threads.compiler?.port.on('message', (answer: CompilerToEngine) => {
      this.#tiers.take(answer)
      this.#monitor.take(answer)
    })
  }

  #listenToSealer(): Promise<void> {
    return new Promise((resolve) => {
      this.#threads.sealer.on('message', (message: SealerToMain) => {
        if (message.kind === 'answer') this.#sealer.resolve(message)
        else if (message.kind === 'durable') {
          this.#view.markDurable(message)
          this.#history.commitUpTo(message)
          this.#snapshots?.durable(message)
        } else resolve()
      })
    })
  }
}

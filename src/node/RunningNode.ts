import { createServer, type Server } from 'node:http'
import { receiveMessageOnPort } from 'node:worker_threads'
import type { EvmTier } from '../execution/index.ts'
import { readFrames } from '../feed/index.ts'
import type { History } from '../history/index.ts'
import { FORK_RULES } from '../protocol/index.ts'
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
import type { CompilerToEngine, TieredEngine } from './compiling/index.ts'
import { EvmMonitor } from './compiling/index.ts'
import type { DataFolder } from './dataFolder.ts'
import type { NodeDev } from './dev/index.ts'
import { StateFile, type StateFileOptions } from './dumping/index.ts'
import { keptRecord } from './keptRecord.ts'
import { listen, urlOf } from './listen.ts'
import type { SealerToMain } from './messages.ts'
import type { NodeRole, WriterClient } from './NodeRole.ts'
import type { NodeThreads } from './NodeThreads.ts'
import type { NodeView } from './NodeView.ts'
import type { MemberWatch } from './network/index.ts'
import type { OpenedView } from './openView.ts'
import type { NodeParts, Operations } from './operating/index.ts'
import type { FeedStatus } from './publishing/index.ts'
import { SealerClient } from './SealerClient.ts'
import type { SnapshotThread } from './SnapshotThread.ts'
import { feedDoor } from './transport/index.ts'
import { within } from './within.ts'
import type { WriterToMain } from './writerMessages.ts'

/** How long closing waits for the writer's last records. */
const STOP_LIMIT_MS = 2000

export type RunningNodeOptions = {
  tier: EvmTier
  limits: Partial<RpcLimits>
  snapshots: SnapshotThread | undefined
  role: NodeRole
  folder: DataFolder
  state: StateFileOptions | undefined
  members: MemberWatch
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
  readonly #writer: WriterClient
  readonly #sealer: SealerClient
  readonly #feed: FeedStatus | undefined
  readonly #peering: NodeParts['peering']
  readonly #state: StateFileOptions | undefined
  #stateFile: StateFile | undefined
  readonly #members: MemberWatch
  readonly #rpc: RpcServer
  readonly #server: Server
  readonly #detachPlainHttp: () => void
  readonly #detachWebSocket: () => void
  #closing: Promise<void> | undefined
  #onReady: (remarks: string[]) => void = () => {}
  #onStopped: () => void = () => {}
  /** The writer has come to its end in order: the whole log is durable. */
  #isStopped = false

  constructor(
    chain: Chain,
    threads: NodeThreads,
    opened: OpenedView,
    { tier, limits, snapshots, role, operations, folder, site, state, members }: RunningNodeOptions,
  ) {
    const { view, tiers, history } = opened
    this.#operations = operations
    this.#folder = folder
    this.#threads = threads
    this.#view = view
    this.#tiers = tiers
    this.#monitor = new EvmMonitor({
      ...{ tier, speculation: role.speculation },
      sequencer: role.engineCounters,
      view: tiers,
      compiler: threads.compiler?.counters,
    })
    this.#history = history
    this.#snapshots = snapshots
    this.#sealer = new SealerClient(threads.sealer)
    this.#feed = role.feed
    this.#peering = role.peering
    this.#state = state
    this.#members = members
    const receive = () => this.#receiveFromWriter()
    this.#writer = role.connect({ ...opened, chain, threads, folder, receive })
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
    this.#detachWebSocket = attachWebSocket(
      this.#rpc,
      this.#server,
      role.feed && feedDoor(() => role.feed!.url),
    )
  }

  /** @param remarks - gets a sentence for what was left out of the pool. */
  async start(address: { host: string; port: number }, remarks: string[]): Promise<void> {
    this.#view.markAllDurable()
    this.#history.commitUpTo(this.#view.sealedPlace)
    const { submissions, pool, dev } = this.#writer
    this.#view.connect({
      ...{ sealer: this.#sealer, submissions, pool, monitor: this.#monitor, dev },
      nodeStatus: () => this.#writer.status,
      network: () => this.#members.read(),
      remote: this.#threads.fork,
    })
    this.#listenToCompiler()
    this.#operations.attach(this.#parts())
    const failed = new Promise<never>((_, reject) => this.#threads.onFailure(reject))
    const ready = Promise.all([this.#listenToWriter(), this.#listenToSealer()])
    const [ofWriter] = await Promise.race([failed, ready])
    remarks.push(...ofWriter)
    this.#threads.fork?.serve()
    await Promise.race([failed, this.#openStateFile(dev)])
    const port = await Promise.race([failed, listen(this.#server, address)])
    // A failure after the start goes to reportFailure's listener.
    failed.catch(() => {})
    this.url = urlOf(address.host, port)
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
    const { submissions, pool, lateness } = this.#writer
    const nodeStatus = () => this.#writer.status
    return {
      ...{ chainId: this.#view.chainId, folder: this.#folder, view: this.#view, history: this.#history },
      ...{ engine: this.#tiers.engine, monitor: this.#monitor, lateness, trie: this.#threads.trieCounters },
      ...{ submissions, pool, snapshots: this.#snapshots, nodeStatus },
      ...{ feed: this.#feed, peering: this.#peering, rpc: this.#rpc, server: this.#server },
      workers: () => this.#workers(),
    }
  }

  *#workers(): ReturnType<NodeParts['workers']> {
    yield* this.#threads.workers()
    yield* this.#writer.workers()
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
    this.#writer.allowWorkers(stop)
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
    await this.#writer.close()
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

  get accounts(): WriterClient['accounts'] {
    return this.#writer.accounts
  }

  /** Resolves, when it is ready, to what it remarks. */
  #listenToWriter(): Promise<string[]> {
    return new Promise((resolve) => {
      this.#onReady = resolve
      this.#threads.writer.on('message', (message: WriterToMain) => this.#take(message))
    })
  }

  /** Takes what the writer has sent without going through the event loop. */
  #receiveFromWriter(): void {
    const { writer } = this.#threads
    for (let received = receiveMessageOnPort(writer); received; received = receiveMessageOnPort(writer))
      this.#take(received.message as WriterToMain)
  }

  #take(message: WriterToMain): void {
    // What follows on a step that failed would not fit.
    if (this.#threads.failure !== undefined) return
    try {
      this.#takeMessage(message)
    } catch (error) {
      this.#threads.fail(error as Error)
    }
  }

  #takeMessage(message: WriterToMain): void {
    if (message.kind === 'step') this.#follow(message)
    this.#writer.take(message)
    if (message.kind === 'ready') this.#onReady(message.remarks)
    else if (message.kind === 'stopped') {
      this.#isStopped = true
      this.#onStopped()
    }
  }

  #follow(step: Extract<WriterToMain, { kind: 'step' }>): void {
    const frames = this.#threads.frames.read(step.frames)
    for (const { record } of readFrames(frames)) {
      this.#view.follow(keptRecord(record))
      this.#operations.follow(record)
    }
    this.#snapshots?.wrote(frames.length)
    this.#operations.wrote(frames.length)
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

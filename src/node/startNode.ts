import { statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { receiveMessageOnPort } from 'node:worker_threads'
import type { Engine, EvmTier } from '../execution/index.ts'
import { readFrames } from '../feed/index.ts'
import type { History } from '../history/index.ts'
import { bytesToHex, hexToBytes, systemClock } from '../lib/index.ts'
import { FORK_RULES, type Fork, type MiningMode } from '../protocol/index.ts'
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
import { type Chain, loadChain } from './chain.ts'
import type { TieredEngine } from './compiling/index.ts'
import { EvmMonitor } from './compiling/index.ts'
import { type DataFolder, holdsChain, openDataFolder } from './dataFolder.ts'
import { CommandClient, KeyRing, NodeDev, Terminal } from './dev/index.ts'
import { StateFile, type StateFileOptions } from './dumping/index.ts'
import { explorerSite } from './explorerSite.ts'
import { checkFork, type ForkOptions, ForkThread, forkGenesis } from './forking/index.ts'
import type { Progress } from './genesisSource.ts'
import { decodeTransactions, PoolView, Submissions } from './intake/index.ts'
import { keptRecord } from './keptRecord.ts'
import { listen, urlOf } from './listen.ts'
import { accountsOf, type LocalChainOptions } from './localChain.ts'
import type { CompilerToEngine, SealerToMain, SequencerToMain } from './messages.ts'
import { miningOf } from './miningOf.ts'
import { NodeThreads } from './NodeThreads.ts'
import type { NodeView } from './NodeView.ts'
import { historyHead, type OpenedView, openView } from './openView.ts'
import { type NodeParts, Operations, type OperationsOptions, type Tell } from './operating/index.ts'
import { SealerClient } from './SealerClient.ts'
import { SnapshotThread } from './SnapshotThread.ts'
import { type SpeculationSettings, speculationSettings } from './speculating/index.ts'
import { bytesBehind, findStart, type StartPoint, setAside } from './startPoint.ts'
import { within } from './within.ts'

export type NodeOptions = OperationsOptions & {
  /** TCP port for http and WebSocket; 0: any free one. Default 8545. */
  port?: number
  /** Address to listen on. Default 127.0.0.1. */
  host?: string
  /** Folder of the chain; see dataFolder.ts. Default ./.leveret. */
  data?: string
  /** Deletes the chain in the folder first. */
  fresh?: boolean
  /** A geth-style genesis, as text or as a file of any size; default: the folder's, else that of a local chain. */
  genesis?: string | { path: string }
  /** Hears how far a large genesis is read. */
  onProgress?: Progress
  /** For the genesis of a new local chain. Default 31337; of a forked one the remote's. */
  chainId?: bigint
  /** What else a new local chain begins with. */
  local?: Omit<LocalChainOptions, 'chainId'>
  /** A new chain goes on after a block of the one that another node has: see docs/fork.md. */
  fork?: ForkOptions
  /** Shortest time between two mini-blocks. Default 10. */
  miniBlockMs?: number
  /** Time between two EVM blocks in the mode `interval`. Default 1000. */
  blockMs?: number
  /**
   * When EVM blocks come: regularly (default), with transactions (`auto`), or on demand (`manual`). `autoIfLocal`: with
   * transactions on a local chain, else regularly.
   */
  mining?: MiningMode['kind'] | 'autoIfLocal'
  /** Most gas of one eth_call or eth_estimateGas. Default 50 million. */
  rpcGasCap?: bigint
  /** Origins of web pages that may call; default: all. */
  corsOrigins?: readonly string[]
  /** Host names under which the node may be called, besides IP addresses. Default: localhost. */
  virtualHosts?: readonly string[]
  /** Past blocks whose state can be read; Infinity: all, and the whole log is kept. Default 128. */
  history?: number
  /** A snapshot of the state is made when the log has grown by so many MiB; 0: never. Default 512. */
  snapshotMiB?: number
  /** Size at which a file of the log is followed by the next; whole files are what is deleted. Default 64. */
  segmentMiB?: number
  /** Memory of one thread's state. */
  memoryMiB?: number
  /**
   * How bytecode is run. `auto` (default): hot code is compiled on a thread of its own. `interpreter`: nothing is compiled.
   * `compiled`: everything is, before it first runs and in front of the answer: for tests.
   */
  evm?: EvmTier
  /** Of a ThreadWatch, for benchmarks: there the sequencer's thread notes what it does. */
  watch?: SharedArrayBuffer
  /** Threads that execute transactions, 1 to 64; `auto` (default): as many as there are cores for, where they help. */
  threads?: number | 'auto'
  /** Whether developers' methods are there. Default: on a local chain, whose genesis was not given. */
  dev?: boolean
  /** Every account is impersonated from the start. Default false. */
  autoImpersonate?: boolean
  /** Hears, on a developer's chain, what contracts write with console.log, and why transactions and calls fail. */
  terminal?: (line: string) => void
  /** Serve the explorer at `/`, if it has been built. Default true. */
  explorer?: boolean
  /** Of a local chain: a state to begin with, and where it is dumped. */
  state?: StateFileOptions
  /** Called when the node can't go on; it has stopped then. */
  onFailure?: (error: Error) => void
}

export type Node = {
  /** http://host:port; WebSocket on the same port. */
  url: string
  /** The explorer is served at {@link url}. */
  hasExplorer: boolean
  /** http://host:port/metrics, if there are metrics; /livez and /readyz beside it. */
  metricsUrl: string | undefined
  chainId: bigint
  genesisHash: string
  /** In force at the start. */
  fork: Fork
  /** Newest EVM block of the log at the start. */
  headNumber: bigint
  /** Block of another chain after which this one goes on; undefined: it was not forked. */
  forkedAfter: bigint | undefined
  /** Oldest EVM block that the history has. */
  firstNumber: bigint
  dataFolder: string
  isNew: boolean
  /** The well-known developer accounts, those that have ether. */
  accounts: readonly { address: string; privateKey: string }[]
  /** What recovery cut off the log's torn end, and which snapshots it passed over; empty if all was whole. */
  recovered: readonly string[]
  /** Finishes what is under way, seals, syncs and closes. A second call changes nothing. The log tells the reason. */
  close(reason?: string): Promise<void>
}

/**
 * Of a snapshot: the trie takes as long to load as both engines. These load one after the other then, so that with two
 * cores the trie has one for itself.
 */
const LOAD_IN_TURN_BYTES = 64 * 1024 * 1024
const DEFAULT_SEGMENT_MIB = 64

/** How long closing waits for the sequencer's last block. */
const STOP_LIMIT_MS = 2000

/**
 * Starts a node with all its threads, and resolves once it answers.
 *
 * @throws DataFolderError, GenesisError, PortInUseError, StartError, and the errors of the log's recovery.
 */
export async function startNode(options: NodeOptions = {}): Promise<Node> {
  const operations = new Operations(options)
  try {
    await operations.open(options)
    const node = await start(options, operations)
    const { url, chainId, fork, headNumber, firstNumber, dataFolder, isNew, recovered } = node
    operations.started(recovered, { url, chainId, fork, headNumber, firstNumber, dataFolder, isNew })
    return node
  } catch (error) {
    operations.failed(error as Error)
    operations.close()
    throw error
  }
}

async function start(options: NodeOptions, operations: Operations): Promise<Node> {
  const { data: path = '.leveret', fork, fresh = false } = options
  const local = { ...options.local, ...(options.chainId === undefined ? {} : { chainId: options.chainId }) }
  const isForked = fork !== undefined && (fresh || !holdsChain(path))
  const folder = openDataFolder({
    path,
    forkGenesis: isForked ? { text: await forkGenesis(fork, local) } : undefined,
    genesis: typeof options.genesis === 'string' ? { text: options.genesis } : options.genesis,
    onProgress: options.onProgress,
    local: fork === undefined || isForked ? local : {},
    fresh,
  })
  const chain = loadChain(folder.genesis)
  const remarks: string[] = []
  if (fork !== undefined && !isForked) await checkFork(fork, chain, { path, remarks })
  const head = await historyHead(chain, folder)
  for (;;) {
    const start = findStart(folder, chain.hash, { remarks, historyHead: head })
    try {
      const { node, ...facts } = await startFrom(start, { folder, chain, options, operations, remarks })
      return {
        ...{ url: node.url, hasExplorer: node.hasExplorer, metricsUrl: operations.metricsUrl },
        ...{ chainId: chain.chainId, genesisHash: bytesToHex(chain.hash) },
        fork: chain.schedule.forkAt(nowSeconds()),
        ...{ dataFolder: folder.path, isNew: folder.isNew, recovered: remarks, ...facts },
        close: (reason) => node.close(reason),
      }
    } catch (error) {
      // Then from the snapshot before.
      if (!setAside(error, remarks)) throw error
    }
  }
}

type Started = Pick<Node, 'headNumber' | 'forkedAfter' | 'firstNumber' | 'accounts'> & { node: RunningNode }

async function startFrom(
  start: StartPoint,
  {
    folder,
    chain,
    options,
    operations,
    remarks,
  }: {
    folder: DataFolder
    chain: Chain
    options: NodeOptions
    operations: Operations
    remarks: string[]
  },
): Promise<Started> {
  const { host = '127.0.0.1', port = 8545, evm = 'auto', history: stateWindow = 128 } = options
  const settings = {
    ...{ logFolder: folder.log, journal: folder.journal, genesis: folder.genesis },
    ...{ snapshot: start.snapshot, recordCount: start.report.recordCount },
    ...{ evm, miniBlockMs: options.miniBlockMs ?? 10, mining: miningOf(options, folder) },
    isDev: options.dev ?? folder.local !== undefined,
    segmentBytes: (options.segmentMiB ?? DEFAULT_SEGMENT_MIB) * 2 ** 20,
    memoryMiB: options.memoryMiB,
    // What executes ahead has no access to the state before a fork.
    speculation: speculationSettings(chain.isFork ? 1 : (options.threads ?? 'auto')),
  }
  const fork = chain.isFork ? openFork(chain, folder, options.fork) : undefined
  // The threads load and replay while this one does.
  const threads = new NodeThreads(settings, options.watch, fork)
  fork?.onFailure((error) => threads.fail(error))
  let node: RunningNode | undefined
  try {
    await fork?.bringBasics()
    if (statSync(start.snapshot).size >= LOAD_IN_TURN_BYTES) await threads.sequencerLoaded
    if (threads.failure !== undefined) throw threads.failure
    const opened = await openView(chain, folder, {
      ...{ ...settings, compiler: threads.compiler?.port, base: fork?.state, stateWindow, remarks },
    })
    const { headNumber, firstNumber } = opened.view
    const known = accountsOf(folder.local ?? {})
    const accounts = known.filter((account) => hasEther(opened.tiers.engine, account))
    // Of a chain whose genesis was given, those that have ether there.
    const keys = new KeyRing(folder.local === undefined ? accounts : known)
    keys.impersonateAll(options.autoImpersonate ?? false)
    // A snapshot has no place for what became nothing since the fork: the log is read from there on.
    const snapshots = fork
      ? undefined
      : snapshotThread(folder, start, opened.history, { ...options, tell: operations.tell })
    node = new RunningNode(chain, threads, opened, {
      ...{ tier: evm, limits: limitsOf(options), snapshots, speculation: settings.speculation },
      ...{
        dev: settings.isDev
          ? { mining: settings.mining, accounts: keys, write: options.terminal }
          : undefined,
        operations,
        folder,
        fork,
        state: options.state,
      },
      site: options.explorer === false ? undefined : explorerSite(),
    })
    await node.start({ host, port }, remarks)
    threads.startHelpers(folder.compiled, operations.tell)
    node.reportFailure(options.onFailure ?? (() => {}))
    return { node, headNumber, forkedAfter: fork?.blockNumber, firstNumber, accounts }
  } catch (error) {
    await (node?.close('failure') ?? threads.close())
    await fork?.close()
    throw error
  }
}

function openFork(
  { header }: Chain,
  { fork: folder, local = {} }: DataFolder,
  options: ForkOptions | undefined,
): ForkThread {
  const accounts = accountsOf(local).map(({ address }) => hexToBytes(address.toLowerCase()))
  return new ForkThread({ folder, accounts, url: options?.url, blockNumber: header.number })
}

/** Undefined when no snapshots are to be made. */
function snapshotThread(
  { snapshots, log }: DataFolder,
  { head }: StartPoint,
  history: History,
  { snapshotMiB = 512, history: window = 0, tell }: NodeOptions & { tell: Tell },
): SnapshotThread | undefined {
  if (snapshotMiB === 0) return undefined
  return new SnapshotThread({
    ...{ snapshots, log, tell },
    everyBytes: snapshotMiB * 2 ** 20,
    behindBytes: bytesBehind(head, log),
    keepLog: window === Number.POSITIVE_INFINITY,
    flushHistory: async () => {
      await history.flush()
      return history.flushed ?? { branch: 0n, blockNumber: 0n }
    },
  })
}

/** With which the developer's part is started. */
type DevSettings = {
  mining: MiningMode
  accounts: KeyRing
  write: ((line: string) => void) | undefined
}

type RunningNodeOptions = {
  tier: EvmTier
  limits: Partial<RpcLimits>
  snapshots: SnapshotThread | undefined
  speculation: SpeculationSettings
  folder: DataFolder
  dev: DevSettings | undefined
  state: StateFileOptions | undefined
  operations: Operations
  fork: ForkThread | undefined
  site: Site | undefined
}

/** Those of the server that the options name. */
function limitsOf({ rpcGasCap, corsOrigins, virtualHosts = ['localhost'] }: NodeOptions): Partial<RpcLimits> {
  return {
    virtualHosts,
    ...(rpcGasCap === undefined ? {} : { callGasCap: rpcGasCap }),
    ...(corsOrigins === undefined ? {} : { corsOrigins }),
  }
}

/** Everything of a node that runs on the main thread. */
class RunningNode {
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
  readonly #fork: ForkThread | undefined
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
    { tier, limits, snapshots, speculation, dev, operations, folder, fork, site, state }: RunningNodeOptions,
  ) {
    this.#fork = fork
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
      rules: () => ({
        chainId: chain.chainId,
        fork: chain.schedule.forkAt(nowSeconds()),
        blockGasLimit: chain.schedule.gasLimit,
      }),
    })
    this.#submissions.onQueued = ({ hash }) => view.announceQueued(hash)
    this.#rpc = new RpcServer(
      view,
      {
        transactionGasCap: FORK_RULES[chain.schedule.forkAt(nowSeconds())].maxTransactionGas,
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
      remote: this.#fork,
      dev,
    })
    this.#listenToCompiler()
    this.#operations.attach(this.#parts())
    const failed = new Promise<never>((_, reject) => this.#threads.onFailure(reject))
    const ready = Promise.all([this.#listenToSequencer(), this.#listenToSealer()])
    const [unreadBytes] = await Promise.race([failed, ready])
    if (unreadBytes > 0)
      remarks.push(`${unreadBytes} bytes at the end of pool.journal left out: torn or damaged`)
    this.#fork?.serve()
    await Promise.race([failed, this.#openStateFile(dev)])
    const port = await Promise.race([failed, listen(this.#server, address)])
    // A failure after the start goes to reportFailure's listener.
    failed.catch(() => {})
    this.url = urlOf(address.host, port)
  }

  #newDev(): NodeDev | undefined {
    if (this.#dev === undefined) return undefined
    // What a fork has not met yet is in no file.
    const folder = this.#fork === undefined ? this.#folder : undefined
    const { write, ...settings } = this.#dev
    // The code of a fork may be anything.
    const isNew = this.#folder.isNew && this.#fork === undefined
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
    this.#fork?.interrupt()
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
    await this.#fork?.close()
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

function nowSeconds(): bigint {
  return BigInt(Math.floor(systemClock().nowMs() / 1000))
}

function hasEther(engine: Engine, { address }: { address: string }): boolean {
  return (engine.getAccount(hexToBytes(address))?.balance ?? 0n) > 0n
}

import { createServer, type Server } from 'node:http'
import { MessageChannel, Worker } from 'node:worker_threads'
import { Engine } from '../execution/index.ts'
import { decodeRecord, recoverLog } from '../feed/index.ts'
import { History } from '../history/index.ts'
import { bytesToHex, systemClock } from '../lib/index.ts'
import { FORK_RULES, type Fork } from '../protocol/index.ts'
import { attachWebSocket, createHttpHandler, DEFAULT_RPC_LIMITS, RpcServer } from '../rpc/index.ts'
import { type Chain, loadChain } from './chain.ts'
import { type DataFolder, openDataFolder } from './dataFolder.ts'
import type { SealerToMain, SealerWorkerData, SequencerToMain, SequencerWorkerData, WorkerSettings } from './messages.ts'
import { NodeView } from './NodeView.ts'
import { PoolView } from './PoolView.ts'
import { replayLog } from './replay.ts'
import { SealerClient } from './SealerClient.ts'
import { Signal } from './Signal.ts'
import { Submissions } from './Submissions.ts'
import { decodeTransactions } from './transactionCodec.ts'
import { CLIENT_VERSION } from './version.ts'

export type NodeOptions = {
  /** TCP port for http and WebSocket; 0: any free one. Default 8545. */
  port?: number
  /** Address to listen on. Default 127.0.0.1. */
  host?: string
  /** Folder of the chain; see dataFolder.ts. Default ./.leveret. */
  data?: string
  /** Deletes the chain in the folder first. */
  fresh?: boolean
  /** Text of a geth-style genesis file; default: the folder's, else that of a local chain. */
  genesis?: string
  /** For the genesis of a new local chain. Default 31337. */
  chainId?: bigint
  /** Shortest time between two mini-blocks. Default 10. */
  miniBlockMs?: number
  /** Time between two EVM blocks. Default 1000. */
  blockMs?: number
  /** Memory of one thread's state. */
  memoryMiB?: number
  /** Called when the node can't go on; it has stopped then. */
  onFailure?: (error: Error) => void
}

export type Node = {
  /** http://host:port; WebSocket on the same port. */
  url: string
  chainId: bigint
  genesisHash: string
  /** In force at the start. */
  fork: Fork
  /** Newest EVM block at the start; 0 on a new chain. */
  headNumber: bigint
  dataFolder: string
  isNew: boolean
  /** What recovery cut off the log's torn end; undefined if it was whole. */
  recovered: string | undefined
  /** Finishes what is under way, seals, syncs and closes. A second call changes nothing. */
  close(): Promise<void>
}

/** After so long without an answer a thread is ended by force. */
const STOP_LIMIT_MS = 2000

/**
 * Starts a node with all its threads, and resolves once it answers.
 *
 * @throws DataFolderError, GenesisError, PortInUseError, and the errors of the log's recovery.
 */
export async function startNode(options: NodeOptions = {}): Promise<Node> {
  const blockMs = options.blockMs ?? 1000
  const folder = openDataFolder({
    path: options.data ?? '.leveret',
    genesis: options.genesis,
    chainId: options.chainId,
    fresh: options.fresh ?? false,
  })
  const chain = loadChain(folder.genesis, { blockMs })
  const report = recoverLog(folder.log, { genesisHash: chain.hash })
  const node = new RunningNode(chain, folder, {
    logFolder: folder.log,
    journal: folder.journal,
    recordCount: report.recordCount,
    genesis: folder.genesis,
    miniBlockMs: options.miniBlockMs ?? 10,
    blockMs,
    memoryMiB: options.memoryMiB,
  })
  try {
    await node.start({ host: options.host ?? '127.0.0.1', port: options.port ?? 8545 })
  } catch (error) {
    await node.close()
    throw error
  }
  node.onFailure = options.onFailure ?? (() => {})
  const now = BigInt(Math.floor(systemClock().nowMs() / 1000))
  return {
    url: node.url,
    chainId: chain.chainId,
    genesisHash: bytesToHex(chain.hash),
    fork: chain.schedule.forkAt(now),
    headNumber: node.startNumber,
    dataFolder: folder.path,
    isNew: folder.isNew,
    recovered: report.cut === undefined ? undefined : describeCut(report.cut),
    close: () => node.close(),
  }
}

function describeCut({ path, offset, bytes, reason }: { path: string; offset: number; bytes: number; reason: string }): string {
  return `${bytes} bytes cut from ${path} at offset ${offset}: ${reason}`
}

/** The threads, the view and the server of one node. */
class RunningNode {
  url = ''
  startNumber = 0n
  onFailure: (error: Error) => void = () => {}
  readonly #view: NodeView
  readonly #history: History
  readonly #pool = new PoolView()
  readonly #signal = new Signal()
  readonly #toSequencer = new MessageChannel()
  readonly #toSealer = new MessageChannel()
  readonly #submissions: Submissions
  readonly #sealer: SealerClient
  readonly #sequencerThread: Worker
  readonly #sealerThread: Worker
  readonly #settings: WorkerSettings
  readonly #rpc: RpcServer
  readonly #server: Server
  readonly #detachWebSocket: () => void
  #closing: Promise<void> | undefined
  #failure: Error | undefined
  #fail: (error: Error) => void = () => {}
  #onStopped: () => void = () => {}

  constructor(chain: Chain, folder: DataFolder, settings: WorkerSettings) {
    this.#settings = settings
    const between = new MessageChannel()
    // The threads start first: they load and replay while this one does.
    this.#sequencerThread = this.#startThread('sequencerWorker', {
      ...settings,
      main: this.#toSequencer.port2,
      sealer: between.port1,
      signal: this.#signal.memory,
    })
    this.#sealerThread = this.#startThread('sealerWorker', {
      ...settings,
      main: this.#toSealer.port2,
      sequencer: between.port2,
      signal: this.#signal.memory,
    })
    const engine = new Engine(settings.memoryMiB === undefined ? {} : { memoryMiB: settings.memoryMiB })
    this.#history = History.open(folder.history, { genesisHash: chain.hash })
    this.#view = new NodeView({ chain, engine, history: this.#history, clientVersion: CLIENT_VERSION })
    this.#sealer = new SealerClient(this.#toSealer.port1)
    const clock = systemClock()
    this.#submissions = new Submissions({
      port: this.#toSequencer.port1,
      signal: this.#signal,
      pool: this.#pool,
      rules: () => ({
        chainId: chain.chainId,
        fork: chain.schedule.forkAt(BigInt(Math.floor(clock.nowMs() / 1000))),
        blockGasLimit: chain.schedule.gasLimit,
      }),
    })
    this.#submissions.onQueued = ({ hash }) => this.#view.announceQueued(hash)
    const now = BigInt(Math.floor(clock.nowMs() / 1000))
    this.#rpc = new RpcServer(this.#view, {
      transactionGasCap: FORK_RULES[chain.schedule.forkAt(now)].maxTransactionGas,
      blobSchedule: chain.schedule.blobScheduleAt(now),
    })
    this.#server = createServer(createHttpHandler(this.#rpc))
    this.#detachWebSocket = attachWebSocket(this.#rpc, this.#server)
  }

  async start(address: { host: string; port: number }): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject
    })
    // Also when nobody waits any more.
    failed.catch(() => {})
    for (const { record } of replayLog(this.#settings.logFolder, this.#settings.recordCount)) this.#view.follow(record)
    this.startNumber = this.#view.headNumber
    this.#view.markDurable(this.#view.sealedNumber)
    this.#view.connect({ sealer: this.#sealer, submissions: this.#submissions, pool: this.#pool })
    await Promise.race([failed, Promise.all([this.#listenToSequencer(), this.#listenToSealer()])])
    const port = await Promise.race([failed, listen(this.#server, address)])
    const host = address.host.includes(':') ? `[${address.host}]` : address.host
    this.url = `http://${host}:${port}`
    this.#fail = (error) => this.#failLater(error)
    if (this.#failure !== undefined) throw this.#failure
    void this.#submissions.startWorkers((error) => this.#fail(error))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#server.close()
    if (this.#failure === undefined) await this.#stopSequencer()
    await this.#submissions.close()
    this.#rpc.close()
    this.#detachWebSocket()
    this.#server.closeAllConnections()
    await endWithin(this.#sealerThread, STOP_LIMIT_MS)
    await this.#sequencerThread.terminate()
    this.#toSequencer.port1.close()
    this.#toSealer.port1.close()
    await this.#history.close()
  }

  async #stopSequencer(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#onStopped = resolve
    })
    this.#toSequencer.port1.postMessage({ kind: 'stop' })
    this.#signal.wake()
    await Promise.race([stopped, delay(STOP_LIMIT_MS)])
  }

  #startThread(name: string, data: SequencerWorkerData | SealerWorkerData): Worker {
    const url = new URL(`./${name}${import.meta.url.slice(-3)}`, import.meta.url)
    const ports = 'sealer' in data ? [data.main, data.sealer] : [data.main, data.sequencer]
    const worker = new Worker(url, { workerData: data, transferList: ports, resourceLimits: { stackSizeMb: 64 } })
    worker.on('error', (error) => {
      this.#failure ??= error as Error
      this.#fail(error as Error)
    })
    return worker
  }

  #failLater(error: Error): void {
    if (this.#closing !== undefined) return
    this.close().then(
      () => this.onFailure(error),
      () => this.onFailure(error),
    )
  }

  #listenToSequencer(): Promise<void> {
    return new Promise((resolve) => {
      this.#toSequencer.port1.on('message', (message: SequencerToMain) => {
        if (message.kind === 'step') this.#takeStep(message)
        else if (message.kind === 'stopped') this.#onStopped()
        else {
          for (const transaction of decodeTransactions(message.pool)) this.#pool.add(transaction)
          resolve()
        }
      })
    })
  }

  #takeStep(step: Extract<SequencerToMain, { kind: 'step' }>): void {
    for (const frame of step.frames) this.#view.follow(decodeRecord(frame))
    this.#submissions.settle(step)
  }

  #listenToSealer(): Promise<void> {
    return new Promise((resolve) => {
      this.#toSealer.port1.on('message', (message: SealerToMain) => {
        if (message.kind === 'answer') this.#sealer.resolve(message)
        else if (message.kind === 'durable') this.#view.markDurable(message.blockNumber)
        else resolve()
      })
    })
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(host, port) : error)
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

async function endWithin(worker: Worker, limitMs: number): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  await Promise.race([ended, delay(limitMs)])
  await worker.terminate()
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

/** Another program listens there. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError'

  constructor(host: string, port: number) {
    super(`Port ${port} is in use.\n  address: ${host}:${port}\n  next: stop the program that uses it, or choose another with --port.`)
  }
}

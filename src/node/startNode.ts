import { statSync } from 'node:fs'
import type { History } from '../history/index.ts'
import { bytesToHex } from '../lib/index.ts'
import { isSigningNative } from '../protocol/index.ts'
import type { RpcLimits } from '../rpc/index.ts'
import { type Chain, loadChain, rulesNow } from './chain.ts'
import { type DataFolder, holdsChain, openDataFolder } from './dataFolder.ts'
import type { Tell } from './events/index.ts'
import { explorerSite } from './explorerSite.ts'
import {
  bootstrap,
  checkFollowed,
  finishRenewal,
  newReplicaRole,
  renew,
  rollBack,
} from './following/index.ts'
import { checkFork, clearDamaged, type ForkOptions, ForkThread, forkGenesis } from './forking/index.ts'
import { accountsOf } from './localChain.ts'
import { miningOf } from './miningOf.ts'
import type { NodeRole } from './NodeRole.ts'
import { NodeThreads } from './NodeThreads.ts'
import { MemberWatch } from './network/index.ts'
import type { Node, NodeOptions } from './nodeOptions.ts'
import { historyHead, openView } from './openView.ts'
import { Operations } from './operating/index.ts'
import { isPeerAddress } from './outlets/index.ts'
import type { PeeringThread } from './peering/index.ts'
import { preparePublisher } from './publishing/index.ts'
import { RunningNode } from './RunningNode.ts'
import { SnapshotThread } from './SnapshotThread.ts'
import { SequencerRole } from './sequencing/index.ts'
import { speculationSettings } from './speculating/index.ts'
import { bytesBehind, findStart, type StartPoint, setAside } from './startPoint.ts'

/**
 * Of a snapshot: the trie takes as long to load as both engines. These load one after the other then, so that with two
 * cores the trie has one for itself.
 */
const LOAD_IN_TURN_BYTES = 64 * 1024 * 1024
const DEFAULT_SEGMENT_MIB = 64

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
    // The first transaction would wait for the binding otherwise, the start for nothing.
    setImmediate(() => {
      if (!isSigningNative()) operations.tell('signatures_slow')
    })
    return node
  } catch (error) {
    operations.failed(error as Error)
    operations.close()
    throw error
  }
}

async function start(options: NodeOptions, operations: Operations): Promise<Node> {
  const { data: path = '.leveret', fork, fresh = false, replica } = options
  const local = { ...options.local, ...(options.chainId === undefined ? {} : { chainId: options.chainId }) }
  const isForked = fork !== undefined && (fresh || !holdsChain(path))
  const given = typeof options.genesis === 'string' ? { text: options.genesis } : options.genesis
  const { onProgress } = options
  const isFollowed = replica !== undefined
  const isNewReplica = isFollowed && (fresh || !holdsChain(path))
  if (isFollowed) {
    finishRenewal(path)
    if (isNewReplica)
      operations.tell('bootstrapped', await bootstrap({ ...replica, path, genesis: given, onProgress }))
    else if (replica.renew === true)
      operations.tell('bootstrapped', await renew({ ...replica, path, onProgress }))
  }
  const folder = openDataFolder({
    path,
    forkGenesis: isForked ? { text: await forkGenesis(fork, local) } : undefined,
    genesis: isFollowed ? undefined : given,
    onProgress,
    local: isFollowed || (fork !== undefined && !isForked) ? {} : local,
    fresh: fresh && !isFollowed,
  })
  checkFollowed(folder, replica)
  const chain = loadChain(folder.genesis)
  const remarks: string[] = []
  if (replica?.rollback === true) rollBack(folder, remarks)
  if (fork !== undefined && !isForked) await checkFork(fork, chain, { path, remarks })
  const head = await historyHead(chain, folder)
  for (;;) {
    const start = findStart(folder, chain.hash, { remarks, historyHead: head, wholeEntries: isFollowed })
    try {
      const { node, ...facts } = await startFrom(start, { folder, chain, options, operations, remarks })
      return {
        ...{ url: node.url, hasExplorer: node.hasExplorer, metricsUrl: operations.metricsUrl },
        ...{ chainId: chain.chainId, genesisHash: bytesToHex(chain.hash) },
        fork: rulesNow(chain).fork,
        ...{ dataFolder: folder.path, isNew: folder.isNew || isNewReplica, isReplica: isFollowed },
        ...{ recovered: remarks, ...facts },
        close: (reason) => node.close(reason),
      }
    } catch (error) {
      // Then from the snapshot before.
      if (!setAside(error, remarks)) throw error
    }
  }
}

type Started = Pick<
  Node,
  'headNumber' | 'forkedAfter' | 'firstNumber' | 'accounts' | 'feedUrl' | 'feedSigner' | 'peerAddresses'
> & {
  node: RunningNode
}

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
    ...{ logFolder: folder.log, genesis: folder.genesis, snapshot: start.snapshot, evm },
    ...{ recordCount: start.report.recordCount, memoryMiB: options.memoryMiB },
    segmentBytes: (options.segmentMiB ?? DEFAULT_SEGMENT_MIB) * 2 ** 20,
  }
  const fork = chain.isFork ? openFork(chain, folder, { from: options.fork, remarks }) : undefined
  const peering = await peeringOf(options, folder, chain)
  const publishing = () => preparePublisher(start, { folder, chain, options, peering, remarks })
  const role = newRole(options, { folder, fork, tell: operations.tell, peering, publishing })
  // A replica does not know whether the sequencer's chain is a developer's.
  const isDev = options.replica !== undefined || isDevChain(options, folder)
  // The threads load and replay while this one does.
  const threads = new NodeThreads(settings, role, fork)
  let node: RunningNode | undefined
  try {
    await fork?.bringBasics(accountsOf(folder.local ?? {}))
    if (statSync(start.snapshot).size >= LOAD_IN_TURN_BYTES) await threads.writerLoaded
    if (threads.failure !== undefined) throw threads.failure
    const opened = await openView(chain, folder, {
      ...{ ...settings, isDev, speculation: role.speculation, compiler: threads.compiler?.port },
      ...{ base: fork?.state, stateWindow, remarks },
    })
    const { headNumber, firstNumber } = opened.view
    // A snapshot has no place for what became nothing since the fork: the log is read from there on.
    const snapshots = fork
      ? undefined
      : snapshotThread(folder, start, opened.history, { ...options, tell: operations.tell })
    node = new RunningNode(chain, threads, opened, {
      ...{ tier: evm, limits: limitsOf(options), snapshots, role, operations, folder },
      state: options.state,
      members: new MemberWatch(options.members ?? []),
      site: options.explorer === false ? undefined : explorerSite(),
    })
    await node.start({ host, port }, remarks)
    await threads.startHelpers(folder.compiled, operations.tell)
    node.reportFailure(options.onFailure ?? (() => {}))
    const facts = { headNumber, forkedAfter: fork?.blockNumber, firstNumber, accounts: node.accounts }
    const peerAddresses = role.peering?.addresses ?? []
    const [feedUrl, feedSigner] = [role.feed?.url || undefined, role.feed?.signer || undefined]
    return { node, ...facts, feedUrl, feedSigner, peerAddresses }
  } catch (error) {
    await (node?.close('failure') ?? threads.close())
    throw error
  }
}

function isDevChain({ dev }: NodeOptions, { local }: DataFolder): boolean {
  return dev ?? local !== undefined
}

/** Undefined: the node has nothing to do with peers, and loads nothing for it. */
async function peeringOf(
  { peering, replica }: NodeOptions,
  { path: folder }: DataFolder,
  { hash: genesisHash }: Chain,
): Promise<PeeringThread | undefined> {
  const from = (replica?.from ?? []).filter(isPeerAddress)
  if (peering === undefined && from.length === 0) return undefined
  const { preparePeering } = await import('./peering/index.ts')
  return preparePeering(peering, { from, folder, genesisHash })
}

function newRole(
  options: NodeOptions,
  {
    folder,
    fork,
    tell,
    peering,
    publishing,
  }: {
    folder: DataFolder
    fork: ForkThread | undefined
    tell: Tell
    peering: PeeringThread | undefined
    publishing: () => ReturnType<typeof preparePublisher>
  },
): NodeRole {
  const { evm = 'auto', replica, miniBlockMs = 10, watch, autoImpersonate, terminal } = options
  if (replica !== undefined)
    return newReplicaRole(replica, {
      ...{ folder, peering, nats: options.nats, publish: options.publish, tell },
      isDev: options.dev ?? false,
    })
  return new SequencerRole({
    ...publishing(),
    peering,
    ...{ journal: folder.journal, miniBlockMs, mining: miningOf(options, folder) },
    ...{ isDev: isDevChain(options, folder), evm, fork, watch, autoImpersonate, terminal },
    // What executes ahead has no access to the state before a fork.
    speculation: speculationSettings(fork === undefined ? (options.threads ?? 'auto') : 1),
  })
}

function openFork(
  { header }: Chain,
  { fork: folder }: DataFolder,
  { from, remarks }: { from: ForkOptions | undefined; remarks: string[] },
): ForkThread {
  const damage = clearDamaged(folder)
  if (damage !== undefined) remarks.push(damage)
  return new ForkThread({ folder, url: from?.url, blockNumber: header.number })
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

/** Those of the server that the options name. */
function limitsOf({ rpcGasCap, corsOrigins, virtualHosts = ['localhost'] }: NodeOptions): Partial<RpcLimits> {
  return {
    virtualHosts,
    ...(rpcGasCap === undefined ? {} : { callGasCap: rpcGasCap }),
    ...(corsOrigins === undefined ? {} : { corsOrigins }),
  }
}

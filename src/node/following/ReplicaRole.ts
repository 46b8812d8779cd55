import type { Worker } from 'node:worker_threads'
import { assert, bytesToHex } from '../../lib/index.ts'
import type { Chain } from '../chain.ts'
import { ENGINE_COUNTERS, type EngineCounters } from '../compiling/index.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { Tell } from '../events/index.ts'
import { IntakeRing, RecoveryWorkers } from '../intake/index.ts'
import type { NodeRole, RoleLinks } from '../NodeRole.ts'
import { isPeerAddress } from '../outlets/index.ts'
import type { PeeringThread } from '../peering/index.ts'
import type { FeedStatus } from '../publishing/index.ts'
import { FEED_COUNTERS, feedUrlOf, type PublishingOptions, readIdentity } from '../publishing/index.ts'
import type { RoleThread } from '../RoleThreads.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { Signal } from '../Signal.ts'
import type { SpeculationSettings } from '../speculating/index.ts'
import type { ReplicaOptions } from './bootstrap.ts'
import { FollowerClient } from './FollowerClient.ts'
import type { FollowerThreadData, RelaySettings, VerifySettings } from './messages.ts'

/** Of entries that are kept for those who follow this node, unless said otherwise. */
const FEED_MIB = 1024

export type ReplicaParts = {
  /** That of a followed chain. */
  folder: DataFolder
  /** Talks to peers; undefined: nobody does. */
  peering: PeeringThread | undefined
  /** See NodeOptions. */
  nats: string | undefined
  /** What developers' methods do to the chain is taken as it is, also by a full node. */
  isDev: boolean
  /** How the stream is served; undefined: at no port. */
  publish: PublishingOptions | undefined
  tell: Tell
}

/** @throws PublishingError where certificate or key can't be read. */
export function newReplicaRole({ from, verify }: ReplicaOptions, parts: ReplicaParts): ReplicaRole {
  const { folder, peering, nats, isDev, publish = {}, tell } = parts
  const { sequencer: signer, feed: feedFolder, evidence: evidenceFolder } = folder
  assert(signer !== undefined, 'the folder was checked')
  const feedBytes = (publish.maxMiB ?? FEED_MIB) * 2 ** 20
  const data: FollowerThreadData = {
    // Peers are found by the thread that talks to them.
    sources: from.filter((address) => !isPeerAddress(address)),
    ...{ signer, feedFolder, feedBytes, evidenceFolder, relay: relayOf(publish) },
    verify:
      verify === true
        ? { isDev, intake: new IntakeRing().memory, recovered: new Signal().memory }
        : undefined,
    outlets: { nats, peers: peering?.port, maxBytes: feedBytes },
  }
  return new ReplicaRole(data, peering, tell)
}

function relayOf({ port, host = '127.0.0.1', tls }: PublishingOptions): RelaySettings | undefined {
  if (port === undefined) return undefined
  return { host, port, tls: readIdentity(tls), counters: new SharedCounters(FEED_COUNTERS).memory }
}

/** A node that follows the chain of another: its log is written by what takes in the sequencer's signed entries. */
class ReplicaRole implements NodeRole {
  readonly engineCounters: EngineCounters = new SharedCounters(ENGINE_COUNTERS)
  readonly speculation: SpeculationSettings = { speculators: 0, parallel: 'never' }
  readonly thread: RoleThread
  readonly feed: FeedStatus | undefined
  readonly peering: PeeringThread | undefined
  readonly #signer: Uint8Array
  readonly #tell: Tell
  readonly #verify: VerifySettings | undefined
  readonly #relay: RelaySettings | undefined
  /** Of a full node. */
  #recovery: RecoveryWorkers | undefined
  #fail: (error: Error) => void = () => {}

  constructor(data: FollowerThreadData, peering: PeeringThread | undefined, tell: Tell) {
    this.peering = peering
    this.#signer = data.signer
    this.#tell = tell
    this.#verify = data.verify
    this.#relay = data.relay
    this.feed = data.relay && {
      ...{ url: '', signer: bytesToHex(data.signer) },
      counters: new SharedCounters(FEED_COUNTERS, data.relay.counters),
    }
    const transferList = peering === undefined ? [] : [peering.port]
    this.thread = { file: 'following/followerWorker', data, transferList, makesHeaders: false }
  }

  connect(links: RoleLinks): FollowerClient {
    const onRelay = (port: number): void => {
      if (this.feed !== undefined && this.#relay !== undefined) this.feed.url = feedUrlOf(this.#relay, port)
    }
    const { chain, threads } = links
    this.#fail = (error) => threads.fail(error)
    if (this.#verify !== undefined) this.#recovery = recoveryOf(this.#verify, chain)
    return new FollowerClient(links, { tell: this.#tell, verifies: this.#verify !== undefined, onRelay })
  }

  async startHelpers(tell: Tell): Promise<void> {
    this.#recovery?.start(this.#fail)
    await this.peering?.start(this.#signer, tell)
  }

  *helpers(): Generator<readonly [string, Worker]> {
    if (this.peering?.worker !== undefined) yield ['peering', this.peering.worker]
    for (const [index, worker] of this.#recovery?.threads.entries() ?? []) yield [`recovery-${index}`, worker]
  }

  async closeHelpers(): Promise<void> {
    await Promise.all([this.peering?.close(), this.#recovery?.close()])
  }
}

/** What they refuse, the thread that follows looks at itself. */
function recoveryOf({ intake, recovered }: VerifySettings, { schedule }: Chain): RecoveryWorkers {
  const { chainId, gasLimit: blockGasLimit } = schedule
  return new RecoveryWorkers({
    ...{ ring: new IntakeRing(intake), reader: new Signal(recovered) },
    ...{ rules: { chainId, blockGasLimit }, onRefused: () => {} },
  })
}

import type { Worker } from 'node:worker_threads'
import { assert } from '../../lib/index.ts'
import { ENGINE_COUNTERS, type EngineCounters } from '../compiling/index.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { FollowerThreadData } from '../messages.ts'
import type { FeedStatus, NodeRole, RoleLinks, RoleThread } from '../NodeRole.ts'
import type { Tell } from '../operating/index.ts'
import { isPeerAddress, type PeeringThread } from '../peering/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import type { SpeculationSettings } from '../speculating/index.ts'
import type { ReplicaOptions } from './bootstrap.ts'
import { FollowerClient } from './FollowerClient.ts'

/** Bytes of entries that are kept for those who follow this node. */
const FEED_BYTES = 1024 * 2 ** 20

export type ReplicaParts = {
  /** That of a followed chain. */
  folder: DataFolder
  /** Talks to peers; undefined: nobody does. */
  peering: PeeringThread | undefined
  /** See NodeOptions. */
  nats: string | undefined
  /** What developers' methods do to the chain is taken as it is, also by a full node. */
  isDev: boolean
  tell: Tell
}

export function newReplicaRole({ from, verify }: ReplicaOptions, parts: ReplicaParts): ReplicaRole {
  const { folder, peering, nats, isDev, tell } = parts
  const { sequencer: signer, feed: feedFolder, evidence: evidenceFolder } = folder
  assert(signer !== undefined, 'the folder was checked')
  return new ReplicaRole(
    {
      // Peers are found by the thread that talks to them.
      sources: from.filter((address) => !isPeerAddress(address)),
      ...{ signer, feedFolder, feedBytes: FEED_BYTES, evidenceFolder },
      verify: verify === true ? { isDev } : undefined,
      outlets: { nats, peers: peering?.port, maxBytes: FEED_BYTES },
    },
    peering,
    tell,
  )
}

/** A node that follows the chain of another: its log is written by what takes in the sequencer's signed entries. */
class ReplicaRole implements NodeRole {
  readonly engineCounters: EngineCounters = new SharedCounters(ENGINE_COUNTERS)
  readonly speculation: SpeculationSettings = { speculators: 0, parallel: 'never' }
  readonly thread: RoleThread
  readonly feed: FeedStatus | undefined = undefined
  readonly peering: PeeringThread | undefined
  readonly #signer: Uint8Array
  readonly #tell: Tell
  readonly #verifies: boolean

  constructor(data: FollowerThreadData, peering: PeeringThread | undefined, tell: Tell) {
    this.peering = peering
    this.#signer = data.signer
    this.#tell = tell
    this.#verifies = data.verify !== undefined
    const transferList = peering === undefined ? [] : [peering.port]
    this.thread = { file: 'following/followerWorker', data, transferList, makesHeaders: false }
  }

  connect(links: RoleLinks): FollowerClient {
    return new FollowerClient(links, { tell: this.#tell, verifies: this.#verifies })
  }

  async startHelpers(tell: Tell): Promise<void> {
    await this.peering?.start(this.#signer, tell)
  }

  *helpers(): Generator<readonly [string, Worker]> {
    if (this.peering?.worker !== undefined) yield ['peering', this.peering.worker]
  }

  async closeHelpers(): Promise<void> {
    await this.peering?.close()
  }
}

import { assert } from '../../lib/index.ts'
import { ENGINE_COUNTERS, type EngineCounters } from '../compiling/index.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { FollowerThreadData } from '../messages.ts'
import type { FeedStatus, NodeRole, RoleLinks, RoleThread } from '../NodeRole.ts'
import type { Tell } from '../operating/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import type { SpeculationSettings } from '../speculating/index.ts'
import type { ReplicaOptions } from './bootstrap.ts'
import { FollowerClient } from './FollowerClient.ts'

/** Bytes of entries that are kept for those who follow this node. */
const FEED_BYTES = 1024 * 2 ** 20

/**
 * @param folder - that of a followed chain.
 * @param isDev - what developers' methods do to the chain is taken as it is, also by a full node.
 */
export function newReplicaRole(
  { from, verify }: ReplicaOptions,
  { folder, isDev, tell }: { folder: DataFolder; isDev: boolean; tell: Tell },
): ReplicaRole {
  const { sequencer: signer, feed: feedFolder, evidence: evidenceFolder } = folder
  assert(signer !== undefined, 'the folder was checked')
  return new ReplicaRole(
    {
      ...{ sources: [...from], signer, feedFolder, feedBytes: FEED_BYTES, evidenceFolder },
      verify: verify === true ? { isDev } : undefined,
    },
    tell,
  )
}

/** A node that follows the chain of another: its log is written by what takes in the sequencer's signed entries. */
class ReplicaRole implements NodeRole {
  readonly engineCounters: EngineCounters = new SharedCounters(ENGINE_COUNTERS)
  readonly speculation: SpeculationSettings = { speculators: 0, parallel: 'never' }
  readonly thread: RoleThread
  readonly feed: FeedStatus | undefined = undefined
  readonly #tell: Tell
  readonly #verifies: boolean

  constructor(data: FollowerThreadData, tell: Tell) {
    this.#tell = tell
    this.#verifies = data.verify !== undefined
    this.thread = { file: 'following/followerWorker', data, transferList: [], makesHeaders: false }
  }

  connect(links: RoleLinks): FollowerClient {
    return new FollowerClient(links, { tell: this.#tell, verifies: this.#verifies })
  }

  async startHelpers(): Promise<void> {}

  *helpers(): Generator<never> {}

  async closeHelpers(): Promise<void> {}
}

import type { Chain } from '../chain.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { PeeringThread } from '../peering/index.ts'
import type { StartPoint } from '../startPoint.ts'
import { Publisher } from './Publisher.ts'
import { PublishingError } from './PublishingError.ts'
import { planPublication, publishedEpoch } from './planPublication.ts'
import { findKey, readIdentity } from './publishingKey.ts'
import { DEFAULT_MAX_MIB, type PublishingOptions } from './publishingOptions.ts'

export type PublisherParts = {
  folder: DataFolder
  chain: Chain
  /** As a node's. */
  options: { publish?: PublishingOptions; epoch?: bigint; memoryMiB?: number; nats?: string }
  /** Talks to peers; undefined: nobody does. */
  peering: PeeringThread | undefined
  /** Gets a sentence for an epoch that had to begin. */
  remarks: string[]
}

/**
 * The epoch in which the chain goes on, and who publishes it, before any thread starts.
 *
 * @throws PublishingError, KeystoreError, EntryStoreError.
 */
export function preparePublisher(
  start: StartPoint,
  { folder, chain, options, peering, remarks }: PublisherParts,
): { epoch: bigint; publisher?: Publisher } {
  const { epoch, nats } = options
  const isGiven = peering !== undefined || nats !== undefined
  const publish = options.publish ?? (isGiven ? {} : undefined)
  if (publish === undefined) return { epoch: epoch ?? publishedEpoch(folder.feed) }
  if (chain.isFork)
    throw new PublishingError('the chain is forked from another', 'publish a chain that is whole.')
  const genesisHash = chain.hash
  const maxBytes = (publish.maxMiB ?? DEFAULT_MAX_MIB) * 2 ** 20
  const plan = planPublication(folder, start, { genesisHash, maxBytes, epoch }, remarks)
  const publisher = new Publisher({
    ...{ ...plan, genesisHash, maxBytes, genesis: folder.genesis, memoryMiB: options.memoryMiB },
    ...{ logFolder: folder.log, feedFolder: folder.feed, snapshots: folder.snapshots },
    ...{ host: publish.host ?? '127.0.0.1', port: publish.port, tls: readIdentity(publish.tls) },
    signer: findKey(publish.key, { path: folder.feedKey, isLocal: folder.local !== undefined }),
    outlets: { nats, peers: peering?.port, maxBytes },
  })
  return { epoch: plan.epoch, publisher }
}

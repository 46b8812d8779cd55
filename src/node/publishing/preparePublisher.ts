import type { Chain } from '../chain.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { NodeOptions } from '../nodeOptions.ts'
import type { StartPoint } from '../startPoint.ts'
import { Publisher } from './Publisher.ts'
import { PublishingError } from './PublishingError.ts'
import { planPublication, publishedEpoch } from './planPublication.ts'
import { findKey, readIdentity } from './publishingKey.ts'
import { DEFAULT_MAX_MIB } from './publishingOptions.ts'

export type PublisherParts = {
  folder: DataFolder
  chain: Chain
  options: Pick<NodeOptions, 'publish' | 'epoch' | 'memoryMiB'>
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
  { folder, chain, options, remarks }: PublisherParts,
): { epoch: bigint; publisher?: Publisher } {
  const { publish, epoch } = options
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
  })
  return { epoch: plan.epoch, publisher }
}

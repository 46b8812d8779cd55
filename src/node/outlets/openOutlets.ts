import type { FeedSource } from '../../feed/index.ts'
import type { Follower } from '../../replica/index.ts'
import type { OutletNews, Outlets, OutletsData } from './Outlets.ts'

/**
 * Loads and opens the outlets that a node has; undefined: it has none.
 *
 * @param follower - hears of peers that were found; undefined: the node follows nobody.
 * @throws NatsPlaceError
 */
export async function openOutlets(
  source: FeedSource,
  data: OutletsData,
  onNews: (news: OutletNews) => void,
  follower?: Follower,
): Promise<Outlets | undefined> {
  if (data.nats === undefined && data.peers === undefined) return undefined
  const { Outlets } = await import('./Outlets.ts')
  return new Outlets(source, data, onNews, follower)
}

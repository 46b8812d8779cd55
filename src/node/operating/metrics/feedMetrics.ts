import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet } from './MetricSet.ts'

/** The stream that the node gives to others; nothing where it gives none. */
export function feedMetrics(set: MetricSet, { feed }: Pick<NodeParts, 'feed'>): void {
  set.gauge(
    'feed_info',
    'Where the stream is served, and who signs it: always 1.',
    () => (feed === undefined ? [] : [[{ url: feed.url, signer: feed.signer }, 1]]),
    ['url', 'signer'],
  )
  set.gauge('feed_next_record', 'Number of the record behind the newest entry.', () =>
    feed?.counters.get('nextRecord'),
  )
  set.gauge('feed_mini_block', 'Newest mini-block of the stream.', () =>
    feed?.counters.get('miniBlockNumber'),
  )
  set.gauge('feed_stored_bytes', 'Bytes of the entries on the disk.', () => feed?.counters.get('storedBytes'))
  set.gauge('feed_connections', 'Connections to the stream.', () => feed?.counters.get('connections'))
  set.counter('feed_sent_bytes_total', 'Bytes that were sent over them.', () =>
    feed?.counters.get('sentBytes'),
  )
}

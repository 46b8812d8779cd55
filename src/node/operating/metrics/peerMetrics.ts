import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet } from './MetricSet.ts'

/** The open network; nothing where the node takes no part in it. */
export function peerMetrics(
  set: MetricSet,
  { peering, nodeStatus }: Pick<NodeParts, 'peering' | 'nodeStatus'>,
): void {
  set.gauge('peers', 'Peers of the chain that are connected.', () => peering?.status.peers)
  set.gauge(
    'peers_banned',
    "Peers that are left alone, since they gave what can't be right.",
    () => peering?.status.banned,
  )
  set.gauge('peer_sessions', 'Sessions in which peers are served.', () => peering?.status.served)
  set.counter(
    'peers_dropped_total',
    "Peers that were hung up on, by what they gave that can't be right: entries, or a head.",
    () => Object.entries(peering?.status.dropped ?? {}).map(([reason, count]) => [{ reason }, count]),
    ['reason'],
  )
  set.counter('peer_entries_total', 'Entries of the stream taken in from peers.', () =>
    peering === undefined ? undefined : nodeStatus().following?.peerEntries,
  )
}

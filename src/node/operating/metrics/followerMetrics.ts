import type { FollowingStatus } from '../../../rpc/index.ts'
import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet } from './MetricSet.ts'

const STATES = ['following', 'idle', 'waiting', 'setAside'] as const

/** How far a replica is behind the chain that it follows, and its sources; zeros on a node that makes a chain. */
export function followerMetrics(set: MetricSet, { nodeStatus }: Pick<NodeParts, 'nodeStatus'>): void {
  const figure = (of: (following: FollowingStatus) => number | bigint) => () => {
    const { following } = nodeStatus()
    return following === undefined ? 0 : of(following)
  }
  set.gauge(
    'follower_lag_mini_blocks',
    'Mini-blocks that are known to be there and are not shown here.',
    figure(({ lagMiniBlocks }) => lagMiniBlocks),
  )
  set.gauge(
    'follower_lag_seconds',
    'Age of the newest mini-block here where there are newer ones; else how long after its sealing it was taken in.',
    figure(({ lagMs }) => lagMs / 1000),
  )
  set.counter(
    'follower_entries_total',
    'Entries of the stream taken in.',
    figure(({ entries }) => entries),
  )
  set.counter(
    'follower_bytes_total',
    'Bytes of the stream that came.',
    figure(({ bytes }) => bytes),
  )
  set.counter(
    'follower_lies_total',
    'How often the sequencer was caught: two entries for one place, or one that execution refutes.',
    figure(({ lies }) => lies),
  )
  set.gauge(
    'follower_sources',
    'Sources by what they are at: followed, idle, waited for, or set aside since they gave what can not be right.',
    () => {
      const sources = nodeStatus().following?.sources ?? []
      return STATES.map((state) => [{ state }, sources.filter((source) => source.state === state).length])
    },
    ['state'],
  )
}

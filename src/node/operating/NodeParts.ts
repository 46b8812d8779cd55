import type { Server } from 'node:http'
import type { Worker } from 'node:worker_threads'
import type { Engine } from '../../execution/index.ts'
import type { History } from '../../history/index.ts'
import type { Histogram } from '../../lib/index.ts'
import type { NodeStatus, RpcServer } from '../../rpc/index.ts'
import type { EvmMonitor } from '../compiling/index.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { NodeIntake, PoolView } from '../intake/index.ts'
import type { NodeView } from '../NodeView.ts'
import type { PeeringThread } from '../peering/index.ts'
import type { FeedStatus } from '../publishing/index.ts'
import type { SnapshotThread } from '../SnapshotThread.ts'
import type { TrieCounters } from '../trieCounters.ts'

/** The parts of a running node that an operator is told of. */
export type NodeParts = {
  chainId: bigint
  folder: DataFolder
  view: Pick<NodeView, 'headNumber' | 'sealedNumber' | 'durableNumber' | 'miniBlocks' | 'undurableSinceMs'>
  /** The view's: the sequencer's has the same state. */
  engine: Pick<Engine, 'accountCount' | 'slotCount' | 'limits'>
  history: Pick<
    History,
    'headNumber' | 'committedNumber' | 'indexedNumber' | 'uncommittedBlocks' | 'uncommittedBytes'
  >
  snapshots: Pick<SnapshotThread, 'stats'> | undefined
  submissions: Pick<NodeIntake, 'stats' | 'unanswered' | 'usedBytes'>
  pool: Pick<PoolView, 'size'>
  rpc: Pick<RpcServer, 'stats' | 'interests'>
  server: Pick<Server, 'getConnections'>
  monitor: Pick<EvmMonitor, 'status'>
  nodeStatus: () => NodeStatus
  /** Undefined: it seals no mini-blocks. */
  lateness: Histogram | undefined
  trie: TrieCounters
  /** The stream that it gives to others; undefined: it gives none. */
  feed: FeedStatus | undefined
  /** Undefined: it takes no part in the open network. */
  peering: Pick<PeeringThread, 'status'> | undefined
  /** All that run now, by name. */
  workers: () => Iterable<readonly [name: string, worker: Worker]>
}

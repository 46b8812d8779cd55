import type { Worker } from 'node:worker_threads'
import type { Histogram } from '../lib/index.ts'
import type { DeveloperAccount } from '../protocol/index.ts'
import type { NodeStatus } from '../rpc/index.ts'
import type { Chain } from './chain.ts'
import type { DataFolder } from './dataFolder.ts'
import type { NodeDev } from './dev/index.ts'
import type { NodeIntake, PoolView } from './intake/index.ts'
import type { NodeThreads } from './NodeThreads.ts'
import type { OpenedView } from './openView.ts'
import type { PeeringThread } from './peering/index.ts'
import type { FeedStatus } from './publishing/index.ts'
import type { RoleThreads } from './RoleThreads.ts'
import type { WriterToMain } from './writerMessages.ts'

/**
 * What a node is: which thread writes its log, and what of the rest depends on that. Everything else of a node follows
 * the log, whoever writes it.
 */
export interface NodeRole extends RoleThreads {
  /** The main thread's side. */
  connect(links: RoleLinks): WriterClient
  /** The stream that it gives to others; undefined: it gives none. */
  readonly feed: FeedStatus | undefined
  /** The thread that talks to peers; undefined: there are none. */
  readonly peering: PeeringThread | undefined
}

/** What the main thread's side stands on: the threads run, and the view stands at the log's end. */
export type RoleLinks = OpenedView & {
  chain: Chain
  threads: NodeThreads
  folder: DataFolder
  /** Takes in what the thread has sent, without going through the event loop. */
  receive: () => void
}

/** The main thread's side of the thread that writes the log. */
export interface WriterClient {
  readonly submissions: NodeIntake
  /** Transactions that are known to wait. */
  readonly pool: PoolView
  /** The developer's control of the chain; undefined where there is none. */
  readonly dev: NodeDev | undefined
  /** Developer accounts with ether. */
  readonly accounts: readonly DeveloperAccount[]
  /** How late mini-blocks are sealed; undefined where none are. */
  readonly lateness: Histogram | undefined
  /** What the node is, and how far it is behind. */
  readonly status: NodeStatus
  /** Takes a message of the thread. The records of a step have been followed before. */
  take(message: WriterToMain): void
  /** From now on it may start threads of its own; `onError` hears when one fails. */
  allowWorkers(onError: (error: Error) => void): void
  /** Those that run now, by name. */
  workers(): Iterable<readonly [name: string, worker: Worker]>
  /** Refuses every transaction that is unanswered. */
  close(): Promise<void>
}

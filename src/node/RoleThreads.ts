import type { MessagePort, Worker } from 'node:worker_threads'
import type { EngineCounters } from './compiling/index.ts'
import type { Tell } from './events/index.ts'
import type { SealerWorkerData } from './messages.ts'
import type { SpeculationSettings } from './speculating/index.ts'

/** The threads of a node's role (see NodeRole): the one that writes the log, and those that help it. */
export interface RoleThreads {
  /** How the thread is started that writes the log. */
  readonly thread: RoleThread
  /** Of the thread's engine; zeros where that executes nothing. */
  readonly engineCounters: EngineCounters
  /** How the thread's engine executes ahead. */
  readonly speculation: SpeculationSettings
  /** Threads that only make it faster, or that publish, may start: not before the node answers. */
  startHelpers(tell: Tell): Promise<void>
  /** Those that run now, by name. */
  helpers(): Iterable<readonly [name: string, worker: Worker]>
  closeHelpers(): Promise<unknown>
}

export type RoleThread = {
  /** Name of its file, see startThread.ts. */
  file: string
  /** On top of what every thread gets that writes the log: see WriterWorkerData. */
  data: object
  transferList: readonly MessagePort[]
} & Pick<SealerWorkerData, 'makesHeaders'>

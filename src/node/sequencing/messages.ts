import type { MessagePort } from 'node:worker_threads'
import type { MiningMode } from '../../protocol/index.ts'
import type { ChainCommand } from '../../sequencer/index.ts'
import type { IntakeMemory } from '../intake/index.ts'
import type { MainToWriter, WriterWorkerData } from '../messages.ts'
import type { SpeculationSettings } from '../speculating/index.ts'

export type SequencerSettings = {
  journal: string
  miniBlockMs: number
  mining: MiningMode
  isDev: boolean
  speculation: SpeculationSettings
  /** Of the mini-blocks that it seals. */
  epoch: bigint
}

/** What the sequencer's role adds to what starts its thread. */
export type SequencerThreadData = SequencerSettings & {
  /** Of a chain that was forked: where the state before it is read. */
  fork: MessagePort | undefined
  /** Of the threads that execute ahead of the engine. */
  speculators: MessagePort[]
  /** Where transactions come from. */
  intake: IntakeMemory
  /** Of a Histogram with LATENESS_BOUNDS_S: how late mini-blocks are. */
  lateness: SharedArrayBuffer
  /** Of a ThreadWatch; undefined: nothing is watched. */
  watch: SharedArrayBuffer | undefined
  /** Of the signal that wakes who publishes the log; undefined: nobody does. */
  written: SharedArrayBuffer | undefined
}

export type SequencerWorkerData = WriterWorkerData & SequencerThreadData

/** Transactions come through the ring. */
export type MainToSequencer = MainToWriter | { kind: 'command'; id: number; command: ChainCommand }

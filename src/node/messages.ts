import type { MessagePort } from 'node:worker_threads'
import type { EvmTier } from '../execution/index.ts'
import type { LogPosition } from '../feed/index.ts'
import type { SealedPlace } from '../protocol/index.ts'
import type { ViewProof } from '../rpc/index.ts'
import type { HashedAccount, HashedSlot, WitnessTarget } from '../trie/index.ts'
import type { FrameMemory, FramesPlace } from './FrameSlabs.ts'
import type { PruneReport, PruneRequest } from './pruneFolder.ts'
import type { SnapshotJob } from './takeSnapshot.ts'

/** What starts the threads that write the log and seal. */
export type WorkerSettings = {
  /** See dataFolder.ts. */
  logFolder: string
  /** See LogWriterOptions. */
  segmentBytes: number
  /** Path of the snapshot that the writer and the sealer begin with. */
  snapshot: string
  /** Records of the log at start: up to here it is replayed. */
  recordCount: bigint
  /** Text of the folder's genesis.json. */
  genesis: string
  /** Of the writer's engine, and of the view's. */
  memoryMiB: number | undefined
  evm: EvmTier
}

/** What every thread that writes the log gets. */
export type WriterWorkerData = WorkerSettings & {
  main: MessagePort
  frames: FrameMemory
  sealer: MessagePort
  /** Wakes the writer after a message was posted to it, if it runs no event loop. */
  signal: SharedArrayBuffer
  /** Woken by the writer after it has posted a message to the main thread. */
  answers: SharedArrayBuffer
  /** Where hot code is compiled; undefined unless the tier is `auto`. */
  compiler: MessagePort | undefined
  /** SharedCounters of ENGINE_COUNTERS. */
  engineCounters: SharedArrayBuffer
}

export type SealerWorkerData = WorkerSettings & {
  main: MessagePort
  /** As the sequencer's. */
  fork: MessagePort | undefined
  frames: FrameMemory
  /** The thread that writes the log. */
  writer: MessagePort
  signal: SharedArrayBuffer
  /** Whether headers are made; else they come with the log, and are checked. */
  makesHeaders: boolean
  /** SharedCounters of TRIE_COUNTERS. */
  trieCounters: SharedArrayBuffer
}

/** To every thread that writes the log. */
export type MainToWriter = { kind: 'stop' }

export type WriterToSealer =
  /** `frames` of some steps of the writer; `position`: where the last of them stand in the log. */
  | { kind: 'steps'; frames: FramesPlace[]; position: LogPosition }
  /** The log will grow no more. */
  | { kind: 'stop' }

export type SealerToSequencer = { kind: 'header'; frame: Uint8Array }

export type MainToSealer =
  | { kind: 'proof'; id: number; blockNumber: bigint; address: Uint8Array; keys: Uint8Array[] }
  | { kind: 'witness'; id: number; blockNumber: bigint; targets: WitnessTarget[] }
  | ({ kind: 'accounts'; id: number; blockNumber: bigint } & TrieRange)
  | ({ kind: 'storage'; id: number; blockNumber: bigint; hashedAddress: Uint8Array } & TrieRange)

/** So many leaves from a hashed key on. */
export type TrieRange = { start: Uint8Array; count: number }

export type SealerAnswer = ViewProof | Uint8Array[] | HashedAccount[] | HashedSlot[]

export type SealerToMain =
  | { kind: 'ready' }
  /** Undefined: the state of that block is not kept. */
  | { kind: 'answer'; id: number; answer: SealerAnswer | undefined }
  /** The log is synced to disk up to the end of a mini-block, and up to the header of a block. */
  | ({ kind: 'durable'; miniBlockNumber: bigint } & SealedPlace)

export type SnapshotWorkerData = SnapshotJob & PruneRequest

export type SnapshotToMain = {
  /** Undefined: there was one already. */
  blockNumber: bigint | undefined
  elapsedMs: number
} & PruneReport

import type { MessagePort } from 'node:worker_threads'
import type { CompiledModule, CompileRequest, EvmTier } from '../execution/index.ts'
import type { LogPosition, SubmitAnswer } from '../feed/index.ts'
import type { SharedBase } from '../kernels/index.ts'
import type { Fork, MiningMode, SealedPlace } from '../protocol/index.ts'
import type { FollowerStatus, SourceStatus } from '../replica/index.ts'
import type { TraceAnswer, ViewProof } from '../rpc/index.ts'
import type { ChainCommand, CommandAnswer, TicketRange } from '../sequencer/index.ts'
import type { WitnessTarget } from '../trie/index.ts'
import type { FrameMemory, FramesPlace } from './FrameSlabs.ts'
import type { ForkReader } from './forking/index.ts'
import type { IntakeMemory } from './intake/index.ts'
import type { OutletNews, OutletsData } from './outlets/index.ts'
import type { PruneReport, PruneRequest } from './pruneFolder.ts'
import type { PublicationPlan, SignerSettings } from './publishing/index.ts'
import type { SpeculationSettings } from './speculating/index.ts'
import type { SnapshotJob } from './takeSnapshot.ts'
import type { StateRequest } from './tracing/index.ts'
import type { TlsIdentity } from './transport/index.ts'

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
  fork: ForkReader | undefined
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

/** What a replica's role adds to what starts its thread. */
export type FollowerThreadData = {
  /** Addresses of the sources, in the order in which they are asked. */
  sources: string[]
  /** Address of the sequencer, 20 bytes. */
  signer: Uint8Array
  /** Where entries are kept for those who follow this node, and how many bytes of them. */
  feedFolder: string
  feedBytes: number
  outlets: OutletsData
  /** Where two entries are kept that the sequencer signed for one place. */
  evidenceFolder: string
  /** Execute instead of believing; undefined: a replica. */
  verify: VerifySettings | undefined
  /** Where the stream is served; undefined: at no port of its own. */
  relay: RelaySettings | undefined
}

export type VerifySettings = {
  /** The chain has developers' methods. */
  isDev: boolean
  /** Where transactions wait for their signers. */
  intake: IntakeMemory
  /** Of the signal that wakes the thread when some are recovered. */
  recovered: SharedArrayBuffer
}

export type RelaySettings = Pick<PublisherWorkerData, 'host' | 'tls' | 'counters'> & { port: number }

export type FollowerWorkerData = WriterWorkerData & FollowerThreadData

/** What starts the thread that publishes the stream. */
export type PublisherWorkerData = {
  logFolder: string
  /** Of the entries. */
  feedFolder: string
  snapshots: string
  /** Text of the folder's genesis.json. */
  genesis: string
  genesisHash: Uint8Array
  memoryMiB: number | undefined
  signer: SignerSettings
  host: string
  /** Undefined: none. */
  port: number | undefined
  tls: TlsIdentity | undefined
  maxBytes: number
  outlets: OutletsData
  /** Woken when the log was written. */
  written: SharedArrayBuffer
  /** SharedCounters of FEED_COUNTERS. */
  counters: SharedArrayBuffer
} & PublicationPlan

export type MainToPublisher =
  /** The log grows no more. */
  { kind: 'stop' } | { kind: 'answer'; id: number; answers: SubmitAnswer[] }

export type PublisherToMain =
  | { kind: 'ready'; port: number | undefined; signer: string }
  | { kind: 'outlet'; news: OutletNews }
  /** Transactions that a follower hands over. */
  | { kind: 'submit'; id: number; raw: Uint8Array[] }
  /** A connection was closed, since its other side does not keep to the protocol. */
  | { kind: 'refused'; reason: string; address: string }
  /** The remote signer does not sign. */
  | { kind: 'trouble'; reason: string }

export type SequencerWorkerData = WriterWorkerData & SequencerThreadData

export type SealerWorkerData = WorkerSettings & {
  main: MessagePort
  /** As the sequencer's. */
  fork: ForkReader | undefined
  frames: FrameMemory
  /** The thread that writes the log. */
  writer: MessagePort
  signal: SharedArrayBuffer
  /** Whether headers are made; else they come with the log, and are checked. */
  makesHeaders: boolean
  /** SharedCounters of TRIE_COUNTERS. */
  trieCounters: SharedArrayBuffer
}

export type CompilerWorkerData = {
  /** The request that it was started for. */
  first: { asker: 'main' | 'sequencer'; request: EngineToCompiler }
  /** See ModuleFolder.ts. */
  compiledFolder: string
  sequencer: MessagePort
  main: MessagePort
  /** Wakes the sequencer after a message was posted to it. */
  signal: SharedArrayBuffer
  /** SharedCounters of COMPILER_COUNTERS. */
  compilerCounters: SharedArrayBuffer
  /** Whether the engines' memories are ones that threads share. */
  sharesMemory: boolean
  /** It ends when it has had nothing to do for so long. */
  idleMs: number
}

export type CompilerToMain =
  | { kind: 'warning'; warning: string }
  /** It had nothing to do, and ends: the channels come back, with what was asked meanwhile. */
  | { kind: 'idle'; main: MessagePort; sequencer: MessagePort }

/** To every thread that writes the log. */
export type MainToWriter = { kind: 'stop' }

/** Transactions come through the ring. */
export type MainToSequencer = MainToWriter | { kind: 'command'; id: number; command: ChainCommand }

/** Of the thread that writes the log, in whichever role: each sends `ready`, `step` and `stopped`. */
export type WriterToMain = SequencerToMain | FollowerToMain

export type SequencerToMain =
  /**
   * The log is replayed; `pool` holds the transactions that wait, encoded. `remarks`: a sentence for each thing that was
   * not whole.
   */
  | { kind: 'ready'; pool: Uint8Array; remarks: string[] }
  | {
      kind: 'step'
      /** Frames of log records one behind the other, already written to the log. */
      frames: FramesPlace
      /** Tickets of executed transactions. */
      executed: TicketRange[]
      /** `transaction`: its entry. */
      queued: { ticket: number; expectedNonce: bigint; transaction: Uint8Array }[]
      refused: { ticket: number; code: string; message: string }[]
      /** Hashes. */
      dropped: Uint8Array[]
      /** What came of commands: with the step that has their records. */
      commanded: CommandAnswer[]
    }
  /** A frame of the intake was taken of which all had been refused: no answer says so. */
  | { kind: 'passed' }
  /** Every block is closed and sealed, the log is synced and closed. */
  | { kind: 'stopped' }

/** `raw`: transactions for the sequencer, each as its envelope. */
export type MainToFollower = MainToWriter | { kind: 'submit'; id: number; raw: Uint8Array[] }

export type FollowerToMain =
  /** The log is replayed. */
  | { kind: 'ready'; remarks: string[] }
  /** Frames of log records one behind the other, already written to the log. */
  | { kind: 'step'; frames: FramesPlace }
  /** What came of transactions, or why they did not get to the sequencer. */
  | { kind: 'answers'; id: number; answers: SubmitAnswer[] | { unreachable: string } }
  /** Now and then. */
  | { kind: 'status'; status: FollowerStatus }
  /** A source is followed, or was left. */
  | { kind: 'source'; source: SourceStatus }
  /** The sequencer has signed two entries for one place, or one that can't be: file with them. */
  | { kind: 'evidence'; path: string }
  /** The stream is served at this port. */
  | { kind: 'relaying'; port: number }
  /** The connection of somebody who follows this node was ended. */
  | { kind: 'refused'; reason: string; address: string }
  | { kind: 'outlet'; news: OutletNews }
  /** The log is synced and closed. */
  | { kind: 'stopped' }

export type WriterToSealer =
  /** `frames` of some steps of the writer; `position`: where the last of them stand in the log. */
  | { kind: 'steps'; frames: FramesPlace[]; position: LogPosition }
  /** The log will grow no more. */
  | { kind: 'stop' }

export type SealerToSequencer = { kind: 'header'; frame: Uint8Array }

export type MainToSealer =
  | { kind: 'proof'; id: number; blockNumber: bigint; address: Uint8Array; keys: Uint8Array[] }
  | { kind: 'witness'; id: number; blockNumber: bigint; targets: WitnessTarget[] }

export type SealerToMain =
  | { kind: 'ready' }
  /** Undefined: the state of that block is not kept. */
  | { kind: 'answer'; id: number; answer: ViewProof | Uint8Array[] | undefined }
  /** The log is synced to disk up to the end of a mini-block, and up to the header of a block. */
  | ({ kind: 'durable'; miniBlockNumber: bigint } & SealedPlace)

export type EngineToCompiler = CompileRequest

export type CompilerToEngine =
  | { kind: 'compiled'; codeHash: Uint8Array; fork: Fork; compiled: CompiledModule; facts: CompileFacts }
  /** For good: the code is interpreted. */
  | { kind: 'refused'; codeHash: Uint8Array; fork: Fork; reason: string }

export type CompileFacts = {
  codeBytes: number
  wasmBytes: number
  /** What it took to make the module; on a disk hit, without the compiler. */
  compileMs: number
}

export type SpeculatorWorkerData = { engine: MessagePort; index: number; evm: EvmTier }

export type EngineToSpeculator =
  | { kind: 'base'; base: SharedBase }
  | { kind: 'compiled'; codeHash: Uint8Array; fork: Fork; compiled: CompiledModule }

export type SnapshotWorkerData = SnapshotJob & PruneRequest

export type SnapshotToMain = {
  /** Undefined: there was one already. */
  blockNumber: bigint | undefined
  elapsedMs: number
} & PruneReport

export type TraceWorkerData = {
  /** See StateBridge.ts. */
  bridge: SharedArrayBuffer
}

export type TraceToMain =
  /** Answered through the bridge. */
  | { kind: 'read'; request: StateRequest }
  /** Of the job that was sent. */
  | { kind: 'done'; answer: TraceAnswer }

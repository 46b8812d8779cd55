import type { SubmitAnswer } from '../../feed/index.ts'
import type { FollowerStatus, SourceStatus } from '../../replica/index.ts'
import type { FramesPlace } from '../FrameSlabs.ts'
import type { IntakeMemory } from '../intake/index.ts'
import type { MainToWriter, WriterWorkerData } from '../messages.ts'
import type { OutletNews, OutletsData } from '../outlets/index.ts'
import type { PublisherWorkerData } from '../publishing/index.ts'

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

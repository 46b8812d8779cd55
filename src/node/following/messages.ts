import type { IntakeMemory } from '../intake/index.ts'
import type { MainToWriter, WriterWorkerData } from '../messages.ts'
import type { OutletsData } from '../outlets/index.ts'
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

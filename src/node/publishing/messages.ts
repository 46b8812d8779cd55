import type { SubmitAnswer } from '../../feed/index.ts'
import type { OutletNews, OutletsData } from '../outlets/index.ts'
import type { TlsIdentity } from '../transport/index.ts'
import type { PublicationPlan } from './planPublication.ts'
import type { SignerSettings } from './publishingKey.ts'

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

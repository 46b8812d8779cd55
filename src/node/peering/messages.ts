import type { MessagePort } from 'node:worker_threads'

export type PeeringWorkerData = {
  /** Of the node's key among peers, 32 bytes. */
  seed: Uint8Array
  listen: { host: string; port: number } | undefined
  bootstrap: readonly string[]
  /** Data folder, where addresses of peers are kept. */
  folder: string
  genesisHash: Uint8Array
  /** Address of the sequencer, 20 bytes. */
  signer: Uint8Array
  /** To the thread that has the entries: see PeerLink. */
  feed: MessagePort
}

/** What peers and the thread with the entries have to say to each other. */
export type PeeringToFeed =
  /** Somebody wants to be served: a connection, as portDuplex has it. */
  | { kind: 'serve'; port: MessagePort }
  | { kind: 'found'; peer: string }
  | { kind: 'lost'; peer: string }
  /** A head that was told, newer than all before. */
  | { kind: 'head'; nextRecord: bigint; miniBlockNumber: bigint }

export type FeedToPeering =
  /** Opens a session with a peer and joins it with the port, or ends that. */
  { kind: 'open'; peer: string; port: MessagePort } | { kind: 'ban'; peer: string }

/** What a peer gave that can't be right. */
export type DropReason = 'entries' | 'head'

/** `dropped`: since the start. */
export type PeeringStatus = {
  peers: number
  banned: number
  served: number
  dropped: Readonly<Record<DropReason, number>>
}

export type PeeringToMain =
  | { kind: 'listening'; addresses: string[] }
  | { kind: 'status'; status: PeeringStatus }

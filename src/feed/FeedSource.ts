/** What a source says of itself and its stream. */
export type FeedHello = {
  chainId: bigint
  /** 32 bytes. */
  genesisHash: Uint8Array
  /** Address of the sequencer, 20 bytes: it signs the entries. */
  signer: Uint8Array
  /** Of the newest entry. */
  epoch: bigint
  /** Number of the oldest record that {@link FeedSource.entries} can begin with. */
  firstRecord: bigint
  /** Number of the record behind the newest entry. */
  nextRecord: bigint
  /** The newest mini-block that is sealed; 0: none yet. */
  miniBlockNumber: bigint
}

/**
 * What came of a transaction that was handed over: its hash (32 bytes), with the nonce that its sender has where it waits
 * for others before it; or why it was refused.
 */
export type SubmitAnswer = { hash: Uint8Array; expectedNonce?: bigint } | { code: string; message: string }

export type EntriesOptions = {
  /** Begins with the entry where the dictionary began that the one with the record asked for needs. */
  withDictionary?: boolean
  /** Ends the stream; whoever waits for the next entry is woken. */
  signal?: AbortSignal
}

/**
 * Whoever has the entries of a chain: a node's own store, or another node behind a connection. A stream that breaks off
 * may be taken up again at the record where it ended, from this source or another.
 *
 * Each method may fail with FeedSourceError.
 */
export type FeedSource = {
  hello(): Promise<FeedHello>
  /**
   * Encoded entries, in order, from the one on that begins with or holds this record; goes on as they come. The reader's
   * pace is the stream's: an entry is fetched when it is asked for, but for what a connection holds ready.
   */
  entries(fromRecord: bigint, options?: EntriesOptions): AsyncIterable<Uint8Array>
  /** The genesis as JSON text (UTF-8), as the chain's data folder has it: without accounts, whose state root it names. */
  genesis(): Promise<Uint8Array>
  /** A file with the state after a recent sealed block, in pieces; see state/ for its form. */
  snapshot(options?: { signal?: AbortSignal }): AsyncIterable<Uint8Array>
  /** Hands transactions on to the sequencer, each as its envelope; answers in order. */
  submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]>
  close(): void
}

/** What each says, and what to do. */
const NEXT = {
  /** The record asked for is older than what the source keeps. */
  PRUNED: 'begin with a snapshot of the state.',
  /** The record asked for is not there yet. */
  AHEAD: 'ask again later, or another source.',
  /** The source makes no snapshots, or has no way to the sequencer. */
  NOT_OFFERED: 'ask another source.',
  /** Too much at once. */
  LIMIT: 'ask for less at once, or another source.',
  /** The other side does not keep to the protocol. */
  PROTOCOL: 'compare the versions of both sides.',
  CLOSED: 'connect again.',
  /** The other side could not do it, for a reason of its own. */
  FAILED: 'ask again, or another source.',
} as const

export type FeedSourceErrorCode = keyof typeof NEXT
export const FEED_SOURCE_ERRORS = Object.keys(NEXT) as readonly FeedSourceErrorCode[]

/** What was asked of a source can't be had. */
export class FeedSourceError extends Error {
  override readonly name = 'FeedSourceError'
  readonly recovery = 'retry'
  readonly code: FeedSourceErrorCode
  readonly what: string

  constructor(code: FeedSourceErrorCode, what: string) {
    super(`The source of the stream: ${what} (${code}).\n  next: ${NEXT[code]}`)
    this.code = code
    this.what = what
  }
}

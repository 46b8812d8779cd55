import { type FeedHello, type FeedSource, FeedSourceError, type SubmitAnswer } from '../feed/index.ts'
import { bytesToHex, type Clock, equalBytes, nextTurn } from '../lib/index.ts'
import { BadEntryError } from './BadEntryError.ts'
import { BehindError } from './BehindError.ts'
import type { EntryFollower, FollowedEntry } from './EntryFollower.ts'
import { type NamedSource, SourceList, type SourceStatus } from './SourceList.ts'
import { ForeignSourceError, WithheldError } from './sourceErrors.ts'

/** Entries that are there already are taken so long before others have their turn of the event loop. */
const TURN_MS = 5
/** So long a follower waits for those who take what it gives. */
const BEHIND_MS = 1
/** The source is asked so often how far it is. */
const LOOK_MS = 2000
/** After so long without an entry the others are asked, too. */
const WITHHELD_MS = 5000
/** So long a source is looked for that still has what is needed, once one has not. */
const PRUNED_MS = 60_000
/** A source is asked so often, one time after the other, for what is missing between two entries. */
const REFETCH_LIMIT = 3

export type FollowerOptions = {
  genesisHash: Uint8Array
  /** Address of the sequencer, 20 bytes. */
  signer: Uint8Array
  /** In the order in which they are asked. */
  sources: readonly NamedSource[]
  entries: EntryFollower
  clock: Clock
  /** Resolves after so long, or once the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Whether whoever takes what is followed has too much to do: nothing more is taken then for a moment. */
  isBehind?: () => boolean
  /** Hears when a source is followed, and when and why it is left. */
  onSource?: (status: SourceStatus) => void
  /** The newest mini-block that the log has, and its time in Unix µs; zeros: none. */
  miniBlockNumber: bigint
  timestampUs: bigint
}

export type FollowerStatus = {
  /** Name of the source that is followed; undefined: none is. */
  source: string | undefined
  sources: readonly SourceStatus[]
  /** The newest mini-block here, its time (Unix µs), and when it was taken in. */
  miniBlockNumber: bigint
  timestampUs: bigint
  takenUs: bigint
  /** The newest mini-block that a source has, as far as it is known. */
  newestKnown: bigint
  /** Address of the sequencer, 20 bytes, and its term. */
  signer: Uint8Array
  epoch: bigint
  /** Since the start. */
  entries: number
  bytes: number
  /** Those of the entries that came from peers that were found. */
  peerEntries: number
}

/**
 * Follows a chain from whichever of its sources gives it: takes their entries, fetches again what is missing between two,
 * sets a source aside that gives what can't be right, and goes on with the next. It ends when it is told to, with an
 * error that is no source's fault, or with a BehindError.
 */
export class Follower {
  readonly #options: FollowerOptions
  readonly #sources: SourceList
  /** Of the source that is followed. */
  #feed: FeedSource | undefined
  readonly #status: Omit<FollowerStatus, 'sources'>
  /** When the last entry came, or the source was connected. */
  #tookMs = 0
  /** Found of the source that is followed. */
  #withheld: WithheldError | undefined
  /** For which no source is to blame. */
  #failure: Error | undefined
  /** Since when a source has said that it no longer has what is needed, and none has given it. */
  #prunedMs: number | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#sources = new SourceList(options.sources)
    const { miniBlockNumber, timestampUs, signer } = options
    this.#status = {
      signer,
      ...{ source: undefined, miniBlockNumber, timestampUs, newestKnown: miniBlockNumber },
      ...{ takenUs: timestampUs, epoch: 0n, entries: 0, bytes: 0, peerEntries: 0 },
    }
  }

  status(): FollowerStatus {
    return { ...this.#status, sources: this.#sources.statuses }
  }

  /** One more, as of a peer that was found; it is asked after all others. */
  addSource(source: NamedSource): void {
    this.#sources.add(source)
  }

  /** Which is gone; one that is followed fails by itself. */
  removeSource(name: string): void {
    this.#sources.remove(name)
  }

  /** Somebody has told, signed by the sequencer, how far the stream is. */
  heard(miniBlockNumber: bigint): void {
    if (miniBlockNumber > this.#status.newestKnown) this.#status.newestKnown = miniBlockNumber
  }

  /** Hands transactions on to the sequencer. @throws FeedSourceError, also where no source is followed. */
  async submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    if (this.#feed === undefined) throw new FeedSourceError('CLOSED', 'none is connected')
    return await this.#feed.submit(raw)
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, wait } = this.#options
    while (!signal.aborted) {
      if (this.#isBehindAll()) throw new BehindError(this.#options.entries.nextRecord)
      const source = this.#sources.next(clock.nowMs())
      if ('waitMs' in source) {
        await wait(source.waitMs, signal)
        continue
      }
      try {
        await this.#followSource(source, signal)
      } catch (error) {
        if (this.#failure !== undefined) throw this.#failure
        if (!signal.aborted) this.#leave(source, this.#withheld ?? (error as Error))
      } finally {
        this.#withheld = undefined
        this.#feed = undefined
        this.#status.source = undefined
      }
    }
  }

  /** Nobody has what is needed next. */
  #isBehindAll(): boolean {
    if (this.#prunedMs === undefined) return false
    return this.#sources.arePruned || this.#options.clock.nowMs() - this.#prunedMs > PRUNED_MS
  }

  #leave(source: NamedSource, error: Error): void {
    if (error instanceof FeedSourceError && error.code === 'PRUNED')
      this.#prunedMs ??= this.#options.clock.nowMs()
    this.#options.onSource?.(this.#sources.failed(source, error, this.#options.clock.nowMs()))
  }

  /** Comes to its end by an error only. */
  async #followSource(source: NamedSource, signal: AbortSignal): Promise<never> {
    const session = new AbortController()
    const stop = () => session.abort()
    signal.addEventListener('abort', stop)
    let feed: FeedSource | undefined
    try {
      feed = await source.open(session.signal)
      const hello = await this.#greet(feed)
      this.#feed = feed
      this.#status.source = source.name
      this.#tookMs = this.#options.clock.nowMs()
      this.#options.onSource?.(this.#sources.following(source))
      void this.#watch(source, feed, session)
      return await this.#takeAll(source, feed, { firstRecord: hello.firstRecord, signal: session.signal })
    } finally {
      signal.removeEventListener('abort', stop)
      session.abort()
      feed?.close()
    }
  }

  async #greet(feed: FeedSource): Promise<FeedHello> {
    const { genesisHash, signer, entries } = this.#options
    const hello = await feed.hello()
    if (!equalBytes(hello.genesisHash, genesisHash))
      throw new ForeignSourceError('WRONG_GENESIS', bytesToHex(genesisHash), bytesToHex(hello.genesisHash))
    if (!equalBytes(hello.signer, signer))
      throw new ForeignSourceError('WRONG_SIGNER', bytesToHex(signer), bytesToHex(hello.signer))
    this.heard(hello.miniBlockNumber)
    if (hello.nextRecord < entries.nextRecord)
      throw new FeedSourceError(
        'AHEAD',
        `it has records up to ${hello.nextRecord}, here are ${entries.nextRecord}`,
      )
    return hello
  }

  async #takeAll(
    source: NamedSource,
    feed: FeedSource,
    { firstRecord, signal }: { firstRecord: bigint; signal: AbortSignal },
  ): Promise<never> {
    const { entries } = this.#options
    for (let refetched = 0; ; refetched++) {
      const before = entries.nextRecord
      entries.begin()
      // With the entry that came last, to see whether this source has the same.
      const from = before > firstRecord ? before - 1n : before
      try {
        await this.#takeStream(source, feed, { from, signal })
        throw new FeedSourceError('CLOSED', 'the stream has ended')
      } catch (error) {
        const isGap = error instanceof BadEntryError && error.code === 'GAP'
        if (entries.nextRecord > before) refetched = 0
        if (!isGap || refetched >= REFETCH_LIMIT) throw error
      }
    }
  }

  async #takeStream(
    source: NamedSource,
    feed: FeedSource,
    { from, signal: outer }: { from: bigint; signal: AbortSignal },
  ): Promise<void> {
    const { clock, wait, isBehind, entries } = this.#options
    const end = new AbortController()
    const signal = AbortSignal.any([outer, end.signal])
    let turnMs = clock.fineMs()
    try {
      for await (const encoded of entries.ahead(feed.entries(from, { withDictionary: true, signal }))) {
        this.#note(source, encoded, this.#take(encoded))
        this.#sources.gave(source)
        while (isBehind?.() === true && !signal.aborted) await wait(BEHIND_MS, signal)
        if (clock.fineMs() - turnMs < TURN_MS) continue
        await nextTurn()
        turnMs = clock.fineMs()
      }
    } finally {
      // Whoever reads ahead may wait for the next entry.
      end.abort()
    }
  }

  #take(encoded: Uint8Array): FollowedEntry | undefined {
    try {
      return this.#options.entries.take(encoded)
    } catch (error) {
      if (!(error instanceof BadEntryError)) this.#failure = error as Error
      throw error
    }
  }

  #note(source: NamedSource, { length }: Uint8Array, followed: FollowedEntry | undefined): void {
    const status = this.#status
    status.bytes += length
    if (followed === undefined) return
    const { clock } = this.#options
    this.#tookMs = clock.nowMs()
    this.#prunedMs = undefined
    status.entries++
    if (source.isPeer === true) status.peerEntries++
    status.epoch = followed.entry.epoch
    const record = followed.records.at(-1)!
    if (record.kind !== 'sealMiniBlock' && record.kind !== 'rewind') return
    status.miniBlockNumber = record.number
    status.timestampUs = record.timestampUs
    status.takenUs = clock.nowUs()
    if (record.number > status.newestKnown) status.newestKnown = record.number
  }

  /** Asks how far the source is, and the others where it gives nothing. What fails here fails there, too. */
  async #watch(source: NamedSource, feed: FeedSource, session: AbortController): Promise<void> {
    const { clock, wait, entries } = this.#options
    const { signal } = session
    for (;;) {
      await wait(LOOK_MS, signal)
      if (signal.aborted) return
      try {
        this.heard((await feed.hello()).miniBlockNumber)
        if (clock.nowMs() - this.#tookMs < WITHHELD_MS) continue
        for (const other of this.#sources.others(source)) {
          const elsewhere = await this.#lookAt(other, signal)
          if (elsewhere <= entries.nextRecord || clock.nowMs() - this.#tookMs < WITHHELD_MS) continue
          this.#withheld = new WithheldError(entries.nextRecord, elsewhere)
          session.abort()
          return
        }
      } catch {
        // The stream ends as well.
      }
    }
  }

  /** Number of the record that another source needs next; 0 where it doesn't say. */
  async #lookAt(source: NamedSource, signal: AbortSignal): Promise<bigint> {
    try {
      const feed = await source.open(signal)
      try {
        return (await this.#greet(feed)).nextRecord
      } finally {
        feed.close()
      }
    } catch {
      return 0n
    }
  }
}

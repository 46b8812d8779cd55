import {
  decodeEntry,
  EntryChain,
  EntryChainError,
  type Evidence,
  endsEntry,
  entryDigest,
  type FeedEntry,
  KernelBodyDecoder,
  type LastEntry,
  type LogOrder,
  type LogRecord,
  nextRecord,
  type OldState,
  payloadOf,
  provenAgainst,
} from '../feed/index.ts'
import { BodyKernel, EngineLimitError } from '../kernels/index.ts'
import { ByteWriter } from '../lib/index.ts'
import { BadEntryError, EntryMismatchError, EquivocationError } from './BadEntryError.ts'
import { type EntriesAhead, Foresight } from './Foresight.ts'
import { RefutedError } from './RefutedError.ts'
import { readAhead } from './readAhead.ts'

/** The state of a followed chain, in which entries are decoded and which takes their records in. */
export type FollowedState = OldState & {
  /**
   * Takes the next record in, which follows from those before: a replica applies its diff, a full node executes. Where it
   * throws, the source is blamed (by the error's `code`, if it has one), but for a RefutedError, which ends the following;
   * the state is of no use any more.
   */
  take(record: LogRecord, payload: Uint8Array): void
}

/** A followed chain at the end of its log. */
export type FollowedChain = {
  order: LogOrder
  state: FollowedState
  /** Number of the record that comes next. */
  readonly nextRecord: bigint
  /** The newest mini-block; 0: none yet. */
  miniBlockNumber: bigint
}

/** An entry whose records were checked and taken in. `frames`: theirs, one behind the other, as they stand in the log. */
export type FollowedEntry = {
  entry: FeedEntry
  encoded: Uint8Array
  frames: Uint8Array
  records: LogRecord[]
}

/** Where entries go that were checked. What it throws ends the following: it is not the source's fault. */
export type EntrySink = {
  append(followed: FollowedEntry): void
  /** One that the log has already, as signed, which whoever keeps entries may lack. */
  known(entry: FeedEntry, encoded: Uint8Array): void
  /** The sequencer has signed two entries for one place. */
  evidence(evidence: Evidence): void
  /** The sequencer has signed an entry that can't be. */
  refuted(encoded: Uint8Array, error: RefutedError): void
}

export type EntryFollowerOptions = {
  genesisHash: Uint8Array
  /** Address of the sequencer, 20 bytes. */
  signer: Uint8Array
  /** Opens the chain at its log's end: at the start, and again after an entry that turned out bad in the middle. */
  open: () => FollowedChain
  sink: EntrySink
  /** The entry with which the log ends, encoded, where it is known. */
  last?: Uint8Array | undefined
  /** Gets entries before their turn; undefined: nobody does. */
  ahead?: EntriesAhead | undefined
  /** Where frames are written; default: memory of this thread. */
  frames?: ByteWriter
}

/** Entries of one source, from one place on. */
type Session = { chain: EntryChain; decoder: KernelBodyDecoder }

/**
 * Follows the entries of a chain, whichever source they come from: each is checked (form, signature, epoch, place, parent,
 * then every record in it) and taken in as a whole or not at all.
 */
export class EntryFollower {
  readonly #options: EntryFollowerOptions
  readonly #foresight: Foresight | undefined
  /** Undefined after an entry that was bad in the middle: the state has taken in some of it. */
  #chain: FollowedChain | undefined
  #session: Session | undefined
  /** That of the session's decoder, one after the other. */
  readonly #kernel = new BodyKernel()
  readonly #frames: ByteWriter
  /** The entry with which the log ends, encoded. */
  #last: Uint8Array | undefined
  #nextRecord: bigint

  constructor(options: EntryFollowerOptions) {
    this.#options = options
    const { genesisHash, signer, ahead } = options
    this.#frames = options.frames ?? new ByteWriter()
    this.#foresight = ahead && new Foresight({ genesisHash, signer, ahead })
    this.#chain = options.open()
    this.#nextRecord = this.#chain.nextRecord
    this.#last = options.last
  }

  /** Number of the record that the log needs next. */
  get nextRecord(): bigint {
    return this.#nextRecord
  }

  /** What comes now is from another source, or from another place: where a dictionary of bodies began. */
  begin(): void {
    this.#session = undefined
    this.#foresight?.begin()
  }

  /** Entries of a source on their way to {@link take}. */
  ahead(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    return this.#foresight === undefined ? stream : readAhead(stream, this.#foresight, () => this.#nextRecord)
  }

  /**
   * Takes the next entry of the source. Returns it once the log has it; undefined if the log had it before.
   *
   * @throws BadEntryError, with nothing kept of the entry: whoever goes on calls `begin`. Anything else is not the
   * source's fault, and the end of the following.
   */
  take(encoded: Uint8Array): FollowedEntry | undefined {
    const { entry, records } = this.#check(encoded)
    const { sink } = this.#options
    if (records === undefined) {
      sink.known(entry, encoded)
      return undefined
    }
    const followed = { entry, encoded, frames: this.#frames.take(), records }
    sink.append(followed)
    this.#last = encoded
    this.#nextRecord = nextRecord(entry)
    return followed
  }

  /** `records` is undefined of an entry that the log has. */
  #check(encoded: Uint8Array): { entry: FeedEntry; records: FollowedEntry['records'] | undefined } {
    this.#chain ??= this.#options.open()
    let entry: FeedEntry | undefined
    try {
      entry = decodeEntry(encoded)
      this.#session ??= this.#newSession(entry, this.#chain)
      this.#session.chain.accept(entry)
      const isKnown = nextRecord(entry) <= this.#nextRecord
      if (isKnown) this.#pass(this.#session, entry, encoded)
      return { entry, records: isKnown ? undefined : this.#takeRecords(this.#session, entry) }
    } catch (error) {
      this.#session = undefined
      if (error instanceof EngineLimitError) throw error
      if (error instanceof RefutedError) {
        this.#options.sink.refuted(encoded, error)
        throw error
      }
      if (error instanceof EquivocationError) this.#options.sink.evidence(error.evidence)
      throw new BadEntryError(error, entry?.firstRecord)
    }
  }

  /** A source may begin before the log's end, but not behind it. */
  #newSession({ firstRecord }: FeedEntry, { state }: FollowedChain): Session {
    if (firstRecord > this.#nextRecord) throw new EntryChainError('GAP', this.#nextRecord, firstRecord)
    const { genesisHash, signer } = this.#options
    const last =
      firstRecord === this.#nextRecord && this.#last !== undefined ? this.#placeOf(this.#last) : undefined
    return {
      chain: new EntryChain({
        ...{ genesisHash, signer, nextRecord: firstRecord },
        ...(last && { last }),
        ...(this.#foresight && { signerOf: this.#foresight.signerOf }),
      }),
      decoder: new KernelBodyDecoder(state, this.#kernel, this.#frames),
    }
  }

  #placeOf(encoded: Uint8Array): LastEntry {
    const entry = decodeEntry(encoded)
    const { epoch, miniBlockNumber } = entry
    return { digest: entryDigest(entry, this.#options.genesisHash), epoch, miniBlockNumber }
  }

  /** Of an entry that the log has only the dictionary's part is of use; the last must be the one that it was then. */
  #pass({ decoder }: Session, entry: FeedEntry, encoded: Uint8Array): void {
    if (nextRecord(entry) === this.#nextRecord && this.#last !== undefined) {
      const evidence = { first: this.#last, second: encoded }
      if (provenAgainst(evidence, this.#options.genesisHash) !== undefined)
        throw new EquivocationError(entry.firstRecord, evidence)
    }
    decoder.skip(entry)
  }

  #takeRecords({ decoder }: Session, entry: FeedEntry): FollowedEntry['records'] {
    if (entry.firstRecord < this.#nextRecord)
      throw new EntryMismatchError('STRADDLES', this.#nextRecord, entry.firstRecord)
    const chain = this.#chain!
    // Until all of them are taken in.
    this.#chain = undefined
    const records: FollowedEntry['records'] = []
    for (const { frame, record } of decoder.records(entry)) {
      const payload = payloadOf(frame)
      chain.order.accept(record, payload)
      chain.state.take(record, payload)
      if (record.kind === 'sealMiniBlock' || record.kind === 'rewind') chain.miniBlockNumber = record.number
      records.push(record)
    }
    checkEnd(entry, records, chain.miniBlockNumber)
    this.#chain = chain
    return records
  }
}

/** The log ends with whole entries only. */
function checkEnd(entry: FeedEntry, records: readonly LogRecord[], miniBlockNumber: bigint): void {
  const record = records.at(-1)!
  if (!endsEntry(record)) throw new EntryMismatchError('ENTRY_END', 'sealMiniBlock', record.kind)
  if (entry.miniBlockNumber !== miniBlockNumber)
    throw new EntryMismatchError('MINI_BLOCK_NUMBER', miniBlockNumber, entry.miniBlockNumber)
}

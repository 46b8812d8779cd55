import { BodyEncoder, type OldState } from '../compact/index.ts'
import type { LogRecord } from '../records.ts'
import { entryDigest, nextRecord, type UnsignedEntry } from './FeedEntry.ts'

export type EntryMakerStart = {
  genesisHash: Uint8Array
  epoch: bigint
  /** Number in the log of the first record. */
  nextRecord: bigint
  /** Digest of the entry before, or the genesis hash; see FeedEntry. */
  parentDigest: Uint8Array
  /** The newest mini-block that is sealed; 0: none. */
  miniBlockNumber: bigint
  /** The state before the record that is added next. */
  oldState: OldState
}

/** `digest`: see {@link entryDigest}. */
export type MadeEntry = UnsignedEntry & { digest: Uint8Array }

/** Cuts the records of a log into entries. */
export class EntryMaker {
  readonly #genesisHash: Uint8Array
  readonly #epoch: bigint
  readonly #encoder: BodyEncoder
  #nextRecord: bigint
  #recordCount = 0
  #parentDigest: Uint8Array
  #miniBlockNumber: bigint

  constructor({ genesisHash, epoch, nextRecord, parentDigest, miniBlockNumber, oldState }: EntryMakerStart) {
    this.#genesisHash = genesisHash
    this.#epoch = epoch
    this.#nextRecord = nextRecord
    this.#parentDigest = parentDigest
    this.#miniBlockNumber = miniBlockNumber
    this.#encoder = new BodyEncoder(oldState)
  }

  /**
   * Takes the next record, before the caller applies its diff; `payload` is the record's as it stands in the log.
   *
   * @returns The entry that ends with it, if one does.
   */
  add(record: LogRecord, payload: Uint8Array): MadeEntry | undefined {
    this.#encoder.add(record, payload)
    this.#recordCount++
    if (record.kind === 'sealMiniBlock' || record.kind === 'rewind') this.#miniBlockNumber = record.number
    return endsEntry(record) ? this.#cut() : undefined
  }

  #cut(): MadeEntry {
    const entry = {
      epoch: this.#epoch,
      firstRecord: this.#nextRecord,
      recordCount: this.#recordCount,
      miniBlockNumber: this.#miniBlockNumber,
      parentDigest: this.#parentDigest,
      ...this.#encoder.finish(),
    }
    this.#nextRecord = nextRecord(entry)
    this.#recordCount = 0
    const digest = entryDigest(entry, this.#genesisHash)
    this.#parentDigest = digest
    return { ...entry, digest }
  }
}

/** Whether an entry ends behind this record. */
export function endsEntry({ kind }: LogRecord): boolean {
  return kind !== 'openBlock' && kind !== 'chunk'
}

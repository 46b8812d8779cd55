import { bytesToHex, equalBytes } from '../../lib/index.ts'
import { entryDigest, type FeedEntry, nextRecord } from './FeedEntry.ts'
import { signerOf } from './signatures.ts'

/** Where a stream, or a part of it, begins. */
export type EntryChainStart = {
  genesisHash: Uint8Array
  /** Address of the sequencer, 20 bytes. */
  signer: Uint8Array
  /** Number of the first record. */
  nextRecord: bigint
  /** The entry before it, where it is known: its digest, epoch and newest mini-block. */
  last?: LastEntry
  /** Who signed a digest (32 bytes), undefined where the signature (65 bytes) is none; recovers the key unless told otherwise. */
  signerOf?: (digest: Uint8Array, signature: Uint8Array) => Uint8Array | undefined
}

export type LastEntry = { digest: Uint8Array; epoch: bigint; miniBlockNumber: bigint }

/**
 * Checks that entries follow each other: signed by the sequencer, no epoch older than the one before, no gap between their
 * records, each naming the digest of the one before. What is in them is checked by LogOrder, once they are decoded.
 */
export class EntryChain {
  readonly #genesisHash: Uint8Array
  readonly #signer: Uint8Array
  readonly #signerOf: NonNullable<EntryChainStart['signerOf']>
  #nextRecord: bigint
  #last: LastEntry | undefined

  constructor(start: EntryChainStart) {
    this.#genesisHash = start.genesisHash
    this.#signer = start.signer
    this.#signerOf = start.signerOf ?? signerOf
    this.#nextRecord = start.nextRecord
    this.#last = start.last
  }

  /** Number of the record that the next entry begins with. */
  get nextRecord(): bigint {
    return this.#nextRecord
  }

  /** The entry that was accepted last; undefined before the first. */
  get last(): LastEntry | undefined {
    return this.#last
  }

  /** Throws EntryChainError; nothing has changed then. */
  accept(entry: FeedEntry): void {
    const last = this.check(entry)
    this.#last = last
    this.#nextRecord = nextRecord(entry)
  }

  /** As {@link accept}, but leaves the chain as it is. Returns what `last` would be. */
  check(entry: FeedEntry): LastEntry {
    const digest = entryDigest(entry, this.#genesisHash)
    this.#checkSigner(digest, entry.signature)
    const { epoch, firstRecord, miniBlockNumber } = entry
    const last = this.#last
    if (last !== undefined && epoch < last.epoch)
      throw new EntryChainError('OLD_EPOCH', `${last.epoch} or more`, epoch)
    if (firstRecord < this.#nextRecord)
      throw new EntryChainError('KNOWN_RECORD', this.#nextRecord, firstRecord)
    if (firstRecord > this.#nextRecord) throw new EntryChainError('GAP', this.#nextRecord, firstRecord)
    if (last !== undefined) this.#checkParent(entry, last)
    if (last !== undefined && miniBlockNumber < last.miniBlockNumber)
      throw new EntryChainError('MINI_BLOCK_NUMBER', `${last.miniBlockNumber} or more`, miniBlockNumber)
    return { digest, epoch, miniBlockNumber }
  }

  #checkSigner(digest: Uint8Array, signature: Uint8Array): void {
    const signer = this.#signerOf(digest, signature)
    if (signer === undefined)
      throw new EntryChainError('WRONG_SIGNATURE', 'a signature of the entry', bytesToHex(signature))
    if (!equalBytes(signer, this.#signer))
      throw new EntryChainError('WRONG_SIGNER', bytesToHex(this.#signer), bytesToHex(signer))
  }

  /** A later term may begin a stream of its own: whoever took over may not have the entries before. */
  #checkParent({ parentDigest, epoch }: FeedEntry, last: LastEntry): void {
    if (equalBytes(parentDigest, last.digest)) return
    if (epoch > last.epoch && equalBytes(parentDigest, this.#genesisHash)) return
    throw new EntryChainError('PARENT_DIGEST', bytesToHex(last.digest), bytesToHex(parentDigest))
  }
}

export type EntryChainErrorCode =
  | 'WRONG_SIGNATURE'
  | 'WRONG_SIGNER'
  | 'OLD_EPOCH'
  /** Its first record is before the next one: the entry, or another for the same place, was accepted before. */
  | 'KNOWN_RECORD'
  /** Records are missing before it. */
  | 'GAP'
  | 'PARENT_DIGEST'
  | 'MINI_BLOCK_NUMBER'

/** An entry that does not follow from those before it. */
export class EntryChainError extends Error {
  override readonly name = 'EntryChainError'
  readonly code: EntryChainErrorCode

  constructor(code: EntryChainErrorCode, expected: unknown, received: unknown) {
    super(
      `An entry does not follow from the stream before it (${code}).\n  expected: ${expected}   received: ${received}\n` +
        '  next: fetch it again, then from another source; if all send the same, compare genesis hash and sequencer address.',
    )
    this.code = code
  }
}

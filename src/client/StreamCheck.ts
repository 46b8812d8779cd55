import { bytesToHex, equalBytes, firstLine } from '../lib/index.ts'
import { BlockCheck, type Verified } from './BlockCheck.ts'
import { FollowError } from './FollowError.ts'
import {
  BodyDecoder,
  BodyError,
  decodeEntry,
  EntryChain,
  EntryChainError,
  type FeedEntry,
  FeedEntryError,
  NO_STATE,
} from './feed.ts'
import { KnownSigner, signerOf } from './KnownSigner.ts'

export type StreamCheckStart = {
  /** 32 bytes. */
  genesisHash: Uint8Array
  /** Address of the sequencer, 20 bytes. */
  sequencer: Uint8Array
}

type Signed = { digest: Uint8Array; signature: Uint8Array }

/**
 * Checks a stream of entries from the first that it is given, which must begin a dictionary: signatures, epochs, parent
 * digests, numbers of records; then what the records say, see BlockCheck.
 *
 * It has no state, so it can't check what is said of it: the state's root of a header, the senders of transactions and the
 * digests of mini-blocks, which bind the state's changes, are the sequencer's word.
 */
export class StreamCheck {
  readonly #start: StreamCheckStart
  readonly #signer: KnownSigner
  readonly #blocks = new BlockCheck()
  readonly #decoder = new BodyDecoder(NO_STATE)
  #chain: EntryChain | undefined
  /** Of the newest entry, as long as it isn't checked. */
  #unchecked: Signed | undefined

  constructor(start: StreamCheckStart) {
    this.#start = start
    this.#signer = new KnownSigner(start.sequencer)
  }

  /** Number of the record that the next entry begins with; undefined before the first entry. */
  get nextRecord(): bigint | undefined {
    return this.#chain?.nextRecord
  }

  /**
   * Takes the next entries, encoded. One signature covers all of them, since each names the digest of the one before: the
   * last one's is checked, before anything is said of what is in them.
   *
   * @throws FollowError; the check is of no use then.
   */
  *take(encoded: readonly Uint8Array[]): Generator<Verified, void> {
    try {
      const entries = encoded.map((bytes) => this.#link(decodeEntry(bytes)))
      this.#checkSignature()
      for (const entry of entries) yield* this.#read(entry)
    } catch (error) {
      throw named(error)
    }
  }

  #link(entry: FeedEntry): FeedEntry {
    this.#chain ??= this.#chainFrom(entry)
    const chain = this.#chain
    // A stream that begins anew doesn't name what was before: it wouldn't cover it.
    if (chain.last !== undefined && !equalBytes(entry.parentDigest, chain.last.digest)) this.#checkSignature()
    chain.accept(entry)
    return entry
  }

  #chainFrom({ firstRecord, beginsAnew }: FeedEntry): EntryChain {
    if (!beginsAnew)
      throw new FollowError(
        'MALFORMED',
        'The stream begins in the middle of a dictionary, which nobody can read',
      )
    return new EntryChain({
      genesisHash: this.#start.genesisHash,
      signer: this.#start.sequencer,
      nextRecord: firstRecord,
      signerOf: (digest, signature) => {
        this.#unchecked = { digest, signature }
        return this.#start.sequencer
      },
    })
  }

  #checkSignature(): void {
    const unchecked = this.#unchecked
    this.#unchecked = undefined
    if (unchecked === undefined || this.#signer.hasSigned(unchecked.digest, unchecked.signature)) return
    const signer = signerOf(unchecked.digest, unchecked.signature)
    if (signer === undefined)
      throw new FollowError('WRONG_SIGNATURE', 'An entry has a signature that is none')
    const [who, expected] = [bytesToHex(signer), bytesToHex(this.#start.sequencer)]
    throw new FollowError('WRONG_SIGNER', `An entry is signed by ${who}, not by the sequencer ${expected}`)
  }

  *#read(entry: FeedEntry): Generator<Verified, void> {
    for (const record of this.#decoder.outlines(entry)) {
      const verified = this.#blocks.accept(record)
      if (verified !== undefined) yield verified
    }
  }
}

function named(error: unknown): unknown {
  if (error instanceof EntryChainError) return new FollowError(error.code, firstLine(error), { cause: error })
  if (error instanceof FeedEntryError || error instanceof BodyError)
    return new FollowError('MALFORMED', firstLine(error), { cause: error })
  return error
}

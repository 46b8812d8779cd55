import {
  decodeEntry,
  EntryChain,
  EntryChainError,
  type FeedEntry,
  FeedEntryError,
  nextRecord,
  signerOf,
} from '../feed/index.ts'
import { bytesToHex, LruMap } from '../lib/index.ts'

/** Entries that come before their turn, at most. */
export const AHEAD_ENTRIES = 256

/** Whoever gets entries before their turn, so that what takes long can begin. */
export type EntriesAhead = {
  /** What comes now is from another source, or from another place: nothing of what came has its turn any more. */
  begin(): void
  /** So much is under way that no more should come for now. */
  readonly isFull: boolean
  /**
   * The next entry, which the sequencer has signed for this place; its body is not looked at yet.
   *
   * @param isKnown - the log has it: only the dictionary's part is of use.
   */
  add(entry: FeedEntry, isKnown: boolean): void
}

export type ForesightOptions = { genesisHash: Uint8Array; signer: Uint8Array; ahead: EntriesAhead }

/** Checks entries that wait for their turn, as far as that can be done without what is before them, and passes them on. */
export class Foresight {
  readonly #options: ForesightOptions
  /** Of entries that have been seen, by digest and signature: the same is asked in their turn. */
  readonly #signers = new LruMap<string, Uint8Array>(2 * AHEAD_ENTRIES)
  #chain: EntryChain | undefined
  /** An entry was not what it should be: it is named in its turn, and nothing comes behind it. */
  #isOver = false

  constructor(options: ForesightOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#options.ahead.isFull
  }

  begin(): void {
    this.#chain = undefined
    this.#isOver = false
    this.#options.ahead.begin()
  }

  /** @param logEnd - number of the record that the log needs next. */
  see(encoded: Uint8Array, logEnd: bigint): void {
    if (this.#isOver) return
    const { genesisHash, signer, ahead } = this.#options
    try {
      const entry = decodeEntry(encoded)
      const { firstRecord } = entry
      this.#chain ??= new EntryChain({
        ...{ genesisHash, signer, nextRecord: firstRecord, signerOf: this.signerOf },
      })
      this.#chain.accept(entry)
      ahead.add(entry, nextRecord(entry) <= logEnd)
    } catch (error) {
      if (!(error instanceof FeedEntryError || error instanceof EntryChainError)) throw error
      this.#isOver = true
    }
  }

  /** As that of entries; recovers each signature once. */
  readonly signerOf = (digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined => {
    const key = `${bytesToHex(digest)}${bytesToHex(signature)}`
    const known = this.#signers.get(key)
    if (known !== undefined) return known
    const found = signerOf(digest, signature)
    if (found !== undefined) this.#signers.set(key, found)
    return found
  }
}

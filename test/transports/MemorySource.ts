import {
  decodeEntry,
  type EntriesOptions,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  nextRecord,
  type SubmitAnswer,
} from '../../src/feed/index.ts'
import { GENESIS_HASH, testSigner } from '../../src/feed/testing/index.ts'

const PIECE_BYTES = 1024 * 1024

/** A stream of entries in memory, which grows when told so. */
export class MemorySource implements FeedSource {
  /** Encoded; may be read, and cut off at the front. */
  readonly #entries: Uint8Array[]
  readonly #snapshot: Uint8Array
  #wake = Promise.withResolvers<void>()
  /** What was handed over; each is answered by its first 32 bytes. */
  readonly submitted: Uint8Array[] = []

  constructor(entries: readonly Uint8Array[], snapshot: Uint8Array = new Uint8Array(0)) {
    this.#entries = [...entries]
    this.#snapshot = snapshot
  }

  push(...entries: readonly Uint8Array[]): void {
    this.#entries.push(...entries)
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  async hello(): Promise<FeedHello> {
    const [first, last] = [this.#entries[0], this.#entries.at(-1)].map((entry) => entry && decodeEntry(entry))
    return {
      chainId: 31_337n,
      genesisHash: GENESIS_HASH,
      signer: testSigner().address,
      epoch: last?.epoch ?? 0n,
      firstRecord: first?.firstRecord ?? 0n,
      nextRecord: last === undefined ? 0n : nextRecord(last),
      miniBlockNumber: last?.miniBlockNumber ?? 0n,
    }
  }

  async *entries(
    fromRecord: bigint,
    { withDictionary = false, signal }: EntriesOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let at = this.#entries.findIndex((entry) => fromRecord < nextRecord(decodeEntry(entry)))
    if (at === -1) at = this.#entries.length
    while (withDictionary && at > 0 && !decodeEntry(this.#entries[at]!).beginsAnew) at--
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
    while (signal?.aborted !== true) {
      if (at < this.#entries.length) yield this.#entries[at++]!
      else await Promise.race([this.#wake.promise, aborted])
    }
  }

  async genesis(): Promise<Uint8Array> {
    return new TextEncoder().encode('{}')
  }

  async *snapshot(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#snapshot.length === 0) throw new FeedSourceError('NOT_OFFERED', 'no snapshot')
    for (let at = 0; at < this.#snapshot.length; at += PIECE_BYTES)
      yield this.#snapshot.subarray(at, at + PIECE_BYTES)
  }

  async submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    this.submitted.push(...raw)
    return raw.map((transaction) => ({ hash: transaction.subarray(0, 32) }))
  }

  close(): void {}
}

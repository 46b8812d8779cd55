import { decodeEntry, nextRecord } from '../entries/index.ts'
import {
  type EntriesOptions,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  type SubmitAnswer,
} from '../FeedSource.ts'
import { GENESIS_HASH } from '../testLog.ts'
import { testSigner } from './entries.ts'

/** A source that has some entries, and takes every transaction that is not empty; those of one byte wait. */
export class ListSource implements FeedSource {
  readonly genesisText: Uint8Array = new TextEncoder().encode('{}')
  snapshotPieces: Uint8Array[] = [new Uint8Array(10), new Uint8Array(0), new Uint8Array(100_000).fill(7)]
  readonly submitted: Uint8Array[] = []
  /** Entries that were asked for. */
  taken = 0
  readonly #entries: readonly Uint8Array[]

  constructor(entries: readonly Uint8Array[]) {
    this.#entries = entries
  }

  async hello(): Promise<FeedHello> {
    const last = decodeEntry(this.#entries.at(-1)!)
    const { epoch, miniBlockNumber } = last
    return {
      chainId: 31337n,
      genesisHash: GENESIS_HASH,
      signer: testSigner().address,
      firstRecord: decodeEntry(this.#entries[0]!).firstRecord,
      nextRecord: nextRecord(last),
      ...{ epoch, miniBlockNumber },
    }
  }

  /** Ends behind the last entry. */
  async *entries(fromRecord: bigint, { signal }: EntriesOptions = {}): AsyncGenerator<Uint8Array, void> {
    if (fromRecord > (await this.hello()).nextRecord) throw new FeedSourceError('AHEAD', 'too far')
    for (const bytes of this.#entries) {
      if (signal?.aborted) return
      if (nextRecord(decodeEntry(bytes)) <= fromRecord) continue
      this.taken++
      yield bytes
    }
  }

  async genesis(): Promise<Uint8Array> {
    return this.genesisText
  }

  async *snapshot(): AsyncGenerator<Uint8Array, void> {
    yield* this.snapshotPieces
  }

  async submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    return raw.map((envelope) => {
      this.submitted.push(envelope)
      if (envelope.length === 0) return { code: 'EMPTY', message: 'nothing' }
      const hash = new Uint8Array(32).fill(envelope[0]!)
      return envelope.length === 1 ? { hash, expectedNonce: 2n ** 64n - 1n } : { hash }
    })
  }

  close(): void {}
}

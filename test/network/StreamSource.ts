import {
  decodeEntry,
  type EntriesOptions,
  encodeEntry,
  type FeedEntry,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  nextRecord,
  type SubmitAnswer,
} from '../../src/feed/index.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import { readGenesis } from '../../src/node/importGenesis.ts'
import { chain } from './RecordedChain.ts'

/** A source with a stream of a recorded chain, which goes on when it is given more. */
export class StreamSource implements FeedSource {
  readonly #signer: Uint8Array
  #entries: readonly Uint8Array[] = []
  #wake: (() => void) | undefined
  #more: Promise<void> | undefined

  constructor(signer: Uint8Array, entries: readonly FeedEntry[]) {
    this.#signer = signer
    this.give(entries)
  }

  give(entries: readonly FeedEntry[]): void {
    this.#entries = [...this.#entries, ...entries.map(encodeEntry)]
    this.#wake?.()
    this.#more = new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async hello(): Promise<FeedHello> {
    const last = decodeEntry(this.#entries.at(-1)!)
    return {
      ...{ chainId: chain.chainId, genesisHash: chain.hash, signer: this.#signer, firstRecord: 0n },
      ...{ nextRecord: nextRecord(last), epoch: last.epoch, miniBlockNumber: last.miniBlockNumber },
    }
  }

  /** All of them from the first on: the dictionary of bodies is there. */
  async *entries(fromRecord: bigint, { signal }: EntriesOptions = {}): AsyncGenerator<Uint8Array, void> {
    void fromRecord
    for (let i = 0; signal?.aborted !== true; i++) {
      if (i >= this.#entries.length) {
        const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
        await Promise.race([this.#more, aborted])
        i--
      } else yield this.#entries[i]!
    }
  }

  async genesis(): Promise<Uint8Array> {
    return new TextEncoder().encode(readGenesis({ text: localGenesisJson() }).json)
  }

  // biome-ignore lint/correctness/useYield: it has none
  async *snapshot(): AsyncGenerator<Uint8Array, void> {
    throw new FeedSourceError('NOT_OFFERED', 'no snapshot')
  }

  async submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    return raw.map(() => ({ code: 'NONE', message: 'no sequencer' }))
  }

  close(): void {}
}

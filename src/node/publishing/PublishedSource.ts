import { open } from 'node:fs/promises'
import {
  type EntriesOptions,
  type EntryStore,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  type SubmitAnswer,
} from '../../feed/index.ts'
import { newestSnapshot } from './newestSnapshot.ts'

const PIECE_BYTES = 1024 * 1024

export type PublishedSourceOptions = {
  chainId: bigint
  genesisHash: Uint8Array
  signer: Uint8Array
  epoch: bigint
  /** Text of the folder's genesis.json. */
  genesis: string
  /** Folder of the snapshots. */
  snapshots: string
  submit: (raw: readonly Uint8Array[]) => Promise<SubmitAnswer[]>
}

/** What a node gives to those who follow it: its store of entries, its snapshots, and its way to the sequencer. */
export class PublishedSource implements FeedSource {
  readonly #store: EntryStore
  readonly #options: PublishedSourceOptions

  constructor(store: EntryStore, options: PublishedSourceOptions) {
    this.#store = store
    this.#options = options
  }

  async hello(): Promise<FeedHello> {
    const { chainId, genesisHash, signer, epoch } = this.#options
    const { last, firstRecord = 0n, nextRecord = 0n } = this.#store
    const miniBlockNumber = last?.miniBlockNumber ?? 0n
    return {
      chainId,
      genesisHash,
      signer,
      epoch: last?.epoch ?? epoch,
      firstRecord,
      nextRecord,
      miniBlockNumber,
    }
  }

  entries(fromRecord: bigint, options?: EntriesOptions): AsyncGenerator<Uint8Array, void> {
    return this.#store.entries(fromRecord, options)
  }

  async genesis(): Promise<Uint8Array> {
    return new TextEncoder().encode(this.#options.genesis)
  }

  async *snapshot({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array, void> {
    const path = this.#usableSnapshot()
    if (path === undefined)
      throw new FeedSourceError('NOT_OFFERED', 'it has no snapshot from which its entries go on')
    const file = await open(path)
    try {
      for (let offset = 0; !signal?.aborted; ) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES, offset)
        if (bytesRead === 0) return
        offset += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await file.close()
    }
  }

  submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    return this.#options.submit(raw)
  }

  close(): void {}

  /** The newest from which the entries that there are go on. */
  #usableSnapshot(): string | undefined {
    // Before the chain's first entry there is its first state.
    const { firstRecord = 0n, nextRecord = 0n } = this.#store
    const isUsable = (record: bigint) => record >= firstRecord && record <= nextRecord
    return newestSnapshot(this.#options.snapshots, isUsable)
  }
}

import {
  decodeEntry,
  type EntriesOptions,
  encodeEntry,
  type FeedDuplex,
  type FeedEntry,
  type FeedSource,
  FeedSourceError,
  nextRecord,
  serveFeed,
} from '../../src/feed/index.ts'
import { ListSource } from '../../src/feed/testing/index.ts'
import { RpcServer } from '../../src/rpc/index.ts'
import { FakeChain, type Listening, listen } from '../../src/rpc/testing/index.ts'

/** A node that serves a list of entries, which grows, at /feed of its port; and can be made to lie or fail. */
export class FeedNode {
  /** What is sent in place of an entry. */
  lie: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes
  /** What is sent in place of each piece of the connection. */
  garble: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes
  connections = 0
  #entries: Uint8Array[]
  #onAdded = (): void => {}
  #listening!: Listening
  readonly #open = new Set<FeedDuplex>()

  private constructor(entries: readonly FeedEntry[]) {
    this.#entries = entries.map(encodeEntry)
  }

  static async start(entries: readonly FeedEntry[]): Promise<FeedNode> {
    const node = new FeedNode(entries)
    node.#listening = await listen(new RpcServer(new FakeChain()), { feed: (duplex) => node.#serve(duplex) })
    return node
  }

  get url(): string {
    return this.#listening.url
  }

  add(entries: readonly FeedEntry[]): void {
    this.#entries.push(...entries.map(encodeEntry))
    this.#onAdded()
  }

  /** From now on it has these only. */
  replace(entries: readonly FeedEntry[]): void {
    this.#entries = entries.map(encodeEntry)
    this.#onAdded()
  }

  /** Ends all connections. */
  drop(): void {
    for (const duplex of this.#open) duplex.close()
  }

  close(): Promise<void> {
    return this.#listening.close()
  }

  #serve(duplex: FeedDuplex): void {
    this.connections++
    this.#open.add(duplex)
    const garbled: FeedDuplex = { ...duplex, write: (bytes) => duplex.write(this.garble(bytes)) }
    serveFeed(garbled, this.#source())
      .catch(() => {})
      .finally(() => this.#open.delete(duplex))
  }

  #source(): FeedSource {
    const follow: FeedSource['entries'] = (from, options) => this.#follow(from, options)
    return Object.assign(new ListSource([]), {
      hello: () => new ListSource(this.#entries).hello(),
      entries: follow,
    })
  }

  async *#follow(
    from: bigint,
    { withDictionary, signal }: EntriesOptions = {},
  ): AsyncGenerator<Uint8Array, void> {
    let record = withDictionary === true ? this.#dictionaryOf(from) : from
    while (signal?.aborted !== true) {
      if (record < decodeEntry(this.#entries[0]!).firstRecord)
        throw new FeedSourceError('PRUNED', `record ${record}`)
      const bytes = this.#entries.find((entry) => nextRecord(decodeEntry(entry)) > record)
      if (bytes === undefined) await this.#added(signal)
      else {
        record = nextRecord(decodeEntry(bytes))
        yield this.lie(bytes)
      }
    }
  }

  #dictionaryOf(record: bigint): bigint {
    const before = this.#entries.map(decodeEntry).filter(({ firstRecord }) => firstRecord <= record)
    return before.findLast(({ beginsAnew }) => beginsAnew)!.firstRecord
  }

  #added(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#onAdded = resolve
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

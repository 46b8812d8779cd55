import {
  type EntriesOptions,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  nextRecord,
  type SubmitAnswer,
} from '../../feed/index.ts'
import { NatsClient } from './NatsClient.ts'
import { NatsFiles } from './NatsFiles.ts'
import { NatsLog } from './NatsLog.ts'
import { parseNatsUrl } from './NatsPlace.ts'
import { submitOver } from './natsSubmissions.ts'

/** Of a chain that has nothing yet. */
const NO_ENTRIES = { epoch: 0n, firstRecord: 0n, nextRecord: 0n, miniBlockNumber: 0n }

/** The entries that a publisher has put into NATS, for whoever follows. */
export class NatsSource implements FeedSource {
  readonly #client: NatsClient
  readonly #log: NatsLog
  readonly #files: NatsFiles
  readonly #submitSubject: string

  private constructor(client: NatsClient, name: string) {
    this.#client = client
    this.#log = new NatsLog(client, name)
    this.#files = new NatsFiles(client, name)
    this.#submitSubject = `${name}.submit`
  }

  /**
   * @param url - as NatsPlace has it.
   * @throws NatsPlaceError, NatsError
   */
  static async connect(url: string): Promise<NatsSource> {
    const place = parseNatsUrl(url)
    return new NatsSource(await NatsClient.connect(place), place.name)
  }

  async hello(): Promise<FeedHello> {
    const tail = await this.#log.tail()
    const firstRecord = await this.#log.firstRecord()
    const chain = await this.#files.chain()
    if (chain === undefined) throw new FeedSourceError('NOT_OFFERED', 'no chain is in NATS yet')
    if (tail === undefined || firstRecord === undefined) return { ...chain, ...NO_ENTRIES }
    const { epoch, miniBlockNumber } = tail.entry
    return { ...chain, epoch, firstRecord, nextRecord: nextRecord(tail.entry), miniBlockNumber }
  }

  entries(fromRecord: bigint, options: EntriesOptions = {}): AsyncIterable<Uint8Array> {
    return this.#log.entries(fromRecord, options)
  }

  genesis(): Promise<Uint8Array> {
    return this.#files.genesis()
  }

  snapshot(options: { signal?: AbortSignal } = {}): AsyncIterable<Uint8Array> {
    return this.#files.snapshot(options.signal)
  }

  submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    return submitOver(this.#client.connection, { subject: this.#submitSubject, raw })
  }

  close(): void {
    void this.#client.close()
  }
}

import { after, afterEach, before, beforeEach } from 'node:test'
import { inspect } from 'node:util'
import type { FeedSource } from '../../src/feed/index.ts'
import { NatsClient } from '../../src/node/nats/NatsClient.ts'
import { type NatsPlace, parseNatsUrl } from '../../src/node/nats/NatsPlace.ts'
import { NatsPublisher, type NatsPublisherParts } from '../../src/node/nats/NatsPublisher.ts'
import { NatsSource } from '../../src/node/nats/NatsSource.ts'
import { until } from '../../src/node/testing/index.ts'
import { NatsServer } from './NatsServer.ts'

const MAX_BYTES = 64 * 1024 * 1024

/** A NATS server for the tests around; each has streams of its own there, and closes what it opened. */
export class NatsFixture {
  #server: NatsServer | undefined
  #count = 0
  readonly #open = new Set<{ close(): void | Promise<void> }>()
  /** What publishers have met in this test. */
  readonly troubles: Error[] = []

  constructor() {
    before(async () => {
      this.#server = await NatsServer.start()
    })
    after(() => this.#server?.close())
    beforeEach(() => {
      this.#count++
      this.troubles.length = 0
    })
    afterEach(async () => {
      await Promise.all([...this.#open].map((each) => each.close()))
      this.#open.clear()
    })
  }

  get url(): string {
    return `${this.#server!.url}/test-${this.#count}`
  }

  get place(): NatsPlace {
    return parseNatsUrl(this.url)
  }

  /** As after a power cut. */
  restart(): Promise<void> {
    return this.#server!.restart()
  }

  publish(source: FeedSource, parts: Partial<NatsPublisherParts> = {}): NatsPublisher {
    const onTrouble = (error: Error) => void this.troubles.push(error)
    const { place } = this
    return this.#keep(
      new NatsPublisher({
        ...{ source, place, maxBytes: MAX_BYTES, takesTransactions: true, onTrouble, onConnected: () => {} },
        ...parts,
      }),
    )
  }

  async client(): Promise<NatsClient> {
    return this.#keep(await NatsClient.connect(this.place))
  }

  async reader(): Promise<NatsSource> {
    return this.#keep(await NatsSource.connect(this.url))
  }

  /** Once everything before a record is there. */
  async readerOf(nextRecord: bigint): Promise<NatsSource> {
    const source = await this.reader()
    let seen: unknown
    const isThere = async () => {
      const hello = await source.hello().catch((error: Error) => error)
      seen = hello
      return 'nextRecord' in hello && hello.nextRecord === nextRecord
    }
    await until(`record ${nextRecord}`, isThere).catch((error: Error) => {
      throw new Error(`${error.message}: ${inspect({ seen, troubles: this.troubles })}`, { cause: error })
    })
    return source
  }

  #keep<T extends { close(): void | Promise<void> }>(each: T): T {
    this.#open.add(each)
    return each
  }
}

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EntriesOptions, FeedHello, FeedSource, SubmitAnswer } from '../../src/feed/index.ts'
import { dialPeer, PeeringThread, PeerLink } from '../../src/node/peering/index.ts'

/** Where no addresses can be kept. */
const NO_FOLDER = join(tmpdir(), 'leveret-no-folder')

/** A peer that passes a chain's entries on, and once it is told to, turns a bit of each over. */
export class Liar {
  readonly #source: LyingSource
  readonly #thread: PeeringThread
  readonly #link: PeerLink
  /** Names of the peers that it has. */
  readonly peers: Set<string>

  private constructor(source: LyingSource, thread: PeeringThread, link: PeerLink, peers: Set<string>) {
    this.#source = source
    this.#thread = thread
    this.#link = link
    this.peers = peers
  }

  /** @param address - of a peer that has the entries. */
  static async start(address: string): Promise<Liar> {
    const honest = dialPeer(address)
    const { genesisHash, signer } = await honest.hello()
    const seed = crypto.getRandomValues(new Uint8Array(32))
    const listen = { host: '127.0.0.1', port: 0 }
    const thread = new PeeringThread({ seed, listen, bootstrap: [address], genesisHash, folder: NO_FOLDER })
    const source = new LyingSource(honest)
    const peers = new Set<string>()
    const link = new PeerLink({
      ...{ port: thread.port, source },
      onFound: ({ name }) => void peers.add(name),
      onLost: (name) => void peers.delete(name),
    })
    await thread.start(signer, () => {})
    return new Liar(source, thread, link, peers)
  }

  get address(): string {
    return this.#thread.addresses[0]!
  }

  lie(): void {
    this.#source.isLying = true
  }

  async close(): Promise<void> {
    this.#link.close()
    await this.#thread.close()
    this.#source.close()
  }
}

class LyingSource implements FeedSource {
  readonly #honest: FeedSource
  isLying = false

  constructor(honest: FeedSource) {
    this.#honest = honest
  }

  hello(): Promise<FeedHello> {
    return this.#honest.hello()
  }

  async *entries(fromRecord: bigint, options?: EntriesOptions): AsyncGenerator<Uint8Array, void> {
    for await (const entry of this.#honest.entries(fromRecord, options)) {
      const other = new Uint8Array(entry)
      if (this.isLying) other[other.length >> 1]! ^= 1
      yield other
    }
  }

  genesis(): Promise<Uint8Array> {
    return this.#honest.genesis()
  }

  snapshot(): AsyncIterable<Uint8Array> {
    return this.#honest.snapshot()
  }

  submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    return this.#honest.submit(raw)
  }

  close(): void {
    this.#honest.close()
  }
}

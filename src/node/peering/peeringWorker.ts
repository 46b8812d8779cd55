import { MessageChannel, type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { connectFeed, type FeedDuplex, headOf, readHead } from '../../feed/index.ts'
import { KnownPeers } from './KnownPeers.ts'
import { ANNOUNCE_MS } from './limits.ts'
import type { FeedToPeering, PeeringToFeed, PeeringToMain, PeeringWorkerData } from './messages.ts'
import { networkNames } from './networkNames.ts'
import { PeerHost } from './PeerHost.ts'
import { joinDuplexes, portDuplex } from './portDuplex.ts'

const STATUS_MS = 1000

/** The thread that talks to peers: what they ask is passed on to the thread that has the entries. */
class PeeringThread {
  readonly #data: PeeringWorkerData
  #host: PeerHost | undefined
  /** The newest record that was told, by others or from here. */
  #toldRecord = 0n
  #served = 0

  constructor(data: PeeringWorkerData) {
    this.#data = data
  }

  async run(): Promise<void> {
    const { seed, listen, bootstrap, genesisHash, feed, folder } = this.#data
    const known = new KnownPeers(folder)
    const host = await PeerHost.start({
      ...{ seed, listen, bootstrap, known, names: networkNames(genesisHash) },
      onPeer: (peer) => this.#toFeed({ kind: 'found', peer }),
      onLost: (peer) => this.#toFeed({ kind: 'lost', peer }),
      serve: (duplex) => this.#serve(duplex),
      onHead: (head) => this.#hear(head),
    })
    this.#host = host
    feed.on('message', (message: FeedToPeering) => this.#take(message))
    const timer = setInterval(() => {
      this.#tellStatus()
      known.keep()
    }, STATUS_MS)
    const announcing = this.#announce()
    parentPort!.once('message', async () => {
      clearInterval(timer)
      announcing.close()
      feed.close()
      known.keep()
      await host.stop()
      parentPort!.close()
    })
    this.#toMain({ kind: 'listening', addresses: host.addresses })
  }

  #take(message: FeedToPeering): void {
    if (message.kind === 'ban') this.#host!.ban(message.peer, 'entries')
    else void this.#open(message)
  }

  async #open({ peer, port }: Extract<FeedToPeering, { kind: 'open' }>): Promise<void> {
    const asking = portDuplex(port)
    try {
      await joinDuplexes(asking, await this.#host!.open(peer))
    } catch {
      asking.close()
    }
  }

  async #serve(duplex: FeedDuplex): Promise<void> {
    this.#served++
    try {
      await joinDuplexes(duplex, this.#ask())
    } finally {
      this.#served--
    }
  }

  /** A session with the thread that has the entries. */
  #ask(): FeedDuplex {
    const { port1, port2 } = new MessageChannel()
    this.#toFeed({ kind: 'serve', port: port2 }, [port2])
    return portDuplex(port1)
  }

  #hear(bytes: Uint8Array): 'new' | 'known' | 'bad' {
    const head = readHead(bytes, this.#data)
    if (head === undefined) return 'bad'
    if (head.nextRecord <= this.#toldRecord) return 'known'
    this.#toldRecord = head.nextRecord
    const { nextRecord, miniBlockNumber } = head
    this.#toFeed({ kind: 'head', nextRecord, miniBlockNumber })
    return 'new'
  }

  /** Tells the newest entry's head from time to time, unless others have told it or a newer one. */
  #announce(): { close(): void } {
    const source = connectFeed(this.#ask())
    const look = async () => {
      const { nextRecord } = await source.hello()
      if (nextRecord <= this.#toldRecord) return
      for await (const entry of source.entries(nextRecord - 1n)) {
        this.#toldRecord = nextRecord
        this.#host!.tell(headOf(entry))
        break
      }
    }
    // There may be no entry yet.
    const timer = setInterval(() => void look().catch(() => {}), ANNOUNCE_MS)
    return {
      close: () => {
        clearInterval(timer)
        source.close()
      },
    }
  }

  #tellStatus(): void {
    const { peerCount: peers, banCount: banned, dropped } = this.#host!
    this.#toMain({ kind: 'status', status: { peers, banned, served: this.#served, dropped } })
  }

  #toFeed(message: PeeringToFeed, transferList: MessagePort[] = []): void {
    this.#data.feed.postMessage(message, transferList)
  }

  #toMain(message: PeeringToMain): void {
    parentPort!.postMessage(message)
  }
}

await new PeeringThread(workerData as PeeringWorkerData).run()

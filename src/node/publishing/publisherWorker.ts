import { parentPort, workerData } from 'node:worker_threads'
import { EntryStore, type RecordSigner, type SubmitAnswer } from '../../feed/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import { loadChain } from '../chain.ts'
import { type Outlets, openOutlets } from '../outlets/index.ts'
import { SharedCounters } from '../SharedCounters.ts'
import { Signal } from '../Signal.ts'
import { standBack } from '../threadPriority.ts'
import { FeedServer } from '../transport/index.ts'
import { countFeed, FEED_COUNTERS, type FeedCounters } from './feedCounters.ts'
import type { MainToPublisher, PublisherToMain, PublisherWorkerData } from './messages.ts'
import { Publication } from './Publication.ts'
import { PublishedSource } from './PublishedSource.ts'
import { keySigner, remoteSigner, UnsignedError } from './signers.ts'
import { Term } from './Term.ts'

/** So often the counters are written while nothing is published. */
const COUNT_INTERVAL_MS = 1000

/**
 * The publisher's thread: follows the log on the disk, makes, signs, keeps and serves the entries of the stream. It reads
 * the log and not the sequencer's memory: it may be behind by any amount without making anybody wait.
 */
class PublisherThread {
  readonly #data: PublisherWorkerData
  readonly #signal: Signal
  readonly #store: EntryStore
  readonly #term: Term
  readonly #signer: RecordSigner
  readonly #counters: FeedCounters
  readonly #submits = new Map<number, (answers: SubmitAnswer[]) => void>()
  #nextSubmit = 0
  #server: FeedServer | undefined
  #outlets: Outlets | undefined
  readonly #stopping = new AbortController()

  constructor(data: PublisherWorkerData) {
    this.#data = data
    this.#signal = new Signal(data.written)
    this.#counters = new SharedCounters(FEED_COUNTERS, data.counters)
    const { feedFolder, genesisHash, maxBytes, epoch, signer } = data
    const onTrouble = (error: Error) => this.#toMain({ kind: 'trouble', reason: error.message })
    this.#signer =
      'privateKey' in signer
        ? keySigner(signer.privateKey)
        : remoteSigner(signer, { onTrouble, stop: this.#stopping.signal })
    this.#store = EntryStore.open(feedFolder, { genesisHash, maxBytes })
    this.#term = new Term(feedFolder)
    this.#term.begin(epoch)
    if (data.isAnew) this.#store.clear()
  }

  async run(): Promise<void> {
    parentPort!.on('message', (message: MainToPublisher) => this.#take(message))
    await this.#serve()
    const counting = setInterval(() => this.#count(), COUNT_INTERVAL_MS)
    const { logFolder, genesisHash, snapshot, epoch, memoryMiB } = this.#data
    const publication = new Publication(this.#store, {
      ...{ logFolder, genesisHash, snapshot, epoch, memoryMiB, signer: this.#signer },
    })
    await this.#publish(publication)
    publication.close()
    clearInterval(counting)
    this.#server?.close()
    await this.#outlets?.close()
    this.#store.close()
    this.#term.end(epoch)
    parentPort!.close()
  }

  async #publish(publication: Publication): Promise<void> {
    try {
      for (;;) {
        const mark = this.#signal.mark()
        // First: what the log has when it is to stop is published too.
        const isLast = this.#stopping.signal.aborted
        await publication.follow()
        this.#count()
        if (isLast) return
        await this.#signal.changed(mark)
      }
    } catch (error) {
      if (!(error instanceof UnsignedError)) throw error
    }
  }

  async #serve(): Promise<void> {
    const { genesis, genesisHash, snapshots, epoch, host, port, tls } = this.#data
    const source = new PublishedSource(this.#store, {
      ...{ chainId: loadChain(genesis).chainId, genesisHash, signer: this.#signer.address, epoch },
      ...{ genesis, snapshots, submit: (raw) => this.#submit(raw) },
    })
    const { outlets } = this.#data
    this.#outlets = await openOutlets(source, outlets, (news) => this.#toMain({ kind: 'outlet', news }))
    const onRefused = (error: Error, address = '') =>
      this.#toMain({ kind: 'refused', reason: error.message, address })
    if (port !== undefined) this.#server = await FeedServer.open(source, { host, port, tls, onRefused })
    this.#toMain({ kind: 'ready', port: this.#server?.port, signer: bytesToHex(this.#signer.address) })
  }

  #take(message: MainToPublisher): void {
    if (message.kind === 'stop') {
      this.#stopping.abort()
      this.#signal.wake()
      return
    }
    this.#submits.get(message.id)?.(message.answers)
    this.#submits.delete(message.id)
  }

  /** The other side of a connection bounds how many it hands over at once. */
  #submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    const id = this.#nextSubmit++
    this.#toMain({ kind: 'submit', id, raw: [...raw] })
    return new Promise((resolve) => this.#submits.set(id, resolve))
  }

  #count(): void {
    countFeed(this.#counters, this.#store, this.#server)
  }

  #toMain(message: PublisherToMain): void {
    parentPort!.postMessage(message)
  }
}

standBack(2)
await new PublisherThread(workerData as PublisherWorkerData).run()

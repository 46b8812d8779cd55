import { dirname } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { EntryStore, encodeEntry, type FeedEntry, type LogPosition, LogWriter } from '../../feed/index.ts'
import { assert, ByteWriter, systemClock } from '../../lib/index.ts'
import {
  EntryFollower,
  type EntrySink,
  type FollowedEntry,
  Follower,
  type SourceStatus,
} from '../../replica/index.ts'
import { loadChain } from '../chain.ts'
import { FrameSlabs, type FramesPlace, SLAB_BYTES } from '../FrameSlabs.ts'
import type { WriterToSealer } from '../messages.ts'
import { type OutletNews, type Outlets, openOutlets, openSource, sourceName } from '../outlets/index.ts'
import { PublishedSource } from '../publishing/index.ts'
import type { FollowerToMain } from '../writerMessages.ts'
import { FeedRelay } from './FeedRelay.ts'
import { keepEvidence, keepRefuted } from './keepEvidence.ts'
import type { FollowerWorkerData, MainToFollower } from './messages.ts'
import { RecoveryAhead } from './RecoveryAhead.ts'
import { openReplicaChain, type ReplicaChain } from './ReplicaChain.ts'
import { SubmitRelay } from './SubmitRelay.ts'
import { waitFor } from './waitFor.ts'

/** The sealer hears of what was written at most so often, and after so many entries. */
const SEALER_INTERVAL_MS = 5
const SEALER_BATCH_LIMIT = 1024
/** Bytes of records that the other threads may be behind; beyond, nothing more is followed for a moment. */
const UNREAD_LIMIT_BYTES = 16 * 2 ** 20
/** The main thread hears so often how far it is. */
const STATUS_MS = 250

/** A replica's thread in the place of the sequencer's: writes the log as the sequencer's entries say. */
class FollowerThread implements EntrySink {
  readonly #data: FollowerWorkerData
  readonly #slabs: FrameSlabs
  readonly #log: LogWriter
  readonly #store: EntryStore
  readonly #follower: Follower
  /** Of a full node. */
  readonly #recovery: RecoveryAhead | undefined
  readonly #relay: SubmitRelay
  /** What those get who follow this node. */
  readonly #source: PublishedSource
  #outlets: Outlets | undefined
  readonly #end = new AbortController()
  /** Written frames that the sealer has not got yet, and where the last of them stand. */
  #forSealer: { frames: FramesPlace[]; position: LogPosition } | undefined
  #isClosed = false

  constructor(data: FollowerWorkerData) {
    this.#data = data
    this.#slabs = new FrameSlabs(data.frames)
    const allocate = (bytes: number) => this.#slabs.allocate(bytes)
    const frames = new ByteWriter({ capacity: SLAB_BYTES, allocate })
    const { hash: genesisHash, chainId, schedule } = loadChain(data.genesis)
    this.#recovery = data.verify && new RecoveryAhead({ ...data.verify, schedule })
    const chain = openReplicaChain(data, data.recordCount, this.#recovery)
    parentPort!.postMessage('loaded')
    // Only now: who fails to load the state leaves no lock behind.
    const { signer, segmentBytes, feedFolder, feedBytes } = data
    this.#log = LogWriter.open(data.logFolder, { genesisHash, segmentBytes })
    assert(this.#log.recordCount === data.recordCount, 'the log is as it was when the node started')
    this.#store = EntryStore.open(feedFolder, { genesisHash, maxBytes: feedBytes })
    const { last, nextRecord } = this.#store
    const { miniBlockNumber, timestampUs } = chain
    const entries = new EntryFollower({
      ...{ genesisHash, signer, sink: this, open: this.#opener(chain), ahead: this.#recovery, frames },
      last: last !== undefined && nextRecord === data.recordCount ? encodeEntry(last) : undefined,
    })
    this.#follower = new Follower({
      ...{ genesisHash, signer, entries, clock: systemClock(), wait: waitFor, miniBlockNumber, timestampUs },
      sources: data.sources.map((address) => ({
        name: sourceName(address),
        open: () => openSource(address),
      })),
      isBehind: () => this.#slabs.unreadBytes > UNREAD_LIMIT_BYTES,
      onSource: (source) => this.#tellSource(source),
    })
    this.#relay = new SubmitRelay((raw) => this.#follower.submit(raw))
    this.#source = new PublishedSource(this.#store, {
      ...{ chainId, genesisHash, signer, epoch: 0n, genesis: data.genesis },
      snapshots: dirname(data.snapshot),
      submit: (raw) => this.#relay.submit(raw),
    })
  }

  async run(): Promise<void> {
    const { main, sealer } = this.#data
    main.on('message', (message: MainToFollower) => {
      if (message.kind === 'stop') this.#end.abort()
      else void this.#submit(message)
    })
    const server = await this.#serve()
    this.#toMain({ kind: 'ready', remarks: [] })
    const timer = setInterval(() => {
      this.#tellStatus()
      server?.count()
    }, STATUS_MS)
    try {
      const onNews = (news: OutletNews) => this.#toMain({ kind: 'outlet', news })
      this.#outlets = await openOutlets(this.#source, this.#data.outlets, onNews, this.#follower)
      await this.#follower.run(this.#end.signal)
    } finally {
      clearInterval(timer)
      server?.close()
      await this.#outlets?.close()
      this.close()
    }
    this.#tellSealer()
    sealer.postMessage({ kind: 'stop' } satisfies WriterToSealer)
    this.#toMain({ kind: 'stopped' })
    for (const port of [main, sealer]) port.close()
  }

  async #serve(): Promise<FeedRelay | undefined> {
    const { relay } = this.#data
    if (relay === undefined) return undefined
    const server = await FeedRelay.open({
      ...{ ...relay, source: this.#source, store: this.#store },
      onRefused: ({ message: reason }, address = '') => this.#toMain({ kind: 'refused', reason, address }),
    })
    this.#toMain({ kind: 'relaying', port: server.port })
    return server
  }

  /** Also after a failure: who starts the node again in the same process must find the log unlocked. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#store.close()
    this.#log.close()
  }

  /** The first time it is there already. */
  #opener(first: ReplicaChain): () => ReplicaChain {
    let opened: ReplicaChain | undefined = first
    return () => {
      const chain = opened ?? openReplicaChain(this.#data, this.#log.recordCount, this.#recovery)
      opened = undefined
      return chain
    }
  }

  /**
   * Told, then written: the main thread shows what the sequencer has signed, and has in its own log, so a disk that takes
   * its time makes nobody wait. After a kill, what the log lacks is fetched again.
   */
  append({ entry, encoded, frames: bytes, records }: FollowedEntry): void {
    const frames = this.#slabs.placeOf(bytes)
    this.#toMain({ kind: 'step', frames })
    // Before the log: what that has, those who follow this node can get.
    this.known(entry, encoded)
    const { position } = this.#log
    this.#log.appendFrames(bytes, records.length)
    this.#queueForSealer(frames, position)
  }

  known(entry: FeedEntry, encoded: Uint8Array): void {
    const { nextRecord } = this.#store
    if (nextRecord !== undefined && entry.firstRecord < nextRecord) return
    // What is missing between is not to be had: what is kept begins anew.
    if (nextRecord !== undefined && entry.firstRecord > nextRecord) this.#store.clear()
    if (this.#store.last !== undefined || entry.beginsAnew) this.#store.append(encoded)
  }

  evidence(evidence: Parameters<EntrySink['evidence']>[0]): void {
    this.#toMain({ kind: 'evidence', path: keepEvidence(this.#data.evidenceFolder, evidence) })
  }

  refuted(encoded: Uint8Array): void {
    this.#toMain({ kind: 'evidence', path: keepRefuted(this.#data.evidenceFolder, encoded) })
  }

  #tellSource(source: SourceStatus): void {
    this.#outlets?.judge(source)
    this.#toMain({ kind: 'source', source: { ...source } })
  }

  #queueForSealer(frames: FramesPlace, position: LogPosition): void {
    if (this.#forSealer === undefined) {
      this.#forSealer = { frames: [], position }
      setTimeout(() => this.#tellSealer(), SEALER_INTERVAL_MS)
    }
    this.#forSealer.frames.push(frames)
    this.#forSealer.position = position
    if (this.#forSealer.frames.length >= SEALER_BATCH_LIMIT) this.#tellSealer()
  }

  #tellSealer(): void {
    if (this.#forSealer === undefined) return
    this.#data.sealer.postMessage({ kind: 'steps', ...this.#forSealer } satisfies WriterToSealer)
    this.#forSealer = undefined
  }

  async #submit({ id, raw }: Extract<MainToFollower, { kind: 'submit' }>): Promise<void> {
    try {
      this.#toMain({ kind: 'answers', id, answers: await this.#relay.submit(raw) })
    } catch (error) {
      const [unreachable] = (error as Error).message.split('\n', 1)
      this.#toMain({ kind: 'answers', id, answers: { unreachable: unreachable! } })
    }
  }

  #tellStatus(): void {
    this.#toMain({ kind: 'status', status: this.#follower.status() })
  }

  #toMain(message: FollowerToMain): void {
    const port: MessagePort = this.#data.main
    port.postMessage(message)
  }
}

const thread = new FollowerThread(workerData as FollowerWorkerData)
try {
  await thread.run()
} finally {
  thread.close()
}

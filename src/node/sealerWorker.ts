import { workerData } from 'node:worker_threads'
import { encodeRecord, type LogRecord, placeAfter, readFrames } from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import type { SealedPlace } from '../protocol/index.ts'
import { HeaderMismatchError, Sealer } from '../sequencer/index.ts'
import type { SnapshotHead } from '../state/index.ts'
import { CompactStateTrie } from '../trie/index.ts'
import { loadChain } from './chain.ts'
import { SlabReader } from './FrameSlabs.ts'
import type { ForkedState } from './forking/index.ts'
import { LogSyncer } from './LogSyncer.ts'
import type {
  MainToSealer,
  SealerAnswer,
  SealerToMain,
  SealerWorkerData,
  WriterToSealer,
} from './messages.ts'
import { replayLog } from './replay.ts'
import { SharedCounters } from './SharedCounters.ts'
import { Signal } from './Signal.ts'
import { SignedHeaderError } from './SignedHeaderError.ts'
import { loadSnapshot, placeOf, rangeBehind } from './startPoint.ts'
import { standBack } from './threadPriority.ts'
import { trieCommitment } from './trieCommitment.ts'
import { TRIE_COUNTERS, type TrieCounters } from './trieCounters.ts'
import { trieOptions } from './trieOptions.ts'

/**
 * The sealer's thread: commits state beside execution, makes headers or checks those that come, proves the state at
 * recent sealed blocks, and syncs the log to disk.
 */
class SealerThread {
  readonly #data: SealerWorkerData
  readonly #signal: Signal
  readonly #frames: SlabReader
  readonly #trie: CompactStateTrie
  readonly #trieCounters: TrieCounters
  readonly #sealer: Sealer
  readonly #syncer: LogSyncer<SealedPlace & { miniBlockNumber: bigint }>
  /** Newest block whose header is in the log. */
  #logged: SealedPlace
  /** Newest mini-block whose end is in the log. */
  #miniBlockNumber = 0n

  /** @param base - of a forked chain: the state before. */
  constructor(data: SealerWorkerData, base: ForkedState | undefined) {
    this.#data = data
    this.#signal = new Signal(data.signal)
    this.#frames = new SlabReader(data.frames, 'sealer')
    const { schedule, isFork, header, hash: genesisHash } = loadChain(data.genesis)
    this.#trie = new CompactStateTrie(trieOptions(data.memoryMiB))
    this.#trieCounters = new SharedCounters(TRIE_COUNTERS, data.trieCounters)
    const head = loadSnapshot(data.snapshot, (diff) => this.#trie.apply(diff))
    this.#sealer = new Sealer(
      trieCommitment(this.#trie, base),
      { number: head.blockNumber, hash: keccak256(head.header), genesisHash },
      schedule,
    )
    // The trie of a fork has only what changed since: the remote's root is of another.
    if (!isFork || head.blockNumber !== header.number) this.#sealer.checkState(head.header)
    this.#trie.keep(head.blockNumber)
    this.#logged = placeOf(head)
    this.#syncer = new LogSyncer(data.logFolder, (mark) => this.#toMain({ kind: 'durable', ...mark }))
    this.#replay(head)
  }

  #replay(head: SnapshotHead): void {
    const { logFolder, recordCount } = this.#data
    for (const { record } of replayLog(rangeBehind(head, { folder: logFolder, recordCount })))
      this.#follow(record)
  }

  start(): void {
    const { main, writer } = this.#data
    writer.on('message', (message: WriterToSealer) => {
      if (message.kind === 'stop') void this.#stop()
      else this.#takeSteps(message)
    })
    main.on('message', (question: MainToSealer) => {
      const isKept = this.#trie.isKept(question.blockNumber)
      const answer = isKept ? this.#answer(question) : undefined
      this.#toMain({ kind: 'answer', id: question.id, answer })
    })
    this.#countMemory()
    this.#toMain({ kind: 'ready' })
    this.#sealAll()
  }

  #answer(question: MainToSealer): SealerAnswer {
    const { blockNumber } = question
    switch (question.kind) {
      case 'witness':
        return this.#trie.witness(blockNumber, question.targets)
      case 'accounts':
        return this.#trie.accountsFrom(blockNumber, question)
      case 'storage':
        return this.#trie.storageFrom(blockNumber, question)
      case 'proof':
        return this.#trie.proof(blockNumber, question.address, question.keys)
    }
  }

  #takeSteps({ frames, position }: Extract<WriterToSealer, { kind: 'steps' }>): void {
    for (const place of frames)
      for (const { record } of readFrames(this.#frames.read(place))) this.#follow(record)
    this.#syncer.wrote(position, {
      ...this.#logged,
      miniBlockNumber: this.#miniBlockNumber,
    })
    this.#sealAll()
  }

  #sealAll(): void {
    if (!this.#data.makesHeaders) return
    for (let record = this.#sealer.seal(); record !== undefined; record = this.#sealer.seal()) {
      this.#data.writer.postMessage({ kind: 'header', frame: encodeRecord(record) })
      this.#signal.wake()
    }
  }

  #countMemory(): void {
    const memory = this.#trie.memory()
    for (const kind of TRIE_COUNTERS) this.#trieCounters.set(kind, memory[kind])
  }

  #follow(record: LogRecord): void {
    try {
      this.#sealer.follow(record)
    } catch (error) {
      if (error instanceof HeaderMismatchError && !this.#data.makesHeaders) throw new SignedHeaderError(error)
      throw error
    }
    if (record.kind === 'sealMiniBlock' || record.kind === 'rewind') this.#miniBlockNumber = record.number
    if (record.kind === 'sealHeader') this.#countMemory()
    this.#logged = placeAfter(this.#logged, record)
  }

  #toMain(message: SealerToMain): void {
    this.#data.main.postMessage(message)
  }

  async #stop(): Promise<void> {
    await this.#syncer.close()
    this.#data.writer.close()
    this.#data.main.close()
  }
}

const data = workerData as SealerWorkerData
// Most chains are no forks: loaded only where it is needed, with much that this thread has no use for.
const base = data.fork && new (await import('./forking/index.ts')).ForkedState(data.fork)
const sealer = new SealerThread(data, base)
standBack(3)
sealer.start()

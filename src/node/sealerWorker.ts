import { workerData } from 'node:worker_threads'
import { decodeRecord, encodeRecord, type LogRecord } from '../feed/index.ts'
import { bytesToHex } from '../lib/index.ts'
import { Sealer } from '../sequencer/index.ts'
import { StateTrie } from '../trie/index.ts'
import { loadChain, orderedRoot } from './chain.ts'
import { LogSyncer } from './LogSyncer.ts'
import type { MainToSealer, SealerToMain, SealerWorkerData, SequencerToSealer } from './messages.ts'
import { replayLog } from './replay.ts'
import { Signal } from './Signal.ts'

/** States that are kept for proofs. */
const STATE_WINDOW = 128n

/**
 * The sealer's thread: commits state beside execution, makes headers, proves the state at recent sealed blocks,
 * and syncs the log to disk.
 */
class SealerThread {
  readonly #data: SealerWorkerData
  readonly #signal: Signal
  #trie: StateTrie
  readonly #states = new Map<bigint, StateTrie>()
  readonly #sealer: Sealer
  readonly #syncer: LogSyncer<{ blockNumber: bigint; miniBlockNumber: bigint }>
  /** Newest block whose header is in the log. */
  #loggedNumber: bigint
  /** Newest mini-block whose end is in the log. */
  #miniBlockNumber = 0n

  constructor(data: SealerWorkerData) {
    this.#data = data
    this.#signal = new Signal(data.signal)
    const chain = loadChain(data.genesis, data)
    this.#trie = StateTrie.empty().apply(chain.diff)
    this.#sealer = new Sealer(
      { apply: (diff) => this.#apply(diff), root: () => this.#trie.root(), orderedRoot },
      { number: chain.closed.number, hash: chain.hash },
      chain.schedule.forkAt,
    )
    this.#loggedNumber = chain.closed.number
    this.#states.set(chain.closed.number, this.#trie)
    this.#syncer = new LogSyncer(data.logFolder, (mark) => this.#toMain({ kind: 'durable', ...mark }))
    let lastHeader: Uint8Array | undefined
    for (const { record } of replayLog(data.logFolder, data.recordCount)) {
      this.#follow(record)
      if (record.kind === 'sealHeader') lastHeader = record.header
    }
    if (lastHeader !== undefined) this.#checkState(lastHeader)
  }

  start(): void {
    const { main, sequencer } = this.#data
    sequencer.on('message', (message: SequencerToSealer) => {
      if (message.kind === 'stop') void this.#stop()
      else this.#takeStep(message)
    })
    main.on('message', (question: MainToSealer) => {
      const { id, blockNumber, address, keys } = question
      this.#toMain({ kind: 'proof', id, proof: this.#states.get(blockNumber)?.proof(address, keys) })
    })
    this.#toMain({ kind: 'ready' })
    this.#sealAll()
  }

  #takeStep({ frames, position }: Extract<SequencerToSealer, { kind: 'step' }>): void {
    for (const frame of frames) this.#follow(decodeRecord(frame))
    this.#syncer.wrote(position, {
      blockNumber: this.#loggedNumber,
      miniBlockNumber: this.#miniBlockNumber,
    })
    this.#sealAll()
  }

  #sealAll(): void {
    for (let record = this.#sealer.seal(); record !== undefined; record = this.#sealer.seal()) {
      this.#remember()
      this.#data.sequencer.postMessage({ kind: 'header', frame: encodeRecord(record) })
      this.#signal.wake()
    }
  }

  #follow(record: LogRecord): void {
    this.#sealer.follow(record)
    if (record.kind === 'sealMiniBlock') this.#miniBlockNumber = record.number
    if (record.kind !== 'sealHeader') return
    this.#loggedNumber = record.number
    this.#remember()
  }

  #remember(): void {
    const number = this.#sealer.sealedNumber
    this.#states.set(number, this.#trie)
    this.#states.delete(number - STATE_WINDOW)
  }

  #apply(diff: Uint8Array): void {
    this.#trie = this.#trie.apply(diff)
  }

  #checkState(header: Uint8Array): void {
    const mismatch = this.#sealer.checkStateRoot(header)
    if (mismatch !== undefined) throw new StateMismatchError(this.#sealer.sealedNumber, mismatch)
  }

  #toMain(message: SealerToMain): void {
    this.#data.main.postMessage(message)
  }

  async #stop(): Promise<void> {
    await this.#syncer.close()
    this.#data.sequencer.close()
    this.#data.main.close()
  }
}

/** The state that the log's diffs lead to is not the one that its newest header names. */
class StateMismatchError extends Error {
  override readonly name = 'StateMismatchError'

  constructor(blockNumber: bigint, { expected, computed }: { expected: Uint8Array; computed: Uint8Array }) {
    super(
      `The state after replaying the log is not the one of its newest header.\n  block: ${blockNumber}   ` +
        `expected state root: ${bytesToHex(expected)}   computed: ${bytesToHex(computed)}\n` +
        '  next: restore the data folder from a backup, or start anew with --fresh.',
    )
  }
}

new SealerThread(workerData as SealerWorkerData).start()

import type { Clock } from '../lib/index.ts'
import type { MiningMode } from '../protocol/index.ts'
import { type BlockSchedule, environmentOf } from './blockEnvironment.ts'
import type { ChainTail } from './ChainTail.ts'
import type { ExecutionEngine, SystemCalls } from './ExecutionEngine.ts'
import type { Mining } from './Mining.ts'
import type { NextBlock } from './NextBlock.ts'
import type { RecordWriter } from './RecordWriter.ts'
import type { SequencerWatch } from './SequencerWatch.ts'
import type { StepAnswers } from './StepAnswers.ts'
import type { TransactionOrder } from './TransactionOrder.ts'

export type BlockMakerOptions = {
  engine: ExecutionEngine
  system: SystemCalls
  tail: ChainTail
  clock: Clock
  schedule: BlockSchedule
  watch?: SequencerWatch | undefined
  /** Hashes of blocks before the log's first, of a chain that goes on after another. */
  hashBefore?: (number: bigint) => Uint8Array | undefined
}

/** What a sequencer's blocks are made with. */
export type BlockMakerParts = {
  mining: Mining
  nextBlock: NextBlock
  order: TransactionOrder
  writer: RecordWriter
  answers: StepAnswers
}

/** Opens and closes blocks, and tells when it is time. */
export class BlockMaker {
  readonly #engine: ExecutionEngine
  readonly #system: SystemCalls
  readonly #tail: ChainTail
  readonly #clock: Clock
  readonly #schedule: BlockSchedule
  readonly #watch: SequencerWatch | undefined
  readonly #hashBefore: BlockMakerOptions['hashBefore']
  readonly #mining: Mining
  readonly #nextBlock: NextBlock
  readonly #order: TransactionOrder
  readonly #writer: RecordWriter
  readonly #answers: StepAnswers
  /** The open block has only been opened for state that is written; it is opened again for transactions. */
  #isDraft = false
  #isParentHashStored = false

  constructor(options: BlockMakerOptions, parts: BlockMakerParts) {
    this.#engine = options.engine
    this.#system = options.system
    this.#tail = options.tail
    this.#clock = options.clock
    this.#schedule = options.schedule
    this.#watch = options.watch
    this.#hashBefore = options.hashBefore
    this.#mining = parts.mining
    this.#nextBlock = parts.nextBlock
    this.#order = parts.order
    this.#writer = parts.writer
    this.#answers = parts.answers
  }

  /** A block is open, not only for state that is written. */
  get isOpen(): boolean {
    return this.#tail.open !== undefined && !this.#isDraft
  }

  /** The open block knows its parent's hash: before, it can't be closed. */
  get isParentHashStored(): boolean {
    return this.#isParentHashStored
  }

  /** Of the next block that is opened, or opened again. */
  get parent(): { number: bigint; timestamp: bigint } {
    return this.isReopenable || this.#tail.open === undefined ? this.#tail.closed : this.#tail.open
  }

  /** The next block's header fields can still be others. */
  get isReopenable(): boolean {
    return this.#tail.open !== undefined && this.#tail.isEmpty && (this.#isDraft || !this.#mining.isLazy)
  }

  /** When a block is to be closed because its time is over, Unix milliseconds; infinite when none is. */
  get closeDueMs(): number {
    const isTimed = this.#tail.open !== undefined && this.#isParentHashStored && !this.#mining.isLazy
    return isTimed ? this.#mining.closeDueMs : Infinity
  }

  /** The open block is complete, or its time is over. */
  mayClose(): boolean {
    if (!this.isOpen || !this.#isParentHashStored) return false
    if (this.#mining.isLazy) return this.#order.blockedUntil === 'nextBlock'
    return this.#mining.isAsked || this.#clock.fineMs() >= this.#mining.closeDueMs
  }

  /** No block is open, and there is something for one. */
  mayOpen(): boolean {
    if (this.isOpen) return false
    if (!this.#mining.isLazy || this.#mining.isAsked) return true
    if (this.#mining.mode.kind === 'manual') return false
    const baseFee = (): bigint => this.#nextBlock.baseFeeAfter(this.#tail.closed)
    return this.#order.hasArrivals || this.#order.canPoolRun(baseFee)
  }

  open(): void {
    this.#watch?.does('block')
    const isAgain = this.isOpen
    this.#nextBlock.increaseTime(this.#mining.stepFor(this.#tail.closed.number + 1n))
    this.#writeOpen()
    this.#isDraft = false
    this.#enter()
    if (!isAgain) this.#mining.opened(this.#clock.fineMs())
    this.#system.storeBeaconRoot(this.#order.env!)
    this.#writer.flushChunk()
    this.storeParentHash()
    this.#order.begin()
  }

  /** The block that was open when the log ended takes no more transactions: it is closed as it stands. */
  resume(): void {
    if (this.#mining.isLazy && this.#tail.isEmpty) {
      this.#isDraft = true
      return
    }
    this.#enter()
    this.#system.storeBeaconRoot(this.#order.env!)
    this.#writer.flushChunk()
    this.storeParentHash()
    this.#mining.closeDueMs = 0
  }

  /** Does so in the open block, once the parent's header is there. */
  storeParentHash(): void {
    if (!this.isOpen || this.#isParentHashStored) return
    const parentHash = this.#tail.hashOf(this.#tail.open!.number - 1n)
    if (parentHash === undefined) return
    this.#writer.flushChunk()
    this.#engine.parentHashKnown()
    this.#system.storeParentHash(this.#order.env!, parentHash)
    this.#writer.flushChunk()
    this.#isParentHashStored = true
    if (this.#order.blockedUntil === 'parentHash') this.#order.blockedUntil = undefined
  }

  close(): void {
    this.#writer.flushChunk()
    this.#watch?.does('block')
    const requests = this.#system.collectRequests(this.#order.env!)
    this.#writer.flushChunk()
    // Every block has a mini-block, also an empty one: the heartbeat.
    if (this.#tail.unsealed.chunkDigests.length > 0 || this.#tail.miniBlockCount === 0)
      this.#writer.sealMiniBlock()
    this.#writer.write({
      kind: 'closeBlock',
      number: this.#tail.open!.number,
      gasUsed: this.#tail.gasUsed,
      blobGasUsed: 0n,
      requests,
    })
    this.#order.leave()
    const id = this.#mining.closed()
    if (id !== undefined) this.#answers.commanded({ id, ok: true, value: this.#tail.closed.number })
  }

  /** All has arrived that shares the block: what comes later gets another. */
  complete(): void {
    this.#order.blockedUntil = 'nextBlock'
    // Nothing of what it was opened for could be executed.
    this.#isDraft = this.#tail.isEmpty && !this.#mining.isAsked
  }

  /** Has the next block's new fields show, where it is open already or needs not wait for anything. */
  reopen(): void {
    if (!this.#mining.isLazy) {
      if (this.isReopenable) this.open()
    } else if (this.#tail.open === undefined || this.#isDraft) {
      this.#writeOpen()
      this.#isDraft = true
    }
  }

  setMode(mode: MiningMode): void {
    const wasLazy = this.#mining.isLazy
    this.#mining.setMode(mode, this.#clock.fineMs())
    // A block that was opened regularly is closed as it stands; lazily opened ones close by themselves.
    if (this.#mining.isLazy && !wasLazy && this.#tail.open !== undefined)
      this.#order.blockedUntil = 'nextBlock'
  }

  /** The chain has gone back: no block is open. */
  rewound(): void {
    this.#order.leave()
    this.#isParentHashStored = false
    this.#isDraft = false
    this.#mining.rewound()
    this.#nextBlock.rewound()
  }

  #writeOpen(): void {
    this.#writer.flushChunk()
    if (this.#tail.unsealed.chunkDigests.length > 0) this.#writer.sealMiniBlock()
    const { mode } = this.#mining
    // Blocks of less than a second share seconds.
    const isStrict = mode.kind === 'interval' && mode.ms >= 1000
    this.#writer.write(this.#nextBlock.open(this.#tail.closed, { nowMs: this.#clock.fineMs(), isStrict }))
  }

  #enter(): void {
    const env = environmentOf(this.#tail.open!, this.#schedule)
    this.#isParentHashStored = false
    this.#order.enter(env)
    this.#engine.beginBlock(env, (number) => this.#hashOf(number))
  }

  #hashOf(number: bigint): Uint8Array | undefined {
    const known = this.#tail.hashOf(number)
    // Of the last 256 only the parent's may be unknown, as long as its header is.
    return known ?? (number + 1n < this.#order.env!.number ? this.#hashBefore?.(number) : undefined)
  }
}

import {
  chunkDigest,
  type LogRecord,
  miniBlockDigest,
  payloadOf,
  type Rewind,
  rewindDigest,
  type SealMiniBlock,
  writeEncodedChunk,
  writeRecord,
} from '../feed/index.ts'
import { ByteWriter, type Clock, EMPTY_BYTES } from '../lib/index.ts'
import type { ChainTail } from './ChainTail.ts'
import type { RewindCommand } from './commands.ts'
import type { BatchOutcome, ExecutionEngine } from './ExecutionEngine.ts'
import { nextDue } from './Mining.ts'
import type { SequencerWatch } from './SequencerWatch.ts'

/** A chunk is written and answered at the latest after so many transactions. */
const CHUNK_TRANSACTION_LIMIT = 512
/** Likewise after so much gas: it bounds the chunk's diff, which followers take in one piece. */
const CHUNK_GAS_LIMIT = 400_000_000n
/** Of a mini-block's interval a chunk may take about a quarter: so that the next is sealed on time. */
const CHUNK_TRANSACTIONS_PER_MS = 64
const CHUNK_GAS_PER_MS = 5_000_000n
/** Bytes of an encoded StateDiff that lists nothing. */
const EMPTY_DIFF_BYTES = 12

export type RecordWriterOptions = {
  engine: ExecutionEngine
  /** Where the log ends; the engine's state must be the one at that point. */
  tail: ChainTail
  clock: Clock
  miniBlockMs: number
  /** This sequencer's term. */
  epoch: bigint
  watch?: SequencerWatch | undefined
  /** Where records are encoded; default: memory of this thread. */
  frames?: ByteWriter
}

/** Writes the log's records: what is executed as chunks, which mini-blocks seal, and all others as they are given. */
export class RecordWriter {
  readonly #engine: ExecutionEngine
  readonly #tail: ChainTail
  readonly #clock: Clock
  readonly #miniBlockMs: number
  readonly #epoch: bigint
  readonly #watch: SequencerWatch | undefined
  readonly #frames: ByteWriter
  #frameCount = 0
  readonly #chunkLimits: { transactions: number; gas: bigint }
  /** Transactions of the chunk so far. */
  #chunkCount = 0
  /** The block's gas at the chunk's start. */
  #chunkGasBefore = 0n
  #sealDueMs: number
  /** Since when something waits for the next mini-block. */
  #unsealedSinceMs = 0

  constructor(options: RecordWriterOptions) {
    this.#engine = options.engine
    this.#tail = options.tail
    this.#clock = options.clock
    this.#miniBlockMs = options.miniBlockMs
    this.#epoch = options.epoch
    this.#watch = options.watch
    this.#frames = options.frames ?? new ByteWriter()
    this.#chunkLimits = chunkLimits(options.miniBlockMs)
    this.#sealDueMs = this.#clock.fineMs()
  }

  // Frames

  get frameCount(): number {
    return this.#frameCount
  }

  /** Encoded records, one behind the other, that were written since the last call. */
  take(): { frames: Uint8Array; frameCount: number } {
    const taken = { frames: this.#frames.take(), frameCount: this.#frameCount }
    this.#frameCount = 0
    return taken
  }

  write(record: Exclude<LogRecord, { kind: 'chunk' }>): void {
    writeRecord(this.#frames, record)
    this.#frameCount++
    this.#tail.follow(record)
  }

  // Chunks

  /** Most transactions of a chunk: more at once only wait. */
  get chunkTransactions(): number {
    return this.#chunkLimits.transactions
  }

  get isChunkFull(): boolean {
    const gas = this.#engine.cumulativeGasUsed - this.#chunkGasBefore
    return this.#chunkCount >= this.#chunkLimits.transactions || gas >= this.#chunkLimits.gas
  }

  /** Executes entries up to what the chunk has room for. */
  executeBatch(entries: Uint8Array): BatchOutcome {
    this.#watch?.does('execute')
    const outcome = this.#engine.executeBatch(entries, {
      transactions: this.#chunkLimits.transactions - this.#chunkCount,
      gas: this.#chunkLimits.gas - (this.#engine.cumulativeGasUsed - this.#chunkGasBefore),
    })
    this.#chunkCount += outcome.executed
    return outcome
  }

  /** A mini-block doesn't wait for what comes behind the chunk. */
  endChunk(): void {
    this.flushChunk()
    this.sealIfDue()
  }

  /** Writes what was executed since the last chunk, if it was something. */
  flushExecuted(): void {
    if (this.#chunkCount > 0) this.flushChunk()
  }

  /** Writes what was executed or changed since the last chunk; nothing when there is nothing. */
  flushChunk(): void {
    this.#watch?.does('record')
    const diff = this.#engine.viewDiff()
    const { count, transactions } = this.#engine.takeChunk()
    this.#chunkCount = 0
    this.#chunkGasBefore = this.#engine.cumulativeGasUsed
    if (count > 0 || diff.length > EMPTY_DIFF_BYTES) this.#writeChunk(diff, { count, transactions })
  }

  /** Applies an encoded StateDiff, as a chunk that has no transactions; nothing may be pending. */
  writeState(diff: Uint8Array): void {
    this.#engine.applyDiff(diff)
    this.#writeChunk(diff, { count: 0, transactions: EMPTY_BYTES })
  }

  #writeChunk(diff: Uint8Array, { count, transactions }: { count: number; transactions: Uint8Array }): void {
    const start = this.#frames.length
    writeEncodedChunk(this.#frames, {
      miniBlockNumber: this.#tail.nextMiniBlockNumber,
      firstTransactionIndex: this.#tail.transactionCount,
      ...{ transactionCount: count, transactions, diff },
    })
    this.#frameCount++
    if (this.#tail.unsealed.transactionCount === 0) this.#unsealedSinceMs = this.#clock.fineMs()
    this.#tail.followChunk({
      transactionCount: count,
      // The engine begins anew with zero after a restart, when a block is only closed.
      gasUsed: count === 0 ? this.#tail.gasUsed : this.#engine.cumulativeGasUsed,
      digest: chunkDigest(payloadOf(this.#frames.written().subarray(start))),
    })
  }

  // Mini-blocks

  /** When the open mini-block is to be sealed, Unix milliseconds. */
  get sealDueMs(): number {
    return this.#sealDueMs
  }

  sealIfDue(): void {
    if (this.#tail.unsealed.transactionCount > 0 && this.#clock.fineMs() >= this.#sealDueMs)
      this.sealMiniBlock()
  }

  sealMiniBlock(): void {
    const { unsealed, open } = this.#tail
    const term = this.#term()
    // An empty block's is due with the block.
    if (unsealed.transactionCount > 0)
      this.#watch?.sealed(Math.max(this.#sealDueMs, this.#unsealedSinceMs), Number(term.timestampUs) / 1000)
    this.#watch?.does('seal')
    const seal: Omit<SealMiniBlock, 'digest'> = {
      ...{ kind: 'sealMiniBlock', ...term },
      blockNumber: open!.number,
      indexInBlock: this.#tail.miniBlockCount,
      transactionCount: unsealed.transactionCount,
      gasUsed: this.#tail.gasUsed - unsealed.gasUsedBefore,
    }
    this.write({ ...seal, digest: miniBlockDigest(seal, unsealed.chunkDigests) })
    this.#sealDueMs = nextDue(this.#sealDueMs, {
      nowMs: this.#clock.fineMs(),
      intervalMs: this.#miniBlockMs,
    })
  }

  /** Goes back. The engine's state follows. */
  rewind(command: Omit<RewindCommand, 'writes' | 'clockS'>): void {
    const rewind: Omit<Rewind, 'digest'> = { ...command, kind: 'rewind', ...this.#term() }
    this.#engine.applyDiff(command.diff)
    this.write({ ...rewind, digest: rewindDigest(rewind) })
  }

  /** What a mini-block that ends now, a rewind included, says of its place. */
  #term(): Pick<SealMiniBlock, 'number' | 'epoch' | 'timestampUs' | 'parentDigest'> {
    const { miniBlock, nextMiniBlockNumber } = this.#tail
    const nowUs = this.#clock.nowUs()
    const isSetBack = nowUs < miniBlock.timestampUs
    // The machine's clock, since the last run.
    const timestampUs = isSetBack ? miniBlock.timestampUs : nowUs
    return { number: nextMiniBlockNumber, epoch: this.#epoch, timestampUs, parentDigest: miniBlock.digest }
  }
}

function chunkLimits(miniBlockMs: number): { transactions: number; gas: bigint } {
  const gas = CHUNK_GAS_PER_MS * BigInt(Math.ceil(miniBlockMs))
  return {
    transactions: Math.min(CHUNK_TRANSACTION_LIMIT, CHUNK_TRANSACTIONS_PER_MS * Math.ceil(miniBlockMs)),
    gas: gas < CHUNK_GAS_LIMIT ? gas : CHUNK_GAS_LIMIT,
  }
}

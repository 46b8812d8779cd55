import { CELL, type EngineKernel, SPECULATION } from '../kernels/index.ts'
import { ParallelChoice } from './ParallelChoice.ts'

/**
 * Whether batches are executed with the help of speculators. `auto`: where it is faster; `always`: wherever a batch has
 * more than one group of transactions.
 */
export type ParallelMode = 'never' | 'always' | 'auto'

/** What became of transactions since the start. */
export type ParallelStats = {
  parallelBatches: number
  serialBatches: number
  /** Speculations that held. */
  committed: number
  /** Speculations that read what another transaction has changed meanwhile: executed again. */
  conflicted: number
  /** Speculations that took too long: executed without waiting. */
  overtaken: number
  /** Transactions that speculators left to the engine: of a kind that is not speculated on, or refused as it seemed. */
  notSpeculated: number
  /** Transactions whose turn came before a speculator's. */
  unclaimed: number
}

export type ParallelOptions = {
  mode: ParallelMode
  /** Transactions from the engine's position on that are left to it. For tests. */
  lead?: number
  /** Called when a batch has been opened to speculators and before the engine begins. For tests. */
  onOpen?: () => void
}

/** Batches of fewer bytes are over before a speculator is awake. */
const LEAST_BYTES = 2_048
/**
 * How long the engine waits for a speculation that runs, in looks at it, before it executes the transaction itself: some
 * times as long as one takes lately. Where a thread has lost its core, waiting for it is in vain. A look takes 0.5 to 1 ns.
 */
const LOOKS_PER_US = 4_000
const LEAST_PATIENCE = 1_000
const MOST_PATIENCE = 4_000_000
/** What the last batch's transactions took counts this part in the mean. */
const WEIGHT = 0.125

/** An engine's side of speculation: opens its batches to speculators (Speculator.ts) where that is worth it. */
export class ParallelExecution {
  readonly #kernel: EngineKernel
  readonly #onOpen: (() => void) | undefined
  #mode: ParallelMode
  /** The speculation region's cells. */
  readonly #cells: Int32Array
  #choice = new ParallelChoice()
  /** Time of a transaction lately. */
  #meanUs = 0
  #parallelBatches = 0
  #serialBatches = 0

  constructor(kernel: EngineKernel, { mode, lead = SPECULATION.group, onOpen }: ParallelOptions) {
    this.#kernel = kernel
    this.#mode = mode
    this.#onOpen = onOpen
    const { memory, region } = kernel.shared
    this.#cells = new Int32Array(memory.buffer, region, SPECULATION.notSpeculated / 4 + 1)
    this.#set('next', 1)
    this.#set('lead', lead)
  }

  /** `auto` begins to measure anew. */
  setMode(mode: ParallelMode): void {
    this.#mode = mode
    this.#choice = new ParallelChoice()
  }

  /** Executes the batch that lies at an address of the kernel's memory, by `execute`. */
  run(at: number, length: number, mostTransactions: number, execute: () => void): void {
    const mode = this.#mode
    const isCandidate = mode !== 'never' && (mode === 'always' || length >= LEAST_BYTES)
    if (!isCandidate) {
      this.#serialBatches++
      execute()
      return
    }
    const isParallel = mode === 'always' || this.#choice.next()
    const startMs = performance.now()
    const gasBefore = this.#kernel.getU64(CELL.cumulativeGas)
    if (isParallel) {
      this.#parallelBatches++
      this.#open(at, length, mostTransactions)
      this.#onOpen?.()
    } else this.#serialBatches++
    try {
      execute()
    } finally {
      if (isParallel) this.#close()
    }
    const gas = Number(this.#kernel.getU64(CELL.cumulativeGas) - gasBefore)
    const ms = performance.now() - startMs
    if (mode === 'auto') this.#choice.record(ms, gas)
    this.#measure(ms * 1000, this.#kernel.getU32(CELL.batchExecuted))
  }

  #measure(us: number, transactions: number): void {
    if (transactions > 0) this.#meanUs += WEIGHT * (us / transactions - this.#meanUs)
  }

  get stats(): ParallelStats {
    return {
      parallelBatches: this.#parallelBatches,
      serialBatches: this.#serialBatches,
      committed: this.#get('committed') >>> 0,
      conflicted: this.#get('conflicted') >>> 0,
      overtaken: this.#get('overtaken') >>> 0,
      notSpeculated: this.#get('notSpeculated') >>> 0,
      unclaimed: this.#get('unclaimed') >>> 0,
    }
  }

  /** From here on speculators claim transactions. */
  #open(at: number, length: number, mostTransactions: number): void {
    const first = this.#nextNumber()
    this.#set('first', first)
    this.#set('limit', first + Math.min(mostTransactions, 2 ** 30))
    const looks = Math.round(this.#meanUs * LOOKS_PER_US)
    this.#set('patience', Math.min(Math.max(looks, LEAST_PATIENCE), MOST_PATIENCE))
    this.#set('entries', at)
    this.#set('entriesEnd', at + length)
    this.#set('position', first - 1) // it has not begun
    this.#set('next', first)
    this.#turn()
    if (this.#get('sleepers') > 0) Atomics.notify(this.#cells, SPECULATION.generation / 4)
  }

  /** What a speculator still reads of the batch may be overwritten: it notices. */
  #close(): void {
    this.#turn()
  }

  #turn(): void {
    Atomics.add(this.#cells, SPECULATION.generation / 4, 1)
  }

  /** Behind all numbers that anybody has claimed; not 0. */
  #nextNumber(): number {
    const [next, position] = [this.#get('next'), this.#get('position') + 1]
    return ((position - next) | 0) > 0 ? position || 1 : next || 1
  }

  #get(cell: keyof typeof SPECULATION): number {
    return Atomics.load(this.#cells, SPECULATION[cell] / 4)
  }

  #set(cell: keyof typeof SPECULATION, value: number): void {
    Atomics.store(this.#cells, SPECULATION[cell] / 4, value | 0)
  }
}

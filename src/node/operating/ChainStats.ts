import type { LogRecord } from '../../feed/index.ts'
import { Histogram } from '../../lib/index.ts'

/** Upper ends of the classes of how long blocks wait for their header, in seconds. */
const SEALING_BOUNDS_S: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10],
]
/** At most one block is closed and unsealed; another may follow before this thread hears of its header. */
const CLOSED_LIMIT = 2

/** A sealed block, as far as the log tells of it. */
export type SealedBlock = { number: bigint; sealingMs: number }

/** What the chain did since the start, as the main thread hears of it. */
export class ChainStats {
  readonly sealingSeconds: Histogram = new Histogram(SEALING_BOUNDS_S)
  transactions = 0
  gasUsed = 0n
  miniBlocks = 0
  blocks = 0
  logBytes = 0
  /** Closed and not sealed, and since when; oldest first. */
  readonly #closed: { number: bigint; ms: number }[] = []

  wrote(bytes: number): void {
    this.logBytes += bytes
  }

  /** The log's next record; gives the block that it seals. */
  follow(record: LogRecord): SealedBlock | undefined {
    if (record.kind === 'sealMiniBlock') {
      this.miniBlocks++
      this.transactions += record.transactionCount
      this.gasUsed += record.gasUsed
    } else if (record.kind === 'closeBlock') {
      this.#closed.push({ number: record.number, ms: performance.now() })
      if (this.#closed.length > CLOSED_LIMIT) this.#closed.shift()
    } else if (record.kind === 'rewind') {
      this.miniBlocks++
      // Those behind it are never sealed.
      this.#closed.splice(0)
    } else if (record.kind === 'sealHeader') return this.#sealed(record.number)
    return undefined
  }

  /** Since when the oldest block that is closed waits for its header, in ms; 0: none does. */
  get sealingLagMs(): number {
    const oldest = this.#closed[0]
    return oldest === undefined ? 0 : performance.now() - oldest.ms
  }

  #sealed(number: bigint): SealedBlock | undefined {
    this.blocks++
    const closed = this.#closed.findIndex((each) => each.number === number)
    // It was closed before the start.
    if (closed === -1) return undefined
    const sealingMs = performance.now() - this.#closed[closed]!.ms
    this.#closed.splice(0, closed + 1)
    this.sealingSeconds.observe(sealingMs / 1000)
    return { number, sealingMs }
  }
}

import { assert } from '../lib/index.ts'

/** Ends of mini-blocks that wait for a sync; beyond, the older half is forgotten: the mark passes over them. */
const WAITING_LIMIT = 65_536

/** A mini-block, and how many transactions of its EVM block it and those before it hold. */
type MiniBlockEnd = { miniBlockNumber: bigint; blockNumber: bigint; transactionCount: number }

/** Which transactions are durable, by the newest mini-block that a sync of the log has covered. */
export class DurableMark {
  #waiting: (MiniBlockEnd & { sinceMs: number })[] = []
  #reached: Omit<MiniBlockEnd, 'miniBlockNumber'> = { blockNumber: -1n, transactionCount: 0 }

  /** A mini-block ends; they come in order. */
  ended(end: MiniBlockEnd): void {
    const last = this.#waiting.at(-1)
    assert(last === undefined || last.miniBlockNumber < end.miniBlockNumber, 'mini-blocks come in order')
    this.#waiting.push({ ...end, sinceMs: performance.now() })
    if (this.#waiting.length > WAITING_LIMIT) this.#waiting.splice(0, WAITING_LIMIT / 2)
  }

  /** A mini-block goes back to a block, which is durable as far as it was, and ends with `newest`. */
  rewound({
    miniBlockNumber,
    blockNumber,
    newest,
  }: Omit<MiniBlockEnd, 'transactionCount'> & { newest: bigint }): void {
    const whole = { blockNumber, transactionCount: Number.POSITIVE_INFINITY }
    for (const end of this.#waiting) if (end.blockNumber > blockNumber) Object.assign(end, whole)
    if (this.#reached.blockNumber > blockNumber) this.#reached = whole
    this.ended({ miniBlockNumber, ...whole, blockNumber: newest })
  }

  /** Everything up to the end of a mini-block is durable. */
  reach(miniBlockNumber: bigint): void {
    const next = this.#waiting.findIndex((end) => end.miniBlockNumber > miniBlockNumber)
    const reached = next === -1 ? this.#waiting.splice(0) : this.#waiting.splice(0, next)
    this.#reached = reached.at(-1) ?? this.#reached
  }

  /** Since when the oldest mini-block waits, of `performance.now()`; undefined: none does. */
  get waitingSinceMs(): number | undefined {
    return this.#waiting[0]?.sinceMs
  }

  /** Whether the transaction at `index` of a block is durable. */
  covers(blockNumber: bigint, index: number): boolean {
    const { blockNumber: reached, transactionCount } = this.#reached
    return blockNumber < reached || (blockNumber === reached && index < transactionCount)
  }
}

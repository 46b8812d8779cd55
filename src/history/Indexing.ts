import type { Edges } from './Edges.ts'
import type { RecentBlock, RecentBlocks } from './RecentBlocks.ts'
import type { TermIndex } from './TermIndex.ts'
import type { WriteFailure } from './WriteFailure.ts'

/** Bytes of blocks that wait in memory until they are indexed; others are read from the database. */
const UNINDEXED_BYTES = 128 * 1024 * 1024

/** What follows the committed blocks behind: a TermIndex, or one of another kind. */
export type Index = Pick<TermIndex, 'work' | 'cut' | 'clear' | 'removals' | 'close'>

export type IndexingOptions = {
  edges: Edges
  unindexed: RecentBlocks
  hashes: TermIndex
  logs: TermIndex
  /** Besides those two. */
  others: readonly Index[]
  failure: WriteFailure
}

/** Has the indexes follow what is committed, behind: after a crash they must not know more than the blocks. */
export class Indexing {
  readonly #edges: Edges
  readonly #unindexed: RecentBlocks
  readonly #hashes: TermIndex
  readonly #logs: TermIndex
  readonly #all: readonly Index[]
  readonly #failure: WriteFailure
  #work: Promise<void> | undefined
  /** The database still has blocks that are given up. */
  #isHeld = false
  #isClosed = false

  constructor({ edges, unindexed, hashes, logs, others, failure }: IndexingOptions) {
    this.#edges = edges
    this.#unindexed = unindexed
    this.#hashes = hashes
    this.#logs = logs
    this.#all = [hashes, logs, ...others]
    this.#failure = failure
  }

  /** Indexes what is committed. */
  start(): void {
    if (this.#isClosed || this.#isHeld) return
    this.#work ??= this.#indexAll()
      .catch((error) => void this.#failure.fail(error))
      .finally(() => {
        this.#work = undefined
      })
  }

  /** These blocks are in the database. */
  committed(blocks: readonly RecentBlock[]): void {
    for (const each of blocks) this.#unindexed.add({ ...each, undo: undefined })
    this.#forgetIndexed()
    if (blocks.length > 0) this.start()
  }

  /** The blocks above `number` are given up, or all: nothing is indexed until {@link Indexing.resume}. */
  hold(number: bigint, areAll: boolean): void {
    this.#isHeld = true
    this.#unindexed.removeAfter(number)
    for (const index of this.#all) {
      if (areAll) index.clear()
      else index.cut(number)
    }
  }

  /** Removes what the indexes have in the database of blocks that are given up, some values a step. */
  *removals(): Generator<void, void> {
    for (const index of this.#all) yield* index.removals()
  }

  /** The database has no block any more that is given up. */
  resume(): void {
    this.#isHeld = false
    this.start()
  }

  /** Resolves when all is indexed that is committed. */
  async done(): Promise<void> {
    while (this.#work !== undefined) await this.#work
  }

  /** No more work begins. */
  close(): void {
    this.#isClosed = true
    for (const index of this.#all) index.close()
  }

  async #indexAll(): Promise<void> {
    while (!this.#isHeld && this.#hashes.indexedNumber !== this.#edges.committed && !this.#isClosed) {
      for (const index of this.#all) await index.work()
      this.#forgetIndexed()
    }
  }

  #forgetIndexed(): void {
    for (let oldest = this.#unindexed.oldest; oldest !== undefined; oldest = this.#unindexed.oldest) {
      const { number } = oldest.block
      const isIndexed =
        number <= (this.#hashes.indexedNumber ?? -1n) && number <= (this.#logs.indexedNumber ?? -1n)
      if (!isIndexed && this.#unindexed.bytes <= UNINDEXED_BYTES) return
      this.#unindexed.remove(oldest)
    }
  }
}

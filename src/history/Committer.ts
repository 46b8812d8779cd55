import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import type { BlockTables } from './BlockTables.ts'
import type { CommittedBranch, Cut } from './CommittedBranch.ts'
import type { Edges } from './Edges.ts'
import type { Indexing } from './Indexing.ts'
import type { PartWriter } from './PartWriter.ts'
import { putInTurns } from './putInTurns.ts'
import { bytesOf, type RecentBlock, type RecentBlocks } from './RecentBlocks.ts'
import type { ReverseDiffTable } from './ReverseDiffTable.ts'
import type { StateWindow } from './StateWindow.ts'
import type { HistoryRoot } from './tables.ts'
import type { WriteFailure } from './WriteFailure.ts'

/** Blocks and their bytes that may wait for a commit; beyond, the oldest are committed before another is taken. */
const MAX_UNCOMMITTED_BLOCKS = 1024
const MAX_UNCOMMITTED_BYTES = 128 * 1024 * 1024

export type CommitterOptions = {
  root: HistoryRoot
  committedBranch: CommittedBranch
  tables: BlockTables
  undo: ReverseDiffTable
  window: StateWindow
  indexing: Indexing
  writer: PartWriter
  edges: Edges
  uncommitted: RecentBlocks
  failure: WriteFailure
}

/**
 * Brings the database to where the history is: commits what waits, in short turns, and removes what is given up. Only what
 * the log has durably is committed.
 */
export class Committer {
  readonly #root: HistoryRoot
  readonly #committedBranch: CommittedBranch
  readonly #tables: BlockTables
  readonly #undo: ReverseDiffTable
  readonly #window: StateWindow
  readonly #indexing: Indexing
  readonly #writer: PartWriter
  readonly #edges: Edges
  readonly #uncommitted: RecentBlocks
  readonly #failure: WriteFailure
  #flushed: SealedPlace | undefined
  /** Blocks beyond it stay in memory; undefined: none does. */
  #limit: SealedPlace | undefined
  /** Of the blocks from the head on. */
  #branch: bigint
  /** Still to be done in the database, before others of its blocks are committed. */
  #cut: Cut | undefined
  /** The commit under way. */
  #commit: Promise<void> | undefined

  constructor(options: CommitterOptions) {
    this.#root = options.root
    this.#committedBranch = options.committedBranch
    this.#tables = options.tables
    this.#undo = options.undo
    this.#window = options.window
    this.#indexing = options.indexing
    this.#writer = options.writer
    this.#edges = options.edges
    this.#uncommitted = options.uncommitted
    this.#failure = options.failure
    this.#branch = options.committedBranch.number
  }

  /** Of the newest rewind that was followed; see SealedPlace. */
  get branch(): bigint {
    return this.#branch
  }

  /** See History.flushed. */
  get flushed(): SealedPlace | undefined {
    return this.#flushed
  }

  /** A block has come to those that wait: it is committed soon; where too many wait, the oldest are now. */
  added(): void {
    const surplus = this.#surplus()
    // A commit under way may hold blocks that are given up: nothing overtakes it then.
    if (surplus.length > 0 && (this.#cut === undefined || this.#commit === undefined))
      this.#commitNow(surplus)
    else this.#commit ??= this.#commitSoon()
  }

  /** The oldest blocks that are too many to wait: few, since the thread stands still for them. */
  #surplus(): RecentBlock[] {
    let { count, bytes } = this.#uncommitted
    const isFull = (): boolean => count >= MAX_UNCOMMITTED_BLOCKS || bytes >= MAX_UNCOMMITTED_BYTES
    if (!isFull()) return []
    const blocks = this.#uncommitted.all()
    // The database may only say that it is on a branch when it has all blocks up to the rewind.
    if (this.#branch !== this.#committedBranch.number) return blocks
    let first = 0
    for (; isFull(); first++) {
      count--
      bytes -= bytesOf(blocks[first]!)
    }
    return blocks.slice(0, first)
  }

  /** See History.commitUpTo. */
  commitUpTo(place: SealedPlace): void {
    this.#limit = place
    if (this.#failure.error === undefined && (this.#mayCut() || this.#committable().length > 0))
      this.#commit ??= this.#commitSoon()
  }

  /** The blocks above `number` are given up. @param branch - of the blocks from now on. */
  rewindTo(number: bigint, branch: bigint): void {
    this.#branch = branch
    // A deeper one leaves all that this one gives up in memory.
    if (this.#cut === undefined || number < this.#cut.number) this.#cut = { number, branch }
    if (this.#mayCut()) this.#commit ??= this.#commitSoon()
  }

  /** Resolves when nothing is under way. */
  async done(): Promise<void> {
    while (this.#commit !== undefined) await this.#commit
  }

  /** Resolves when everything that may be committed is on disk. */
  async flush(): Promise<void> {
    await this.done()
    this.#failure.check()
    const committed = this.#committed()
    try {
      await this.#failure.orFail(this.#root.flushed)
    } catch (error) {
      throw this.#failure.fail(error)
    }
    this.#flushed = committed
  }

  /** Where the database is, without what it is still to give up. */
  #committed(): SealedPlace | undefined {
    const { committed } = this.#edges
    return committed === undefined
      ? undefined
      : { branch: this.#committedBranch.number, blockNumber: committed }
  }

  #committable(): RecentBlock[] {
    if (this.#cut !== undefined) return []
    const limit = this.#limit
    const blocks = this.#uncommitted.all()
    if (limit === undefined) return blocks
    const branch = this.#branch
    return blocks.filter(({ block }) => !isPlaceBehind({ branch, blockNumber: block.number }, limit))
  }

  #mayCut(): boolean {
    const limit = this.#limit
    return this.#cut !== undefined && (limit === undefined || limit.branch >= this.#cut.branch)
  }

  /** Commits what waits, and what comes meanwhile, one batch after another. Never rejects. */
  async #commitSoon(): Promise<void> {
    // All blocks that the caller appends in this turn go into one batch.
    await Promise.resolve()
    try {
      while (this.#mayCut() || this.#committable().length > 0) {
        if (this.#cut === undefined) this.#noteCommitted(await this.#putSlowly(this.#committable()))
        else await this.#cutDatabase(this.#cut)
      }
    } catch (error) {
      this.#failure.fail(error)
    } finally {
      this.#commit = undefined
    }
  }

  /** An asynchronous commit under way may write the same blocks again, which changes nothing. */
  #commitNow(batch: readonly RecentBlock[]): void {
    try {
      this.#root.transactionSync(() => {
        if (this.#cut !== undefined) for (const _ of this.#removals(this.#cut));
        // Each is in the database as soon as it is put.
        for (const _ of this.#puts(batch, this.#writer.writeForNow));
        for (const each of batch) this.#putHead(each)
        this.#committedBranch.put(this.#branch)
      })
    } catch (error) {
      throw this.#failure.fail(error)
    }
    if (this.#cut !== undefined) this.#endCut()
    this.#noteCommitted(batch)
  }

  async #cutDatabase(cut: Cut): Promise<void> {
    await putInTurns(this.#root, this.#removals(cut), { last: () => {}, committed: () => {} })
    if (cut === this.#cut) this.#endCut()
  }

  #endCut(): void {
    this.#cut = undefined
    this.#indexing.resume()
  }

  /** Removes what the database has of blocks that are given up, the newest first. */
  *#removals(cut: Cut): Generator<void, void> {
    const { number } = cut
    const head = this.#tables.edge(true)
    // Otherwise the branch comes with the blocks that are missing.
    if (head !== undefined && head >= number) this.#committedBranch.beginCut(cut)
    this.#undo.cut(number)
    yield* this.#indexing.removals()
    for (const removed of this.#tables.removals(number)) {
      this.#undo.removeHead(removed)
      yield
    }
    yield* this.#tables.partRemovals(number)
    yield* this.#undo.shardRemovals(number)
    this.#committedBranch.endCut()
  }

  #noteCommitted(batch: readonly RecentBlock[]): void {
    // Blocks that were given up meanwhile are removed again.
    const kept = batch.filter((each) => this.#uncommitted.byNumber(each.block.number) === each)
    for (const each of kept) this.#uncommitted.remove(each)
    const last = kept.at(-1)?.block.number
    if (last !== undefined) this.#edges.committed = last
    this.#indexing.committed(kept)
    if (last === undefined) return
    const place = { branch: this.#committedBranch.number, blockNumber: last }
    this.#root.flushed.then(
      () => {
        if (this.#flushed === undefined || isPlaceBehind(place, this.#flushed)) this.#flushed = place
      },
      (error) => void this.#failure.fail(error),
    )
  }

  /**
   * Puts blocks, a few values in a turn; the heads at the end, in one batch, without which the blocks aren't there yet.
   * Gives the blocks that it has put: not those that a full memory has committed meanwhile, whose reverse diffs may be
   * old enough to have gone again.
   */
  async #putSlowly(blocks: readonly RecentBlock[]): Promise<readonly RecentBlock[]> {
    let left = blocks
    const branch = this.#branch
    await putInTurns(this.#root, this.#puts(blocks, this.#writer.write), {
      last: () => {
        // Blocks of a branch that was left meanwhile are chosen anew.
        const isCurrent = branch === this.#branch
        left = isCurrent
          ? blocks.filter((each) => this.#uncommitted.byNumber(each.block.number) === each)
          : []
        for (const each of left) this.#putHead(each)
        if (left.length > 0) this.#committedBranch.put(this.#branch)
        this.#window.removeOld(left.length)
      },
      committed: () => this.#writer.reset(),
    })
    return left
  }

  *#puts(blocks: readonly RecentBlock[], write: PartWriter['write']): Generator<void, void> {
    for (const each of blocks) {
      yield* this.#tables.putParts(each, write)
      if (each.undo !== undefined) yield* this.#undo.putShards(each.block.number, each.undo)
    }
  }

  #putHead({ block, undo }: RecentBlock): void {
    this.#tables.putHead(block)
    this.#undo.putHead(block.number, undo)
  }
}

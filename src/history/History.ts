import { mkdirSync } from 'node:fs'
import { open } from 'lmdb'
import { assert, bytesToHex, equalBytes } from '../lib/index.ts'
import { decodeHeader, type SealedPlace } from '../protocol/index.ts'
import { type BlockPart, BlockReader } from './BlockReader.ts'
import { BlockTables } from './BlockTables.ts'
import { Committer } from './Committer.ts'
import { Edges } from './Edges.ts'
import { HistoryOrderError } from './errors.ts'
import { HistoryMeta } from './HistoryMeta.ts'
import { Indexing } from './Indexing.ts'
import type { LogQuery } from './LogQuery.ts'
import { RUN_LIMITS, type RunLimits } from './LogRun.ts'
import { LogSearch } from './LogSearch.ts'
import { PartWriter } from './PartWriter.ts'
import { RecentBlocks, type TransactionLocation } from './RecentBlocks.ts'
import { type ChangedEntries, ReverseDiff, type StateBefore } from './ReverseDiff.ts'
import { ReverseDiffTable } from './ReverseDiffTable.ts'
import { SaltedHash } from './SaltedHash.ts'
import type { SealedBlockRecord } from './SealedBlockRecord.ts'
import { StateWindow } from './StateWindow.ts'
import { TermIndex } from './TermIndex.ts'
import { TransactionPlaces } from './TransactionPlaces.ts'
import { BINARY, closeTables, type HistoryRoot } from './tables.ts'
import { hashSource, logSource } from './termSources.ts'
import { WriteFailure } from './WriteFailure.ts'

const DEFAULT_STATE_WINDOW = 128

export type HistoryOptions = {
  genesisHash: Uint8Array
  /** Blocks of which the state before them is kept: the newest ones. Default 128; Infinity: all. */
  stateWindow?: number
  /** Of the indexes; smaller ones for tests. */
  runLimits?: RunLimits
}

/**
 * Sealed EVM blocks with their transactions and receipts by number and hash, their logs by address and topic, and the
 * values that the newest of them changed, in an LMDB database. It follows the log: it can be deleted, and is then built
 * again from what the log has.
 *
 * `append` returns at once and the database commits beside; what is not committed yet is read from memory. After a crash
 * the newest blocks may be missing: append them again from `headNumber` on.
 *
 * Tables: BlockTables.ts, TermIndex.ts, ReverseDiffTable.ts, HistoryMeta.ts. Commits and rewinds of the database: Committer.ts;
 * the window of states: StateWindow.ts; what follows behind: Indexing.ts; searches: LogSearch.ts, TransactionPlaces.ts.
 */
export class History {
  readonly #root: HistoryRoot
  readonly #hash: SaltedHash
  readonly #tables: BlockTables
  readonly #uncommitted = new RecentBlocks()
  /** Committed, and not in both indexes yet. */
  readonly #unindexed = new RecentBlocks()
  readonly #edges: Edges
  readonly #reader: BlockReader
  readonly #window: StateWindow
  readonly #logs: TermIndex
  readonly #indexing: Indexing
  readonly #committer: Committer
  readonly #search: LogSearch
  readonly #places: TransactionPlaces
  readonly #failure: WriteFailure
  #isClosed = false

  private constructor(folder: string, { genesisHash, stateWindow, runLimits }: HistoryOptions) {
    const limits = runLimits ?? RUN_LIMITS
    const root = open<Uint8Array, Uint8Array>({ path: folder, maxDbs: 16, ...BINARY })
    const meta = new HistoryMeta(root, folder, genesisHash)
    const hash = new SaltedHash(meta.salt)
    const tables = new BlockTables(root, folder)
    const edges = new Edges({ first: tables.edge(false), head: tables.edge(true) })
    const undo = new ReverseDiffTable(root, { meta: meta.table, folder, hash })
    const uncommitted = this.#uncommitted
    const unindexed = this.#unindexed
    const writer = new PartWriter(hash)
    const failure = new WriteFailure(folder)
    const size = stateWindow ?? DEFAULT_STATE_WINDOW
    const window = new StateWindow(root, { size, edges, uncommitted, table: undo, folder, hash, limits })
    const reader = new BlockReader({ folder, edges, uncommitted, tables })
    const indexed = { folder, edges, reader, tables, unindexed, writer }
    const logs = new TermIndex(root, { name: 'log', folder, limits, source: logSource(indexed) })
    const hashes = new TermIndex(root, { name: 'hash', folder, limits, source: hashSource(indexed) })
    const others = window.changes === undefined ? [] : [window.changes]
    const indexing = new Indexing({ edges, unindexed, hashes, logs, others, failure })
    this.#root = root
    this.#hash = hash
    this.#tables = tables
    this.#edges = edges
    this.#reader = reader
    this.#window = window
    this.#logs = logs
    this.#indexing = indexing
    this.#failure = failure
    this.#search = new LogSearch({ hash, edges, reader, tables, logs })
    this.#places = new TransactionPlaces({ hash, edges, tables, uncommitted, unindexed, hashes })
    const { branch: committedBranch } = meta
    this.#committer = new Committer({
      ...{ root, committedBranch, tables, undo, window, indexing, writer, edges, uncommitted, failure },
    })
    const { unfinishedCut } = committedBranch
    if (unfinishedCut !== undefined) this.rewindTo(unfinishedCut.number, unfinishedCut.branch)
    indexing.start()
  }

  /**
   * Opens the history in `folder`; creates what is missing.
   *
   * @throws HistoryMismatchError if it belongs to another chain or was written by another release.
   */
  static open(folder: string, options: HistoryOptions): History {
    mkdirSync(folder, { recursive: true })
    return new History(folder, options)
  }

  /** Number of the oldest block, undefined if there is none. */
  get firstNumber(): bigint | undefined {
    return this.#edges.first
  }

  /** Number of the newest block, undefined if there is none. */
  get headNumber(): bigint | undefined {
    return this.#edges.head
  }

  /** The newest block, undefined if there is none. */
  get head(): SealedPlace | undefined {
    const { head } = this.#edges
    return head === undefined ? undefined : { branch: this.branch, blockNumber: head }
  }

  /** Of the newest rewind that was followed; see SealedPlace. */
  get branch(): bigint {
    return this.#committer.branch
  }

  /**
   * The newest block that is on the disk for good, with all before it: the log may forget them. Undefined until something
   * was written since the start.
   */
  get flushed(): SealedPlace | undefined {
    return this.#committer.flushed
  }

  /** Number of the newest block that the database has; undefined: it has none. */
  get committedNumber(): bigint | undefined {
    return this.#edges.committed
  }

  /** Blocks that are in memory only. */
  get uncommittedBlocks(): number {
    return this.#uncommitted.count
  }

  get uncommittedBytes(): number {
    return this.#uncommitted.bytes
  }

  /** Number of the newest block whose logs are found by the index; younger ones are read. */
  get indexedNumber(): bigint | undefined {
    return this.#logs.indexedNumber
  }

  /** The oldest block after which the state can be read: that of every later block is known before it changed. */
  get firstStateNumber(): bigint | undefined {
    const { from } = this.#window
    return from === undefined ? undefined : from - 1n
  }

  /** An empty reverse diff, to be filled while a block runs and appended with it. */
  newReverseDiff(): ReverseDiff {
    return new ReverseDiff(this.#hash)
  }

  /**
   * Adds the block after the head; the first may have any number. Blocks that are there already are passed over. The
   * record is kept until it is committed: don't change it.
   *
   * @param undo - the values before the block; without it, or when it is too large, states before it can't be read.
   * @throws HistoryOrderError on a gap, or on another block at a number that is taken; HistoryWriteError once the disk
   * has refused a commit.
   */
  append(block: SealedBlockRecord, undo?: ReverseDiff): void {
    this.#checkOpen()
    const { head } = this.#edges
    if (head !== undefined && block.number <= head) {
      this.#checkSame(block)
      return
    }
    if (head !== undefined && block.number !== head + 1n)
      throw new HistoryOrderError('GAP', block.number, `${head + 1n}`, `${block.number}`)
    assert(decodeHeader(block.header).ok, `the header of block ${block.number} is one`)
    const kept = undo?.isTooLarge ? undefined : undo
    this.#uncommitted.add({ block, undo: kept, terms: [] })
    this.#edges.append(block.number)
    this.#window.append(block.number, kept)
    this.#committer.added()
  }

  /**
   * From now on only blocks up to `place` are committed, so that the history never has on the disk what the log may
   * lose; call it again when more of the log is durable. Where more blocks wait than Committer.ts
   * allows, they are committed nevertheless.
   */
  commitUpTo(place: SealedPlace): void {
    if (!this.#isClosed) this.#committer.commitUpTo(place)
  }

  /**
   * Gives up the blocks above `number`, which the history has unless it begins later, at once; the database does so when
   * that branch may be committed.
   *
   * @param branch - of the blocks from now on.
   */
  rewindTo(number: bigint, branch: bigint): void {
    this.#checkOpen()
    assert(branch > this.branch, 'rewinds come in order')
    this.#uncommitted.removeAfter(number)
    this.#indexing.hold(number, this.#edges.areAbove(number))
    this.#places.cut()
    this.#search.cut()
    this.#edges.cut(number)
    this.#window.cut(number)
    this.#committer.rewindTo(number, branch)
  }

  /** From now on the reverse diffs of the blocks behind this one stay, whatever the window; undefined: of none. */
  pin(number: bigint | undefined): void {
    this.#window.pin(number)
  }

  /** Undefined if the history has no such block. */
  blockByNumber(number: bigint): SealedBlockRecord | undefined {
    return this.#reader.block(number)
  }

  hashByNumber(number: bigint): Uint8Array | undefined {
    return this.#reader.hash(number)
  }

  blockByHash(hash: Uint8Array): SealedBlockRecord | undefined {
    const number = this.numberByHash(hash)
    return number === undefined ? undefined : this.blockByNumber(number)
  }

  numberByHash(hash: Uint8Array): bigint | undefined {
    return this.#reader.numberOf(hash)
  }

  transactionLocation(hash: Uint8Array): TransactionLocation | undefined {
    return this.#places.of(hash)
  }

  /**
   * The parts of blocks `from`..`to` (inclusive) whose logs may match, in order; the caller looks at the logs. Each step
   * is some bounded work, and gives undefined if it found nothing: blocks may be appended between two steps. It ends when
   * blocks are given up meanwhile.
   */
  findLogs(query: LogQuery, from: bigint, to: bigint): Generator<BlockPart | undefined, void> {
    return this.#search.find(query, from, to)
  }

  /** What stood before a block that the history has; undefined if that is not kept. */
  stateBefore(number: bigint): StateBefore | undefined {
    return this.#window.stateBefore(number)
  }

  /** Whether {@link changesOf} has all that a block has changed, also one that is pinned and before the window. */
  hasChangesOf(number: bigint): boolean {
    return this.#window.hasChangesOf(number)
  }

  /** Everything that a block of the window has changed, in parts, with the values before. They hold until the next. */
  changesOf(number: bigint): Iterable<ChangedEntries> {
    return this.#window.changesOf(number)
  }

  /** The first block from `from` on that may have changed an account: no block before it did. */
  nextAccountChange(address: Uint8Array, from: bigint): bigint {
    return this.#window.nextAccountChange(address, from)
  }

  /** Likewise of a slot. */
  nextSlotChange(address: Uint8Array, key: Uint8Array, from: bigint): bigint {
    return this.#window.nextSlotChange(address, key, from)
  }

  /** A code that left an account in a block of the window; undefined: none that is kept. */
  oldCode(hash: Uint8Array): Uint8Array | undefined {
    return this.#window.oldCode(hash)
  }

  /** Resolves when everything appended so far that may be committed is on disk. Rejects with HistoryWriteError. */
  flush(): Promise<void> {
    return this.#committer.flush()
  }

  /** Resolves when the logs of everything appended so far that may be committed are indexed. Rejects with HistoryWriteError. */
  async indexed(): Promise<void> {
    await this.#committer.done()
    await this.#indexing.done()
    this.#failure.check()
  }

  /** Flushes and closes. Blocks that may not be committed are not kept: the log has them, or has lost them. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#indexing.close()
    try {
      await this.flush()
      await this.#failure.orFail(this.#indexing.done())
    } finally {
      // A database that has refused a commit waits for it for ever.
      if (this.#failure.error === undefined) await closeTables(this.#root)
    }
  }

  #checkSame(block: SealedBlockRecord): void {
    const known = this.#uncommitted.byNumber(block.number)?.block ?? this.#tables.head(block.number)
    if (known === undefined) {
      throw new HistoryOrderError('GAP', block.number, `${this.#edges.first} or later`, `${block.number}`)
    }
    if (!equalBytes(known.hash, block.hash)) {
      throw new HistoryOrderError('OTHER_HASH', block.number, bytesToHex(known.hash), bytesToHex(block.hash))
    }
  }

  #checkOpen(): void {
    assert(!this.#isClosed, 'the history is closed')
    this.#failure.check()
  }
}

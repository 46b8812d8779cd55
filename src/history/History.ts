import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, type RootDatabase } from 'lmdb'
import { assert, bytesToHex, equalBytes, LruMap, WeightedCache } from '../lib/index.ts'
import { decodeHeader, isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import { BlockTables, bloomOf, EMPTY_BLOOM } from './BlockTables.ts'
import { ChangeIndex, changeTerms } from './ChangeIndex.ts'
import { CommittedBranch, type Cut } from './CommittedBranch.ts'
import { bloomMayMatch, criteriaOf, type LogQuery } from './LogQuery.ts'
import { RUN_LIMITS, type RunLimits, termOf } from './LogRun.ts'
import { PartWriter } from './PartWriter.ts'
import { putInTurns } from './putInTurns.ts'
import { type RecentBlock, RecentBlocks, type TransactionLocation } from './RecentBlocks.ts'
import { RecentUndo } from './RecentUndo.ts'
import { type ChangedEntries, ReverseDiff, type StateBefore, slotKeyOf } from './ReverseDiff.ts'
import { ReverseDiffTable } from './ReverseDiffTable.ts'
import { SaltedHash } from './SaltedHash.ts'
import {
  PART_TRANSACTIONS,
  partsOf,
  type SealedBlockRecord,
  type TransactionPart,
} from './SealedBlockRecord.ts'
import { type SearchedBlocks, TermIndex, type TermSource } from './TermIndex.ts'
import { hashTerms, logTerms } from './TransactionTerms.ts'
import { BINARY, closeTables, HistoryCorruptError, openTable, type Table } from './tables.ts'
import { ACCOUNT_KEY, HASH_TERM, SLOT_KEY } from './terms.ts'

const FORMAT_VERSION = 3
/** Blocks and their bytes that may wait for a commit; beyond, `append` commits them itself before it returns. */
const MAX_UNCOMMITTED_BLOCKS = 1024
const MAX_UNCOMMITTED_BYTES = 128 * 1024 * 1024
/** Old reverse diffs that may go when a block comes: two, so that a window that has become smaller is reached. */
const REMOVED_PER_BLOCK = 2
/** Blocks that a search passes over in one step. */
const BLOCKS_PER_STEP = 256
const DEFAULT_STATE_WINDOW = 128
/** Bytes of parts of blocks that are kept because a search has found them. */
const FOUND_PARTS_BYTES = 16 * 1024 * 1024
/** What each takes besides its transactions, about. */
const BYTES_PER_PART = 2048
/** Transactions whose place is remembered once it was looked up, about 200 bytes each. */
const REMEMBERED_LOCATIONS = 16_384
/** With a larger window an index tells where something changed; a smaller one is looked through. */
const UNINDEXED_STATE_WINDOW = 256

export type HistoryOptions = {
  genesisHash: Uint8Array
  /** Blocks of which the state before them is kept: the newest ones. Default 128; Infinity: all. */
  stateWindow?: number
  /** Of the indexes; smaller ones for tests. */
  runLimits?: RunLimits
}

/** Some transactions that follow one another in a sealed block. */
export type BlockPart = TransactionPart & { number: bigint; hash: Uint8Array; timestamp: bigint }

/**
 * Sealed EVM blocks with their transactions and receipts by number and hash, their logs by address and topic, and the
 * values that the newest of them changed, in an LMDB database. It follows the log: it can be deleted, and is then built
 * again from what the log has.
 *
 * `append` returns at once and the database commits beside; what is not committed yet is read from memory. After a crash
 * the newest blocks may be missing: append them again from `headNumber` on.
 *
 * Tables: BlockTables.ts, TermIndex.ts, ReverseDiffTable.ts, and `meta`.
 */
export class History {
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  readonly #meta: Table
  readonly #tables: BlockTables
  readonly #hash: SaltedHash
  readonly #logs: TermIndex
  readonly #hashes: TermIndex
  /** By number and part. What is found once is often asked for again, by others or with the next block. */
  readonly #foundParts = new WeightedCache<string, BlockPart>(
    FOUND_PARTS_BYTES,
    ({ transactions }) => transactions.byteLength + BYTES_PER_PART,
  )
  /** By hash in hexadecimal digits: who waits for a transaction asks for it again and again. */
  readonly #locations = new LruMap<string, TransactionLocation>(REMEMBERED_LOCATIONS)
  /** Undefined where the window is small. */
  readonly #changes: ChangeIndex | undefined
  readonly #undo: ReverseDiffTable
  readonly #recentUndo = new RecentUndo()
  readonly #folder: string
  readonly #stateWindow: number
  readonly #writer: PartWriter
  readonly #uncommitted = new RecentBlocks()
  /** Committed, and not in both indexes yet; more than {@link MAX_UNCOMMITTED_BYTES} are read from the database. */
  readonly #unindexed = new RecentBlocks()
  #firstNumber: bigint | undefined
  #headNumber: bigint | undefined
  /** Newest block that the database has. */
  #committedNumber: bigint | undefined
  #flushed: SealedPlace | undefined
  /** Blocks beyond it stay in memory; undefined: none does. */
  #commitLimit: SealedPlace | undefined
  /** Of the blocks from the head on. */
  #branch: bigint
  readonly #committedBranch: CommittedBranch
  /** Still to be done in the database, before others of its blocks are committed. */
  #cut: Cut | undefined
  /** The reverse diffs of all blocks behind it stay. */
  #pinned: bigint | undefined
  /** Oldest block from which on all have a reverse diff. */
  #undoFrom: bigint | undefined
  /** The commit under way. */
  #commit: Promise<void> | undefined
  #indexing: Promise<void> | undefined
  #failure: HistoryWriteError | undefined
  /** Rejects with the failure: after one, the database's own promises may stay unsettled. */
  readonly #failing = Promise.withResolvers<never>()
  #isClosed = false

  private constructor(folder: string, options: HistoryOptions) {
    this.#folder = folder
    // Who waits gets it; nobody need.
    this.#failing.promise.catch(() => {})
    this.#stateWindow = options.stateWindow ?? DEFAULT_STATE_WINDOW
    this.#root = open<Uint8Array, Uint8Array>({ path: folder, maxDbs: 16, ...BINARY })
    this.#meta = openTable(this.#root, 'meta')
    this.#hash = new SaltedHash(this.#claim(options.genesisHash))
    this.#committedBranch = new CommittedBranch(this.#meta)
    this.#branch = this.#committedBranch.number
    this.#tables = new BlockTables(this.#root, folder)
    this.#firstNumber = this.#tables.edge(false)
    this.#headNumber = this.#tables.edge(true)
    this.#committedNumber = this.#headNumber
    this.#undo = new ReverseDiffTable(this.#root, { meta: this.#meta, folder, hash: this.#hash })
    this.#undoFrom = this.#undo.firstNumber
    const limits = options.runLimits ?? RUN_LIMITS
    this.#writer = new PartWriter(this.#hash)
    this.#logs = new TermIndex(this.#root, {
      ...{ name: 'log', folder, limits },
      source: this.#source((number) => this.#bloom(number) !== EMPTY_BLOOM, logTerms),
    })
    this.#hashes = new TermIndex(this.#root, {
      ...{ name: 'hash', folder, limits },
      source: this.#source(() => true, hashTerms),
    })
    if (this.#stateWindow > UNINDEXED_STATE_WINDOW)
      this.#changes = new ChangeIndex(this.#root, {
        ...{ folder, hash: this.#hash, limits },
        source: this.#changeSource(),
      })
    const { unfinishedCut } = this.#committedBranch
    if (unfinishedCut !== undefined) this.rewindTo(unfinishedCut.number, unfinishedCut.branch)
    this.#index()
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
    return this.#firstNumber
  }

  /** Number of the newest block, undefined if there is none. */
  get headNumber(): bigint | undefined {
    return this.#headNumber
  }

  /** The newest block, undefined if there is none. */
  get head(): SealedPlace | undefined {
    return this.#headNumber === undefined
      ? undefined
      : { branch: this.#branch, blockNumber: this.#headNumber }
  }

  /** Of the newest rewind that was followed; see SealedPlace. */
  get branch(): bigint {
    return this.#branch
  }

  /**
   * The newest block that is on the disk for good, with all before it: the log may forget them. Undefined until something
   * was written since the start.
   */
  get flushed(): SealedPlace | undefined {
    return this.#flushed
  }

  /** Number of the newest block that the database has; undefined: it has none. */
  get committedNumber(): bigint | undefined {
    return this.#committedNumber
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
    return this.#undoFrom === undefined ? undefined : this.#undoFrom - 1n
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
    if (this.#headNumber !== undefined && block.number <= this.#headNumber) {
      this.#checkSame(block)
      return
    }
    if (this.#headNumber !== undefined && block.number !== this.#headNumber + 1n) {
      throw new HistoryOrderError('GAP', block.number, `${this.#headNumber + 1n}`, `${block.number}`)
    }
    assert(decodeHeader(block.header).ok, `the header of block ${block.number} is one`)
    const kept = undo?.isTooLarge ? undefined : undo
    this.#uncommitted.add({ block, undo: kept, terms: [] })
    if (kept !== undefined) this.#recentUndo.add(block.number, kept)
    if (kept === undefined) this.#undoFrom = block.number + 1n
    this.#undoFrom ??= block.number
    this.#firstNumber ??= block.number
    this.#headNumber = block.number
    this.#moveStateWindow()
    const isFull =
      this.#uncommitted.count >= MAX_UNCOMMITTED_BLOCKS || this.#uncommitted.bytes >= MAX_UNCOMMITTED_BYTES
    // A commit under way may hold blocks that are given up: nothing overtakes it then.
    if (isFull && (this.#cut === undefined || this.#commit === undefined)) this.#commitNow()
    else {
      this.#commit ??= this.#commitSoon()
    }
  }

  /**
   * From now on only blocks up to `place` are committed, so that the history never has on the disk what the log may
   * lose; call it again when more of the log is durable. Where {@link MAX_UNCOMMITTED_BLOCKS} or
   * {@link MAX_UNCOMMITTED_BYTES} wait, they are committed nevertheless.
   */
  commitUpTo(place: SealedPlace): void {
    if (this.#isClosed) return
    this.#commitLimit = place
    if (this.#failure === undefined && (this.#mayCut() || this.#committable().length > 0))
      this.#commit ??= this.#commitSoon()
  }

  /**
   * Gives up the blocks above `number`, which the history has unless it begins later, at once; the database does so when
   * that branch may be committed.
   *
   * @param branch - of the blocks from now on.
   */
  rewindTo(number: bigint, branch: bigint): void {
    this.#checkOpen()
    assert(branch > this.#branch, 'rewinds come in order')
    for (const recent of [this.#uncommitted, this.#unindexed, this.#recentUndo]) recent.removeAfter(number)
    const isEmpty = this.#firstNumber === undefined || number < this.#firstNumber
    for (const index of this.#indexes) {
      if (isEmpty) index.clear()
      else index.cut(number)
    }
    this.#locations.clear()
    this.#foundParts.clear()
    if (isEmpty) this.#firstNumber = this.#headNumber = this.#committedNumber = this.#undoFrom = undefined
    else this.#headNumber = number
    if (this.#committedNumber !== undefined && this.#committedNumber > number) this.#committedNumber = number
    if (this.#undoFrom !== undefined && this.#undoFrom > number + 1n) this.#undoFrom = number + 1n
    this.#branch = branch
    // A deeper one leaves all that this one gives up in memory.
    if (this.#cut === undefined || number < this.#cut.number) this.#cut = { number, branch }
    if (this.#mayCut()) this.#commit ??= this.#commitSoon()
  }

  /** From now on the reverse diffs of the blocks behind this one stay, whatever the window; undefined: of none. */
  pin(number: bigint | undefined): void {
    this.#pinned = number
  }

  /** Undefined if the history has no such block. */
  blockByNumber(number: bigint): SealedBlockRecord | undefined {
    if (!this.#has(number)) return undefined
    return this.#uncommitted.byNumber(number)?.block ?? this.#tables.block(number)
  }

  hashByNumber(number: bigint): Uint8Array | undefined {
    if (!this.#has(number)) return undefined
    return this.#uncommitted.byNumber(number)?.block.hash ?? this.#tables.head(number)?.hash
  }

  blockByHash(hash: Uint8Array): SealedBlockRecord | undefined {
    const number = this.numberByHash(hash)
    return number === undefined ? undefined : this.blockByNumber(number)
  }

  numberByHash(hash: Uint8Array): bigint | undefined {
    if (hash.length !== 32) return undefined
    const recent = this.#uncommitted.numberOf(hash)
    if (recent !== undefined) return recent
    const number = this.#tables.numberByHash(hash)
    return number !== undefined && number <= (this.#committedNumber ?? -1n) ? number : undefined
  }

  transactionLocation(hash: Uint8Array): TransactionLocation | undefined {
    if (hash.length !== 32) return undefined
    const key = bytesToHex(hash)
    const known = this.#locations.get(key)
    if (known !== undefined) return known
    const recent = this.#uncommitted.locationOf(hash) ?? this.#unindexed.locationOf(hash)
    const found = recent ?? this.#committedLocation(hash)
    if (found !== undefined) this.#locations.set(key, found)
    return found
  }

  /**
   * The parts of blocks `from`..`to` (inclusive) whose logs may match, in order; the caller looks at the logs. Each step
   * is some bounded work, and gives undefined if it found nothing: blocks may be appended between two steps. It ends when
   * blocks are given up meanwhile.
   */
  *findLogs(query: LogQuery, from: bigint, to: bigint): Generator<BlockPart | undefined, void> {
    const branch = this.#branch
    const parts = this.#findLogs(query, from, to)
    for (let part = parts.next(); !part.done; part = parts.next()) {
      yield part.value
      if (this.#branch !== branch) return
    }
  }

  *#findLogs(query: LogQuery, from: bigint, to: bigint): Generator<BlockPart | undefined, void> {
    if (this.#firstNumber === undefined || this.#headNumber === undefined) return
    const first = from < this.#firstNumber ? this.#firstNumber : from
    const last = to > this.#headNumber ? this.#headNumber : to
    const criteria = criteriaOf(query, this.#hash)
    if (criteria.length === 0) {
      yield* this.#scan(query, first, last)
      return
    }
    for (const blocks of this.#logs.search(criteria, first, last)) {
      if (blocks.places === undefined) yield* this.#scan(query, blocks.first, blocks.last)
      else yield* this.#partsAt(blocks.places)
      yield undefined
    }
  }

  /** What stood before a block that the history has; undefined if that is not kept. */
  stateBefore(number: bigint): StateBefore | undefined {
    if (this.#undoFrom === undefined || number < this.#undoFrom || !this.#has(number)) return undefined
    const recent = this.#undoInMemory(number)
    return recent ?? this.#undo.stateBefore(number)
  }

  #undoInMemory(number: bigint): ReverseDiff | undefined {
    return this.#recentUndo.get(number) ?? this.#uncommitted.byNumber(number)?.undo
  }

  /** Whether {@link changesOf} has all that a block has changed, also one that is pinned and before the window. */
  hasChangesOf(number: bigint): boolean {
    return this.#has(number) && (this.#undoInMemory(number) !== undefined || this.#undo.has(number))
  }

  /** Everything that a block of the window has changed, in parts, with the values before. They hold until the next. */
  changesOf(number: bigint): Iterable<ChangedEntries> {
    const recent = this.#undoInMemory(number)
    return recent === undefined ? this.#undo.changesOf(number) : [recent.entries]
  }

  /** The first block from `from` on that may have changed an account: no block before it did. */
  nextAccountChange(address: Uint8Array, from: bigint): bigint {
    return this.#changes?.firstFrom(ACCOUNT_KEY, address, from) ?? from
  }

  /** Likewise of a slot. */
  nextSlotChange(address: Uint8Array, key: Uint8Array, from: bigint): bigint {
    return this.#changes?.firstFrom(SLOT_KEY, slotKeyOf(address, key), from) ?? from
  }

  /** A code that left an account in a block of the window; undefined: none that is kept. */
  oldCode(hash: Uint8Array): Uint8Array | undefined {
    for (const { undo } of this.#uncommitted.all()) {
      const code = undo?.code(hash)
      if (code !== undefined) return code
    }
    return this.#undo.code(hash)
  }

  /** Resolves when everything appended so far that may be committed is on disk. Rejects with HistoryWriteError. */
  async flush(): Promise<void> {
    while (this.#commit !== undefined) await this.#commit
    if (this.#failure !== undefined) throw this.#failure
    const committed = this.#committed()
    try {
      await Promise.race([this.#root.flushed, this.#failing.promise])
    } catch (error) {
      throw this.#fail(error)
    }
    this.#flushed = committed
  }

  /** Where the database is, without what it is still to give up. */
  #committed(): SealedPlace | undefined {
    const blockNumber = this.#committedNumber
    return blockNumber === undefined ? undefined : { branch: this.#committedBranch.number, blockNumber }
  }

  /** Resolves when the logs of everything appended so far that may be committed are indexed. Rejects with HistoryWriteError. */
  async indexed(): Promise<void> {
    while (this.#commit !== undefined) await this.#commit
    while (this.#indexing !== undefined) await this.#indexing
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Flushes and closes. Blocks that may not be committed are not kept: the log has them, or has lost them. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#logs.close()
    this.#hashes.close()
    this.#changes?.close()
    try {
      await this.flush()
      await Promise.race([this.#indexing, this.#failing.promise])
    } finally {
      // A database that has refused a commit waits for it for ever.
      if (this.#failure === undefined) await closeTables(this.#root)
    }
  }

  #has(number: bigint): boolean {
    return this.#headNumber !== undefined && number <= this.#headNumber && number >= this.#firstNumber!
  }

  #bloom(number: bigint): Uint8Array {
    const uncommitted = this.#uncommitted.byNumber(number)
    return uncommitted === undefined ? this.#tables.bloom(number) : bloomOf(uncommitted.block)
  }

  /** The parts of the blocks whose bloom may match. */
  *#scan(query: LogQuery, first: bigint, last: bigint): Generator<BlockPart | undefined, void> {
    let passed = 0
    for (let number = first; number <= last; number++) {
      const bloom = this.#bloom(number)
      if (bloom === EMPTY_BLOOM || !bloomMayMatch(bloom, query)) {
        if (++passed % BLOCKS_PER_STEP === 0) yield undefined
        continue
      }
      const { head, parts } = this.#openBlock(number)
      for (const part of parts) yield { ...head, ...part }
    }
  }

  *#partsAt(places: readonly { number: bigint; part: number }[]): Generator<BlockPart, void> {
    for (const { number, part } of places) {
      const key = `${number}/${part}`
      const known = this.#foundParts.get(key)
      const found = known ?? { ...this.#openBlock(number).head, ...this.#tables.part(number, part) }
      if (known === undefined) this.#foundParts.set(key, found)
      yield found
    }
  }

  #openBlock(number: bigint): {
    head: Omit<BlockPart, keyof TransactionPart>
    parts: Iterable<TransactionPart>
  } {
    const uncommitted = this.#uncommitted.byNumber(number)?.block
    const stored = uncommitted ?? this.#tables.head(number)
    const decoded = stored && decodeHeader(stored.header)
    if (!decoded?.ok) throw new HistoryCorruptError(this.#folder, number)
    const parts = 'transactions' in stored! ? partsOf(stored.transactions) : this.#tables.partsOf(stored!)
    return { head: { number, hash: stored!.hash, timestamp: decoded.header.timestamp }, parts }
  }

  #committedLocation(hash: Uint8Array): TransactionLocation | undefined {
    if (this.#committedNumber === undefined) return undefined
    this.#hash.hash(HASH_TERM, hash, 0, hash.length)
    for (const blocks of this.#hashes.searchBack([[termOf(this.#hash)]], this.#committedNumber)) {
      for (const { number, part } of blocks.places ?? this.#placesIn(blocks)) {
        const { firstIndex, transactions } = this.#tables.part(number, part)
        const index = transactions.indexOf(hash)
        if (index >= 0) return { blockNumber: number, index: firstIndex + index }
      }
    }
    return undefined
  }

  /** All parts of blocks that the index does not know, and that are not in memory. */
  *#placesIn({ first, last }: SearchedBlocks): Generator<{ number: bigint; part: number }, void> {
    for (let number = last; number >= first; number--) {
      if (this.#unindexed.byNumber(number) !== undefined) continue
      const parts = Math.ceil((this.#tables.head(number)?.transactionCount ?? 0) / PART_TRANSACTIONS)
      for (let part = 0; part < parts; part++) yield { number, part }
    }
  }

  /** Only what is committed is indexed: after a crash the index must not know more than the blocks. */
  #source(hasTerms: (number: bigint) => boolean, choose: ChooseTerms): TermSource {
    const history = this
    return {
      get firstNumber() {
        return history.#committedNumber === undefined ? undefined : history.#firstNumber
      },
      get headNumber() {
        return history.#committedNumber
      },
      *termsOf(number) {
        if (!hasTerms(number)) return
        const recent = history.#unindexed.byNumber(number)
        if (recent !== undefined) {
          yield* chosen(recent, choose)
          return
        }
        const head = history.#tables.head(number)
        if (head === undefined) throw new HistoryCorruptError(history.#folder, number)
        for (const { transactions } of history.#tables.partsOf(head))
          yield choose(history.#writer.termsOf(transactions), transactions.length)
      },
    }
  }

  /** Blocks before the window have nothing that could be found. */
  #changeSource(): TermSource {
    const history = this
    return {
      get firstNumber() {
        return history.#committedNumber === undefined ? undefined : history.#undoFrom
      },
      get headNumber() {
        return history.#committedNumber
      },
      *termsOf(number) {
        if (number < history.#undoFrom!) return
        for (const changed of history.#undo.changesOf(number)) yield changeTerms(history.#hash, changed)
      },
    }
  }

  /** Indexes what is committed, behind. */
  #index(): void {
    if (this.#isClosed) return
    this.#indexing ??= this.#indexAll()
      .catch((error) => void this.#fail(error))
      .finally(() => {
        this.#indexing = undefined
      })
  }

  async #indexAll(): Promise<void> {
    while (
      this.#cut === undefined &&
      this.#hashes.indexedNumber !== this.#committedNumber &&
      !this.#isClosed
    ) {
      await this.#hashes.work()
      await this.#logs.work()
      await this.#changes?.work()
      this.#forgetIndexed()
    }
  }

  #forgetIndexed(): void {
    for (let oldest = this.#unindexed.oldest; oldest !== undefined; oldest = this.#unindexed.oldest) {
      const { number } = oldest.block
      const isIndexed =
        number <= (this.#hashes.indexedNumber ?? -1n) && number <= (this.#logs.indexedNumber ?? -1n)
      if (!isIndexed && this.#unindexed.bytes <= MAX_UNCOMMITTED_BYTES) return
      this.#unindexed.remove(oldest)
    }
  }

  #committable(): RecentBlock[] {
    if (this.#cut !== undefined) return []
    const limit = this.#commitLimit
    const blocks = this.#uncommitted.all()
    if (limit === undefined) return blocks
    const branch = this.#branch
    return blocks.filter(({ block }) => !isPlaceBehind({ branch, blockNumber: block.number }, limit))
  }

  #mayCut(): boolean {
    const limit = this.#commitLimit
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
      this.#fail(error)
    } finally {
      this.#commit = undefined
    }
  }

  /** An asynchronous commit under way may write the same blocks again, which changes nothing. */
  #commitNow(): void {
    const batch = this.#uncommitted.all()
    try {
      this.#root.transactionSync(() => {
        if (this.#cut !== undefined) for (const _ of this.#removals(this.#cut));
        for (const _ of this.#puts(batch));
        for (const each of batch) this.#putHead(each)
        this.#committedBranch.put(this.#branch)
      })
    } catch (error) {
      throw this.#fail(error)
    }
    this.#cut = undefined
    this.#noteCommitted(batch)
  }

  async #cutDatabase(cut: Cut): Promise<void> {
    await putInTurns(this.#root, this.#removals(cut), { last: () => {}, committed: () => {} })
    if (cut !== this.#cut) return
    this.#cut = undefined
    this.#index()
  }

  /** Removes what the database has of blocks that are given up, the newest first. */
  *#removals(cut: Cut): Generator<void, void> {
    const { number } = cut
    const head = this.#tables.edge(true)
    // Otherwise the branch comes with the blocks that are missing.
    if (head !== undefined && head >= number) this.#committedBranch.beginCut(cut)
    this.#undo.cut(number)
    for (const index of this.#indexes) yield* index.removals()
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
    for (const each of kept) {
      this.#uncommitted.remove(each)
      this.#unindexed.add({ ...each, undo: undefined })
    }
    this.#forgetIndexed()
    const last = kept.at(-1)?.block.number
    if (last === undefined) return
    this.#committedNumber = last
    this.#index()
    const place = { branch: this.#committedBranch.number, blockNumber: last }
    this.#root.flushed.then(
      () => {
        if (this.#flushed === undefined || isPlaceBehind(place, this.#flushed)) this.#flushed = place
      },
      (error) => void this.#fail(error),
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
    await putInTurns(this.#root, this.#puts(blocks), {
      last: () => {
        // Blocks of a branch that was left meanwhile are chosen anew.
        const isCurrent = branch === this.#branch
        left = isCurrent
          ? blocks.filter((each) => this.#uncommitted.byNumber(each.block.number) === each)
          : []
        for (const each of left) this.#putHead(each)
        if (left.length > 0) this.#committedBranch.put(this.#branch)
        this.#removeOldUndo(left.length)
      },
      committed: () => this.#writer.reset(),
    })
    return left
  }

  *#puts(blocks: readonly RecentBlock[]): Generator<void, void> {
    for (const each of blocks) {
      yield* this.#tables.putParts(each, this.#writer)
      if (each.undo !== undefined) yield* this.#undo.putShards(each.block.number, each.undo)
    }
  }

  #putHead({ block, undo }: RecentBlock): void {
    this.#tables.putHead(block)
    this.#undo.putHead(block.number, undo)
  }

  #removeOldUndo(blockCount: number): void {
    if (this.#committedNumber === undefined) return
    // What is not committed yet can't be read back, and is removed later.
    const committedEnd = this.#committedNumber + 1n
    const unpinned = this.#pinned === undefined ? this.#undoFrom! : this.#pinned + 1n
    const from = this.#undoFrom! < unpinned ? this.#undoFrom! : unpinned
    const end = from < committedEnd ? from : committedEnd
    this.#undo.removeBefore(end, REMOVED_PER_BLOCK * blockCount)
    this.#changes?.removeBefore(end)
  }

  #moveStateWindow(): void {
    if (this.#stateWindow === Number.POSITIVE_INFINITY) return
    const from = this.#headNumber! - BigInt(this.#stateWindow) + 1n
    if (from > this.#undoFrom!) this.#undoFrom = from
    this.#recentUndo.removeBefore(this.#undoFrom!)
  }

  get #indexes(): Pick<ChangeIndex, 'cut' | 'clear' | 'removals'>[] {
    return [this.#logs, this.#hashes, ...(this.#changes === undefined ? [] : [this.#changes])]
  }

  /** Gives the salt of the database. */
  #claim(genesisHash: Uint8Array): Uint8Array {
    const version = this.#meta.getBinary(VERSION_KEY)?.[0]
    if (version === undefined) return this.#begin(genesisHash)
    try {
      if (version !== FORMAT_VERSION) {
        throw new HistoryMismatchError('format version', this.#folder, `${version}`, `${FORMAT_VERSION}`)
      }
      const found = this.#meta.getBinary(GENESIS_KEY)
      const salt = this.#meta.getBinary(SALT_KEY)
      if (found === undefined || salt?.length !== 16 || !equalBytes(found, genesisHash)) {
        const foundText = found === undefined ? 'none' : bytesToHex(found)
        throw new HistoryMismatchError('genesis', this.#folder, foundText, bytesToHex(genesisHash))
      }
      return salt
    } catch (error) {
      void this.#root.close()
      throw error
    }
  }

  #begin(genesisHash: Uint8Array): Uint8Array {
    const salt = new Uint8Array(randomBytes(16))
    this.#root.transactionSync(() => {
      this.#meta.put(VERSION_KEY, Uint8Array.of(FORMAT_VERSION))
      this.#meta.put(GENESIS_KEY, genesisHash)
      this.#meta.put(SALT_KEY, salt)
    })
    return salt
  }

  #checkSame(block: SealedBlockRecord): void {
    const known = this.#uncommitted.byNumber(block.number)?.block ?? this.#tables.head(block.number)
    if (known === undefined) {
      throw new HistoryOrderError('GAP', block.number, `${this.#firstNumber} or later`, `${block.number}`)
    }
    if (!equalBytes(known.hash, block.hash)) {
      throw new HistoryOrderError('OTHER_HASH', block.number, bytesToHex(known.hash), bytesToHex(block.hash))
    }
  }

  #checkOpen(): void {
    assert(!this.#isClosed, 'the history is closed')
    if (this.#failure !== undefined) throw this.#failure
  }

  #fail(cause: unknown): HistoryWriteError {
    this.#failure ??= new HistoryWriteError(this.#folder, cause)
    this.#failing.reject(this.#failure)
    return this.#failure
  }
}

type ChooseTerms = (terms: Uint32Array, count: number) => Uint32Array

function* chosen({ block, terms }: RecentBlock, choose: ChooseTerms): Generator<Uint32Array, void> {
  const { length } = block.transactions
  for (const [part, ofPart] of terms.entries())
    yield choose(ofPart, Math.min(length - part * PART_TRANSACTIONS, PART_TRANSACTIONS))
}

const VERSION_KEY: Uint8Array = new TextEncoder().encode('version')
const GENESIS_KEY: Uint8Array = new TextEncoder().encode('genesis')
const SALT_KEY: Uint8Array = new TextEncoder().encode('salt')

/** A block that does not follow the history's head. */
export class HistoryOrderError extends Error {
  override readonly name = 'HistoryOrderError'
  readonly recovery = 'stop'
  readonly code: 'GAP' | 'OTHER_HASH'

  constructor(code: 'GAP' | 'OTHER_HASH', number: bigint, expected: string, received: string) {
    super(
      `Block ${number} does not fit the history (${code}).\n  expected: ${expected}   received: ${received}\n` +
        '  next: delete the history folder; it is built again from the log.',
    )
    this.code = code
  }
}

/** The folder holds the history of another chain or of another format. */
export class HistoryMismatchError extends Error {
  override readonly name = 'HistoryMismatchError'
  readonly recovery = 'stop'

  constructor(what: string, folder: string, found: string, expected: string) {
    super(
      `The history has another ${what}.\n  folder: ${folder}   found: ${found}   expected: ${expected}\n` +
        '  next: give another data folder, or delete this one if its chain is not needed; the log rebuilds it.',
    )
  }
}

/** The database refused a commit. */
export class HistoryWriteError extends Error {
  override readonly name = 'HistoryWriteError'
  readonly recovery = 'stop'

  constructor(folder: string, cause: unknown) {
    super(
      `The history can't be written: ${cause instanceof Error ? cause.message : String(cause)}.\n` +
        `  folder: ${folder}\n  next: make room on the disk, then start again; what is missing comes from the log.`,
      { cause },
    )
  }
}

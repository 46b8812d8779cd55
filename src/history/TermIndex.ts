import { assert, nextTurn } from '../lib/index.ts'
import { HistoryCorruptError } from './errors.ts'
import { type Criterion, inBlocks, matchCriteria } from './LogQuery.ts'
import { blockOf, findInShard, LogRun, partOf, type RunLimits, type Term, writtenShardOf } from './LogRun.ts'
import {
  type HistoryRoot,
  indexedKey,
  numberKey,
  openTable,
  putBatch,
  readNumber,
  type Table,
} from './tables.ts'

/** So many parts and blocks are indexed, and shards written, before others have their turn. */
const PARTS_PER_TURN = 64
const BLOCKS_PER_TURN = 128
const SHARDS_PER_TURN = 16
/** Heads of runs that a search reads at once. */
const HEADS_PER_READ = 256

/** What is indexed: blocks, in parts. */
export type TermSource = {
  readonly firstNumber: bigint | undefined
  readonly headNumber: bigint | undefined
  /** Of each part of a block that is there its terms, none at all if no part has one: high and low of their SaltedHash in turn. */
  termsOf(number: bigint): Iterable<Uint32Array>
}

/** A run in the database. `shardBits` undefined: a single block, with too many terms to be indexed. */
type RunHead = { first: bigint; last: bigint; shardBits: number | undefined }

/** Blocks `first`..`last` and which of their parts may match; `places` undefined: the index does not tell. */
export type SearchedBlocks = {
  first: bigint
  last: bigint
  places: { number: bigint; part: number }[] | undefined
}

/**
 * Which parts of blocks have a term: logs with an address, or with a topic at a position, a transaction with a hash, a change of
 * an account or slot.
 *
 * Blocks are gathered in memory, in one run of bounded size; a full run is written in shards, by ranges of the terms'
 * hashes, and never changed again. So the database only grows at its end, and a search reads one shard a run and term.
 * Everything happens behind: blocks that are not indexed yet are searched by reading them, and after a start the run
 * that was in memory is made again of the blocks.
 *
 * Tables of an index named `x` (integers in keys big-endian): `xRuns` u64 last block → RunHead · `xShards` u64 first
 * block, u32 shard → LogRun.encodeShard.
 *
 * Oracle: a look at every log of every block, LogIndex.test.ts.
 */
export class TermIndex {
  readonly #runs: Table
  readonly #shards: Table
  readonly #root: HistoryRoot
  readonly #folder: string
  readonly #source: TermSource
  readonly #run: LogRun
  /** First block of the run in memory, undefined before the first block. */
  #first: bigint | undefined
  /** Newest block that is wholly indexed. */
  #indexed: bigint | undefined
  #isClosed = false
  /** How often blocks were given up: work under way then ends. */
  #cuts = 0

  constructor(
    root: HistoryRoot,
    options: {
      name: string
      folder: string
      source: TermSource
      limits: RunLimits
    },
  ) {
    this.#root = root
    this.#run = new LogRun(options.limits)
    this.#runs = openTable(root, `${options.name}Runs`)
    this.#shards = openTable(root, `${options.name}Shards`)
    this.#folder = options.folder
    this.#source = options.source
    for (const { key } of this.#runs.getRange({ limit: 1, reverse: true })) this.#indexed = readNumber(key)
  }

  /** Newest block that is wholly indexed, undefined if there is none. */
  get indexedNumber(): bigint | undefined {
    return this.#indexed
  }

  /** Indexes what the source has, and ends when that is done. */
  async work(): Promise<void> {
    let blocks = 0
    const cuts = this.#cuts
    while (!this.#isClosed && cuts === this.#cuts) {
      const number = this.#indexed === undefined ? this.#source.firstNumber : this.#indexed + 1n
      if (number === undefined || number > this.#source.headNumber!) return
      if (this.#indexed === undefined) this.#first = number
      this.#first ??= number
      const hasRoom = await this.#addBlock(number)
      if (cuts !== this.#cuts) return
      if (!hasRoom) await this.#makeRoom(number)
      else {
        this.#indexed = number
        if (number - this.#first + 1n === BigInt(this.#run.limits.blocks)) await this.#writeRun(number)
      }
      if (++blocks % BLOCKS_PER_TURN === 0) await nextTurn()
    }
  }

  close(): void {
    this.#isClosed = true
  }

  /**
   * The blocks above `number` are given up: what the index knows of them is not found any more. Of the database it is
   * removed by {@link removals}, before there is work again.
   */
  cut(number: bigint): void {
    this.#cuts++
    const first = this.#first ?? (this.#indexed === undefined ? undefined : this.#indexed + 1n)
    if (first === undefined) return
    this.#first = first
    if (number >= first - 1n) {
      if (this.#indexed !== undefined && this.#indexed > number) this.#indexed = number
      this.#run.truncateBehind(Number((this.#indexed ?? first - 1n) - first))
      return
    }
    this.#run.truncate(0)
    const [oldest] = this.#headsOf(this.#runs.getRange({ start: numberKey(number + 1n), limit: 1 }))
    this.#first = oldest?.first ?? first
    this.#indexed = this.#first - 1n
  }

  /** As {@link cut} of all blocks; the next may have any number. */
  clear(): void {
    this.#cuts++
    this.#run.truncate(0)
    this.#first = 0n
    this.#indexed = undefined
  }

  /** Removes the written runs that a cut has left without blocks, a run a step, the newest first: none is left out in between. */
  *removals(): Generator<void, void> {
    if (this.#first === undefined) return
    const runs = [...this.#runs.getRange({ start: numberKey(this.#first) })]
    for (const run of runs.reverse()) {
      this.#removeRun(run)
      yield
    }
  }

  /** Searches blocks `from`..`to`, which the source has, in order and in steps of one run. */
  *search(criteria: readonly Criterion[], from: bigint, to: bigint): Generator<SearchedBlocks, void> {
    let next = from
    while (next <= to) {
      let head: RunHead | undefined
      for (head of this.#headsFrom(next)) {
        const last = head.last < to ? head.last : to
        yield this.#searchRun(head, criteria, next, last)
        next = last + 1n
        if (next > to) return
      }
      const isInMemory = this.#indexed !== undefined && next <= this.#indexed
      // A run that was written since its head was looked for is found in the next round.
      if (isInMemory && next < this.#first!) continue
      const last = isInMemory && this.#indexed! < to ? this.#indexed! : to
      yield isInMemory ? this.#searchMemory(criteria, next, last) : { first: next, last, places: undefined }
      next = last + 1n
    }
  }

  /** As {@link search}, over all blocks up to `to`, newest first. To be read without a pause. */
  *searchBack(criteria: readonly Criterion[], to: bigint): Generator<SearchedBlocks, void> {
    const { firstNumber } = this.#source
    if (firstNumber === undefined) return
    const indexed = this.#indexed ?? firstNumber - 1n
    if (to > indexed) yield { first: indexed + 1n, last: to, places: undefined }
    let next = indexed
    if (this.#first !== undefined && this.#first <= indexed) {
      yield this.#searchMemory(criteria, this.#first, indexed)
      next = this.#first - 1n
    }
    while (next >= firstNumber) {
      const heads = this.#headsBackFrom(next)
      for (const head of heads) yield this.#searchRun(head, criteria, head.first, head.last)
      const oldest = heads.at(-1)
      if (oldest === undefined) return
      next = oldest.first - 1n
    }
  }

  /** Removes the oldest written run if it ends before a block; in a batch. */
  removeRunBefore(number: bigint): void {
    if (number <= 0n) return
    for (const run of [...this.#runs.getRange({ end: numberKey(number), limit: 1 })]) this.#removeRun(run)
  }

  #removeRun(run: { key: Uint8Array; value: Uint8Array }): void {
    const { first, shardBits } = readHead(run)
    this.#runs.remove(run.key)
    for (let shard = 0; shard < 1 << (shardBits ?? 0); shard++)
      this.#shards.remove(indexedKey(numberKey(first), shard))
  }

  /** False if it does not fit in the run: then nothing of it is there. */
  async #addBlock(number: bigint): Promise<boolean> {
    const block = Number(number - this.#first!)
    const mark = this.#run.count
    let partIndex = 0
    const cuts = this.#cuts
    for (const terms of this.#source.termsOf(number)) {
      if (!this.#run.addAll(terms, block, partIndex)) {
        this.#run.truncate(mark)
        return false
      }
      if (++partIndex % PARTS_PER_TURN === 0) await nextTurn()
      if (cuts !== this.#cuts) return false
    }
    return true
  }

  /** Before `number`, which does not fit: the run is written; if that is empty, the block is left out of the index. */
  async #makeRoom(number: bigint): Promise<void> {
    if (number > this.#first!) return this.#writeRun(number - 1n)
    const cuts = this.#cuts
    await putBatch(this.#root, () => this.#putHead({ first: number, last: number, shardBits: undefined }))
    if (cuts !== this.#cuts) return
    this.#indexed = number
    this.#first = number + 1n
  }

  /** Writes the run, whose last block is `last`, and begins the next. */
  async #writeRun(last: bigint): Promise<void> {
    const first = this.#first!
    const { shardBits } = this.#run
    const cuts = this.#cuts
    for (let from = 0; from < 1 << shardBits; from += SHARDS_PER_TURN) {
      if (this.#isClosed || cuts !== this.#cuts) return
      await putBatch(this.#root, () => {
        const end = Math.min(from + SHARDS_PER_TURN, 1 << shardBits)
        for (let shard = from; shard < end; shard++) {
          const bytes = this.#run.encodeShard(shard, shardBits)
          const key = indexedKey(numberKey(first), shard)
          // A run that was given up while it was written may have left something.
          if (bytes.length > 0) this.#shards.put(key, bytes)
          else this.#shards.remove(key)
        }
      })
      await nextTurn()
    }
    if (cuts !== this.#cuts) return
    // The head is what makes a run be there.
    await putBatch(this.#root, () => this.#putHead({ first, last, shardBits }))
    if (cuts !== this.#cuts) return
    this.#run.truncate(0)
    this.#first = last + 1n
  }

  #putHead({ first, last, shardBits }: RunHead): void {
    const value = new Uint8Array(9)
    value.set(numberKey(first))
    value[8] = shardBits ?? NOT_INDEXED
    this.#runs.put(numberKey(last), value)
  }

  /** The first written runs that end at a block or later. */
  #headsFrom(number: bigint): RunHead[] {
    return this.#headsOf(this.#runs.getRange({ start: numberKey(number), limit: HEADS_PER_READ }))
  }

  /** Without runs that a cut has left without blocks. */
  #headsOf(range: Iterable<{ key: Uint8Array; value: Uint8Array }>): RunHead[] {
    const first = this.#first
    return [...range].map(readHead).filter((head) => first === undefined || head.first < first)
  }

  /** The last written runs that end at a block or before, newest first. */
  #headsBackFrom(number: bigint): RunHead[] {
    const range = this.#runs.getRange({ start: numberKey(number), limit: HEADS_PER_READ, reverse: true })
    return [...range].map(readHead)
  }

  #searchRun(
    { first, shardBits }: RunHead,
    criteria: readonly Criterion[],
    from: bigint,
    to: bigint,
  ): SearchedBlocks {
    if (shardBits === undefined) return { first: from, last: to, places: undefined }
    const find = (term: Term): number[] => {
      const bytes = this.#shards.getBinaryFast(indexedKey(numberKey(first), writtenShardOf(term, shardBits)))
      if (bytes === undefined) return []
      if (bytes.length % 12 !== 0) throw new HistoryCorruptError(this.#folder, first)
      return findInShard(bytes, term)
    }
    return searched(first, matchCriteria(criteria, find), from, to)
  }

  #searchMemory(criteria: readonly Criterion[], from: bigint, to: bigint): SearchedBlocks {
    const matched = matchCriteria(criteria, (term) => this.#run.find(term))
    return searched(this.#first!, matched, from, to)
  }
}

const NOT_INDEXED = 0xff

function readHead({ key, value }: { key: Uint8Array; value: Uint8Array }): RunHead {
  const shardBits = value[8]!
  return {
    first: readNumber(value),
    last: readNumber(key),
    shardBits: shardBits === NOT_INDEXED ? undefined : shardBits,
  }
}

function searched(runFirst: bigint, positions: number[], first: bigint, last: bigint): SearchedBlocks {
  assert(runFirst <= first, 'a run begins where the one before ends')
  const inRange = inBlocks(positions, Number(first - runFirst), Number(last - runFirst))
  const places = inRange.map((position) => ({
    number: runFirst + BigInt(blockOf(position)),
    part: partOf(position),
  }))
  return { first, last, places }
}

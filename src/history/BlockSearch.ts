import { bytesToHex, LruMap, WeightedCache } from '../lib/index.ts'
import { decodeHeader, type ExecutedTransactions } from '../protocol/index.ts'
import { type BlockTables, bloomOf, EMPTY_BLOOM } from './BlockTables.ts'
import { HistoryCorruptError } from './errors.ts'
import { bloomMayMatch, criteriaOf, type LogQuery } from './LogQuery.ts'
import { termOf } from './LogRun.ts'
import type { RecentBlocks, TransactionLocation } from './RecentBlocks.ts'
import type { SaltedHash } from './SaltedHash.ts'
import { PART_TRANSACTIONS, partsOf, type TransactionPart } from './SealedBlockRecord.ts'
import type { SearchedBlocks, TermIndex } from './TermIndex.ts'
import { HASH_TERM } from './terms.ts'

/** Blocks that a search passes over in one step. */
const BLOCKS_PER_STEP = 256
/** Bytes of parts of blocks that are kept because a search has found them. */
const FOUND_PARTS_BYTES = 16 * 1024 * 1024
/** What each takes besides its transactions, about. */
const BYTES_PER_PART = 2048
/** Transactions whose place is remembered once it was looked up, about 200 bytes each. */
const REMEMBERED_LOCATIONS = 16_384

/** Some transactions that follow one another in a sealed block. */
export type BlockPart = TransactionPart & { number: bigint; hash: Uint8Array; timestamp: bigint }

/** Where blocks are: in the database and its indexes, and in memory. */
export type SearchedPlaces = {
  folder: string
  tables: BlockTables
  /** Of the indexes' terms. */
  hash: SaltedHash
  logs: Pick<TermIndex<ExecutedTransactions>, 'search'>
  hashes: Pick<TermIndex<ExecutedTransactions>, 'searchBack'>
  uncommitted: RecentBlocks
  /** Committed, and not in both indexes yet. */
  unindexed: RecentBlocks
}

/** Finds logs and transactions of a history: by the indexes, and by looking at the blocks that they don't know yet. */
export class BlockSearch {
  readonly #places: SearchedPlaces
  /** By number and part. What is found once is often asked for again, by others or with the next block. */
  readonly #foundParts = new WeightedCache<string, BlockPart>(
    FOUND_PARTS_BYTES,
    ({ transactions }) => transactions.byteLength + BYTES_PER_PART,
  )
  /** By hash in hexadecimal digits: who waits for a transaction asks for it again and again. */
  readonly #locations = new LruMap<string, TransactionLocation>(REMEMBERED_LOCATIONS)

  constructor(places: SearchedPlaces) {
    this.#places = places
  }

  /** Forgets what was found: blocks are given up. */
  clear(): void {
    this.#locations.clear()
    this.#foundParts.clear()
  }

  /** The parts of blocks `first`..`last`, which are all there, whose logs may match, in order; undefined: a step without any. */
  *findLogs(query: LogQuery, first: bigint, last: bigint): Generator<BlockPart | undefined, void> {
    const criteria = criteriaOf(query, this.#places.hash)
    if (criteria.length === 0) {
      yield* this.#scan(query, first, last)
      return
    }
    for (const blocks of this.#places.logs.search(criteria, first, last)) {
      if (blocks.places === undefined) yield* this.#scan(query, blocks.first, blocks.last)
      else yield* this.#partsAt(blocks.places)
      yield undefined
    }
  }

  /** @param committedNumber - newest block that the database has. */
  locationOf(hash: Uint8Array, committedNumber: bigint | undefined): TransactionLocation | undefined {
    const key = bytesToHex(hash)
    const known = this.#locations.get(key)
    if (known !== undefined) return known
    const { uncommitted, unindexed } = this.#places
    const recent = uncommitted.locationOf(hash) ?? unindexed.locationOf(hash)
    const found = recent ?? this.#committedLocation(hash, committedNumber)
    if (found !== undefined) this.#locations.set(key, found)
    return found
  }

  /** The bloom of a block that is there. */
  bloom(number: bigint): Uint8Array {
    const uncommitted = this.#places.uncommitted.byNumber(number)
    return uncommitted === undefined ? this.#places.tables.bloom(number) : bloomOf(uncommitted.block)
  }

  /** The parts of the blocks whose bloom may match. */
  *#scan(query: LogQuery, first: bigint, last: bigint): Generator<BlockPart | undefined, void> {
    let passed = 0
    for (let number = first; number <= last; number++) {
      const bloom = this.bloom(number)
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
      const found = known ?? { ...this.#openBlock(number).head, ...this.#places.tables.part(number, part) }
      if (known === undefined) this.#foundParts.set(key, found)
      yield found
    }
  }

  #openBlock(number: bigint): {
    head: Omit<BlockPart, keyof TransactionPart>
    parts: Iterable<TransactionPart>
  } {
    const { folder, tables, uncommitted } = this.#places
    const recent = uncommitted.byNumber(number)?.block
    const stored = recent ?? tables.head(number)
    const decoded = stored && decodeHeader(stored.header)
    if (!decoded?.ok) throw new HistoryCorruptError(folder, number)
    const parts = 'transactions' in stored! ? partsOf(stored.transactions) : tables.partsOf(stored!)
    return { head: { number, hash: stored!.hash, timestamp: decoded.header.timestamp }, parts }
  }

  #committedLocation(hash: Uint8Array, committedNumber: bigint | undefined): TransactionLocation | undefined {
    if (committedNumber === undefined) return undefined
    const { hash: salted, hashes, tables } = this.#places
    salted.hash(HASH_TERM, hash, 0, hash.length)
    for (const blocks of hashes.searchBack([[termOf(salted)]], committedNumber)) {
      for (const { number, part } of blocks.places ?? this.#placesIn(blocks)) {
        const { firstIndex, transactions } = tables.part(number, part)
        const index = transactions.indexOf(hash)
        if (index >= 0) return { blockNumber: number, index: firstIndex + index }
      }
    }
    return undefined
  }

  /** All parts of blocks that the index does not know, and that are not in memory. */
  *#placesIn({ first, last }: SearchedBlocks): Generator<{ number: bigint; part: number }, void> {
    const { tables, unindexed } = this.#places
    for (let number = last; number >= first; number--) {
      if (unindexed.byNumber(number) !== undefined) continue
      const parts = Math.ceil((tables.head(number)?.transactionCount ?? 0) / PART_TRANSACTIONS)
      for (let part = 0; part < parts; part++) yield { number, part }
    }
  }
}

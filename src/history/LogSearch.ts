import { WeightedCache } from '../lib/index.ts'
import type { BlockPart, BlockReader } from './BlockReader.ts'
import { type BlockTables, EMPTY_BLOOM } from './BlockTables.ts'
import type { Edges } from './Edges.ts'
import { bloomMayMatch, criteriaOf, type LogQuery } from './LogQuery.ts'
import type { SaltedHash } from './SaltedHash.ts'
import type { TermIndex } from './TermIndex.ts'

/** Blocks that a search passes over in one step. */
const BLOCKS_PER_STEP = 256
/** Bytes of parts of blocks that are kept because a search has found them. */
const FOUND_PARTS_BYTES = 16 * 1024 * 1024
/** What each takes besides its transactions, about. */
const BYTES_PER_PART = 2048

export type LogSearchOptions = {
  hash: SaltedHash
  edges: Edges
  reader: BlockReader
  tables: BlockTables
  logs: TermIndex
}

/** Finds the parts of blocks whose logs may match: by the index, or by the blooms of blocks where it does not tell. */
export class LogSearch {
  readonly #hash: SaltedHash
  readonly #edges: Edges
  readonly #reader: BlockReader
  readonly #tables: BlockTables
  readonly #logs: TermIndex
  /** By number and part. What is found once is often asked for again, by others or with the next block. */
  readonly #foundParts = new WeightedCache<string, BlockPart>(
    FOUND_PARTS_BYTES,
    ({ transactions }) => transactions.byteLength + BYTES_PER_PART,
  )
  /** How often blocks were given up: searches under way then end. */
  #cuts = 0

  constructor({ hash, edges, reader, tables, logs }: LogSearchOptions) {
    this.#hash = hash
    this.#edges = edges
    this.#reader = reader
    this.#tables = tables
    this.#logs = logs
  }

  /** Some blocks are given up. */
  cut(): void {
    this.#cuts++
    this.#foundParts.clear()
  }

  /** See History.findLogs. */
  *find(query: LogQuery, from: bigint, to: bigint): Generator<BlockPart | undefined, void> {
    const cuts = this.#cuts
    const parts = this.#find(query, from, to)
    for (let part = parts.next(); !part.done; part = parts.next()) {
      yield part.value
      if (this.#cuts !== cuts) return
    }
  }

  *#find(query: LogQuery, from: bigint, to: bigint): Generator<BlockPart | undefined, void> {
    const { first: oldest, head: newest } = this.#edges
    if (oldest === undefined || newest === undefined) return
    const first = from < oldest ? oldest : from
    const last = to > newest ? newest : to
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

  /** The parts of the blocks whose bloom may match. */
  *#scan(query: LogQuery, first: bigint, last: bigint): Generator<BlockPart | undefined, void> {
    let passed = 0
    for (let number = first; number <= last; number++) {
      const bloom = this.#reader.bloom(number)
      if (bloom === EMPTY_BLOOM || !bloomMayMatch(bloom, query)) {
        if (++passed % BLOCKS_PER_STEP === 0) yield undefined
        continue
      }
      const { head, parts } = this.#reader.open(number)
      for (const part of parts) yield { ...head, ...part }
    }
  }

  *#partsAt(places: readonly { number: bigint; part: number }[]): Generator<BlockPart, void> {
    for (const { number, part } of places) {
      const key = `${number}/${part}`
      const known = this.#foundParts.get(key)
      const found = known ?? { ...this.#reader.open(number).head, ...this.#tables.part(number, part) }
      if (known === undefined) this.#foundParts.set(key, found)
      yield found
    }
  }
}

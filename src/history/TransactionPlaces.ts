import { bytesToHex, LruMap } from '../lib/index.ts'
import type { BlockTables } from './BlockTables.ts'
import type { Edges } from './Edges.ts'
import { termOf } from './LogRun.ts'
import type { RecentBlocks, TransactionLocation } from './RecentBlocks.ts'
import type { SaltedHash } from './SaltedHash.ts'
import { PART_TRANSACTIONS } from './SealedBlockRecord.ts'
import type { SearchedBlocks, TermIndex } from './TermIndex.ts'
import { HASH_TERM } from './terms.ts'

/** Transactions whose place is remembered once it was looked up, about 200 bytes each. */
const REMEMBERED_LOCATIONS = 16_384

export type TransactionPlacesOptions = {
  hash: SaltedHash
  edges: Edges
  tables: BlockTables
  uncommitted: RecentBlocks
  unindexed: RecentBlocks
  hashes: TermIndex
}

/** In which block a transaction is, and where. */
export class TransactionPlaces {
  readonly #hash: SaltedHash
  readonly #edges: Edges
  readonly #tables: BlockTables
  readonly #uncommitted: RecentBlocks
  readonly #unindexed: RecentBlocks
  readonly #hashes: TermIndex
  /** By hash in hexadecimal digits: who waits for a transaction asks for it again and again. */
  readonly #known = new LruMap<string, TransactionLocation>(REMEMBERED_LOCATIONS)

  constructor(options: TransactionPlacesOptions) {
    this.#hash = options.hash
    this.#edges = options.edges
    this.#tables = options.tables
    this.#uncommitted = options.uncommitted
    this.#unindexed = options.unindexed
    this.#hashes = options.hashes
  }

  /** Some blocks are given up. */
  cut(): void {
    this.#known.clear()
  }

  of(hash: Uint8Array): TransactionLocation | undefined {
    if (hash.length !== 32) return undefined
    const key = bytesToHex(hash)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const recent = this.#uncommitted.locationOf(hash) ?? this.#unindexed.locationOf(hash)
    const found = recent ?? this.#committed(hash)
    if (found !== undefined) this.#known.set(key, found)
    return found
  }

  #committed(hash: Uint8Array): TransactionLocation | undefined {
    if (this.#edges.committed === undefined) return undefined
    this.#hash.hash(HASH_TERM, hash, 0, hash.length)
    for (const blocks of this.#hashes.searchBack([[termOf(this.#hash)]], this.#edges.committed)) {
      for (const { number, part } of blocks.places ?? this.#partsIn(blocks)) {
        const { firstIndex, transactions } = this.#tables.part(number, part)
        const index = transactions.indexOf(hash)
        if (index >= 0) return { blockNumber: number, index: firstIndex + index }
      }
    }
    return undefined
  }

  /** All parts of blocks that the index does not know, and that are not in memory. */
  *#partsIn({ first, last }: SearchedBlocks): Generator<{ number: bigint; part: number }, void> {
    for (let number = last; number >= first; number--) {
      if (this.#unindexed.byNumber(number) !== undefined) continue
      const parts = Math.ceil((this.#tables.head(number)?.transactionCount ?? 0) / PART_TRANSACTIONS)
      for (let part = 0; part < parts; part++) yield { number, part }
    }
  }
}

import { decodeHeader } from '../protocol/index.ts'
import { type BlockTables, bloomOf } from './BlockTables.ts'
import type { Edges } from './Edges.ts'
import { HistoryCorruptError } from './errors.ts'
import type { RecentBlocks } from './RecentBlocks.ts'
import { partsOf, type SealedBlockRecord, type TransactionPart } from './SealedBlockRecord.ts'

/** Some transactions that follow one another in a sealed block. */
export type BlockPart = TransactionPart & { number: bigint; hash: Uint8Array; timestamp: bigint }

export type OpenedBlock = {
  head: Omit<BlockPart, keyof TransactionPart>
  parts: Iterable<TransactionPart>
}

/** Blocks wherever they are: in memory until they are committed, then in the database. */
export class BlockReader {
  readonly #folder: string
  readonly #edges: Edges
  readonly #uncommitted: RecentBlocks
  readonly #tables: BlockTables

  constructor(options: { folder: string; edges: Edges; uncommitted: RecentBlocks; tables: BlockTables }) {
    this.#folder = options.folder
    this.#edges = options.edges
    this.#uncommitted = options.uncommitted
    this.#tables = options.tables
  }

  block(number: bigint): SealedBlockRecord | undefined {
    if (!this.#edges.has(number)) return undefined
    return this.#uncommitted.byNumber(number)?.block ?? this.#tables.block(number)
  }

  hash(number: bigint): Uint8Array | undefined {
    if (!this.#edges.has(number)) return undefined
    return this.#uncommitted.byNumber(number)?.block.hash ?? this.#tables.head(number)?.hash
  }

  numberOf(hash: Uint8Array): bigint | undefined {
    if (hash.length !== 32) return undefined
    const recent = this.#uncommitted.numberOf(hash)
    if (recent !== undefined) return recent
    const number = this.#tables.numberByHash(hash)
    return number !== undefined && number <= (this.#edges.committed ?? -1n) ? number : undefined
  }

  /** EMPTY_BLOOM itself if it is empty. A view of a buffer that the next read may overwrite. */
  bloom(number: bigint): Uint8Array {
    const uncommitted = this.#uncommitted.byNumber(number)
    return uncommitted === undefined ? this.#tables.bloom(number) : bloomOf(uncommitted.block)
  }

  /** @throws HistoryCorruptError if the block is not there. */
  open(number: bigint): OpenedBlock {
    const uncommitted = this.#uncommitted.byNumber(number)?.block
    const stored = uncommitted ?? this.#tables.head(number)
    const decoded = stored && decodeHeader(stored.header)
    if (!decoded?.ok) throw new HistoryCorruptError(this.#folder, number)
    const parts = 'transactions' in stored! ? partsOf(stored.transactions) : this.#tables.partsOf(stored!)
    return { head: { number, hash: stored!.hash, timestamp: decoded.header.timestamp }, parts }
  }
}

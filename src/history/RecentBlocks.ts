import { bytesToHex } from '../lib/index.ts'
import type { ReverseDiff } from './ReverseDiff.ts'
import type { SealedBlockRecord } from './SealedBlockRecord.ts'

export type TransactionLocation = { blockNumber: bigint; index: number }

/**
 * `undo` undefined: the values before the block are not kept. `terms`: by part what the indexes take of it, see
 * transactionTerms, all of them once the block is committed.
 */
export type RecentBlock = { block: SealedBlockRecord; undo: ReverseDiff | undefined; terms: Uint32Array[] }

/** Some of the newest blocks, readable from here until they are to be read from the database. */
export class RecentBlocks {
  readonly #blocks = new Map<bigint, RecentBlock>()
  readonly #numbers = new Map<string, bigint>()
  /** Of transactions and reverse diffs held. */
  bytes = 0

  get count(): number {
    return this.#blocks.size
  }

  add(added: RecentBlock): void {
    const { block } = added
    this.#blocks.set(block.number, added)
    this.#numbers.set(bytesToHex(block.hash), block.number)
    this.bytes += bytesOf(added)
  }

  remove(removed: RecentBlock): void {
    const { block } = removed
    if (!this.#blocks.delete(block.number)) return
    this.#numbers.delete(bytesToHex(block.hash))
    this.bytes -= bytesOf(removed)
  }

  removeAfter(number: bigint): void {
    for (const each of this.all()) if (each.block.number > number) this.remove(each)
  }

  byNumber(number: bigint): RecentBlock | undefined {
    return this.#blocks.get(number)
  }

  numberOf(hash: Uint8Array): bigint | undefined {
    return this.#numbers.get(bytesToHex(hash))
  }

  locationOf(transactionHash: Uint8Array): TransactionLocation | undefined {
    for (const { block } of this.#blocks.values()) {
      const index = block.transactions.indexOf(transactionHash)
      if (index >= 0) return { blockNumber: block.number, index }
    }
    return undefined
  }

  /** The one with the lowest number. */
  get oldest(): RecentBlock | undefined {
    return this.#blocks.values().next().value
  }

  /** In order of number. */
  all(): RecentBlock[] {
    return [...this.#blocks.values()]
  }
}

/** What it takes of memory, about. */
export function bytesOf({ block, undo }: RecentBlock): number {
  return block.header.length + block.transactions.byteLength + (undo?.bytes ?? 0)
}

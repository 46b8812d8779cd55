import { bytesToHex, equalBytes } from '../lib/index.ts'
import type { ReverseDiff } from './ReverseDiff.ts'
import type { SealedBlockRecord } from './SealedBlockRecord.ts'

export type TransactionLocation = { blockNumber: bigint; index: number }

/** `undo` undefined: the values before the block are not kept. */
export type UncommittedBlock = { block: SealedBlockRecord; undo: ReverseDiff | undefined }

/** The newest blocks, readable from here until the database has committed them. */
export class UncommittedBlocks {
  readonly #blocks = new Map<bigint, UncommittedBlock>()
  readonly #numbers = new Map<string, bigint>()
  /** Raw transactions, receipts and reverse diffs held. */
  bytes = 0

  get count(): number {
    return this.#blocks.size
  }

  add(added: UncommittedBlock): void {
    const { block } = added
    this.#blocks.set(block.number, added)
    this.#numbers.set(bytesToHex(block.hash), block.number)
    this.bytes += bytesOf(added)
  }

  remove(removed: UncommittedBlock): void {
    const { block } = removed
    if (!this.#blocks.delete(block.number)) return
    this.#numbers.delete(bytesToHex(block.hash))
    this.bytes -= bytesOf(removed)
  }

  byNumber(number: bigint): UncommittedBlock | undefined {
    return this.#blocks.get(number)
  }

  numberOf(hash: Uint8Array): bigint | undefined {
    return this.#numbers.get(bytesToHex(hash))
  }

  /** Looks through all transactions: they are here for a moment only, and an index would cost more than it saves. */
  locationOf(transactionHash: Uint8Array): TransactionLocation | undefined {
    for (const { block } of this.#blocks.values()) {
      const index = block.transactions.findIndex(({ hash }) => equalBytes(hash, transactionHash))
      if (index >= 0) return { blockNumber: block.number, index }
    }
    return undefined
  }

  /** In order of number. */
  all(): UncommittedBlock[] {
    return [...this.#blocks.values()]
  }
}

function bytesOf({ block, undo }: UncommittedBlock): number {
  let bytes = block.header.length + (undo?.bytes ?? 0)
  for (const { raw, receipt } of block.transactions) bytes += raw.length + receipt.length
  return bytes
}

import { bytesToHex } from '../lib/index.ts'
import type { ReverseDiff } from './ReverseDiff.ts'
import type { SealedBlockRecord } from './SealedBlockRecord.ts'

export type TransactionLocation = { blockNumber: bigint; index: number }

/** `undo` undefined: the values before the block are not kept. */
export type UncommittedBlock = { block: SealedBlockRecord; undo: ReverseDiff | undefined }

/** The newest blocks, readable from here until the database has committed them. */
export class UncommittedBlocks {
  readonly #blocks = new Map<bigint, UncommittedBlock>()
  readonly #numbers = new Map<string, bigint>()
  readonly #locations = new Map<string, TransactionLocation>()
  /** Raw transactions, receipts and reverse diffs held. */
  bytes = 0

  get count(): number {
    return this.#blocks.size
  }

  add(added: UncommittedBlock): void {
    const { block } = added
    this.#blocks.set(block.number, added)
    this.#numbers.set(bytesToHex(block.hash), block.number)
    for (const [index, { hash }] of block.transactions.entries()) {
      this.#locations.set(bytesToHex(hash), { blockNumber: block.number, index })
    }
    this.bytes += bytesOf(added)
  }

  remove(removed: UncommittedBlock): void {
    const { block } = removed
    if (!this.#blocks.delete(block.number)) return
    this.#numbers.delete(bytesToHex(block.hash))
    for (const { hash } of block.transactions) this.#locations.delete(bytesToHex(hash))
    this.bytes -= bytesOf(removed)
  }

  byNumber(number: bigint): UncommittedBlock | undefined {
    return this.#blocks.get(number)
  }

  numberOf(hash: Uint8Array): bigint | undefined {
    return this.#numbers.get(bytesToHex(hash))
  }

  locationOf(transactionHash: Uint8Array): TransactionLocation | undefined {
    return this.#locations.get(bytesToHex(transactionHash))
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

import { bytesToHex } from '../lib/index.ts'
import type { SealedBlockRecord } from './SealedBlockRecord.ts'

export type TransactionLocation = { blockNumber: bigint; index: number }

/** The newest blocks, readable from here until the database has committed them. */
export class UncommittedBlocks {
  readonly #blocks = new Map<bigint, SealedBlockRecord>()
  readonly #numbers = new Map<string, bigint>()
  readonly #locations = new Map<string, TransactionLocation>()
  /** Raw transactions and receipts held. */
  bytes = 0

  get count(): number {
    return this.#blocks.size
  }

  add(block: SealedBlockRecord): void {
    this.#blocks.set(block.number, block)
    this.#numbers.set(bytesToHex(block.hash), block.number)
    for (const [index, { hash }] of block.transactions.entries()) {
      this.#locations.set(bytesToHex(hash), { blockNumber: block.number, index })
    }
    this.bytes += bytesOf(block)
  }

  remove(block: SealedBlockRecord): void {
    if (!this.#blocks.delete(block.number)) return
    this.#numbers.delete(bytesToHex(block.hash))
    for (const { hash } of block.transactions) this.#locations.delete(bytesToHex(hash))
    this.bytes -= bytesOf(block)
  }

  byNumber(number: bigint): SealedBlockRecord | undefined {
    return this.#blocks.get(number)
  }

  numberOf(hash: Uint8Array): bigint | undefined {
    return this.#numbers.get(bytesToHex(hash))
  }

  locationOf(transactionHash: Uint8Array): TransactionLocation | undefined {
    return this.#locations.get(bytesToHex(transactionHash))
  }

  /** In order of number. */
  all(): SealedBlockRecord[] {
    return [...this.#blocks.values()]
  }
}

function bytesOf(block: SealedBlockRecord): number {
  let bytes = block.header.length
  for (const { raw, receipt } of block.transactions) bytes += raw.length + receipt.length
  return bytes
}

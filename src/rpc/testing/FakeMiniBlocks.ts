import { encodeStateDiff, type StateDiff } from '../../protocol/index.ts'
import { hexData } from '../format.ts'
import {
  type AccountFields,
  MiniBlockPrunedError,
  type MiniBlockView,
  type OpenMiniBlock,
  type ViewChunk,
  type ViewHead,
  type ViewMiniBlock,
} from '../MiniBlockView.ts'
import type { ViewBlock } from '../ViewBlock.ts'

/** Mini-blocks in memory; tests may forget the oldest, and be told between two that are read. */
export class FakeMiniBlocks implements MiniBlockView {
  sealed: ViewMiniBlock[] = []
  oldest = 1n
  readonly fields: Map<string, AccountFields> = new Map()
  /** Called before each one that is read. */
  beforeEach: () => Promise<void> | void = () => {}
  #block: ViewBlock | undefined
  #first = 0
  #count = 0
  #indexInBlock = 0
  #chunks: ViewChunk[] = []
  #heads: ViewHead[] = []

  get newest(): bigint {
    return BigInt(this.sealed.length)
  }

  get open(): OpenMiniBlock {
    return {
      ...{ number: this.newest + 1n, block: this.#block, heads: this.#heads },
      ...{ firstTransactionIndex: this.#first, transactionCount: this.#count },
    }
  }

  async *read(from: bigint): AsyncGenerator<ViewMiniBlock, void> {
    if (from < this.oldest) throw new MiniBlockPrunedError(this.oldest)
    for (let next = from; next <= this.newest; next++) {
      await this.beforeEach()
      yield this.sealed[Number(next) - 1]!
    }
  }

  numberOf(blockNumber: bigint, index: number): bigint | undefined {
    return [...this.sealed, this.open].find(
      ({ block, firstTransactionIndex: first, transactionCount: count }) =>
        block?.number === blockNumber && index >= first && index < first + count,
    )?.number
  }

  fieldsNow(address: Uint8Array): AccountFields {
    return this.fields.get(hexData(address)) ?? { nonce: 0n, balance: 0n }
  }

  /** A transaction was executed in a block. */
  executed(block: ViewBlock, index: number, diff: StateDiff): void {
    if (this.#block !== block) {
      this.#first = 0
      this.#indexInBlock = 0
    }
    this.#block = block
    this.#chunks.push({ firstTransactionIndex: index, transactionCount: 1, diff: encodeStateDiff(diff) })
    this.#count++
  }

  head(head: ViewHead): void {
    this.#heads.push(head)
  }

  seal(): ViewMiniBlock {
    const number = this.newest + 1n
    const miniBlock: ViewMiniBlock = {
      ...this.open,
      block: this.#block!,
      blockNumber: this.#block!.number,
      indexInBlock: this.#indexInBlock++,
      timestampUs: 1_700_000_000_000_000n + number,
      gasUsed: 21_000n * BigInt(this.#count),
      digest: new Uint8Array(32).fill(Number(number)),
      parentDigest: new Uint8Array(32).fill(Number(number) - 1),
      chunks: this.#chunks,
    }
    this.#first += this.#count
    this.#count = 0
    this.#chunks = []
    this.#heads = []
    this.sealed.push(miniBlock)
    return miniBlock
  }
}

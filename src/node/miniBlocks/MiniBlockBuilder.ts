import type { Chunk, Rewind, SealMiniBlock } from '../../feed/index.ts'
import type { OpenMiniBlock, ViewBlock, ViewChunk, ViewHead, ViewMiniBlock } from '../../rpc/index.ts'

type SealedFields = Pick<
  SealMiniBlock,
  'number' | 'timestampUs' | 'blockNumber' | 'indexInBlock' | 'gasUsed' | 'digest' | 'parentDigest'
>

/** Gathers the records of a mini-block as they follow one another in the log. */
export class MiniBlockBuilder {
  #number: bigint
  #block: ViewBlock | undefined
  /** Of the EVM block, in the mini-blocks before. */
  #transactionsBefore = 0
  #transactionCount = 0
  #chunks: ViewChunk[] = []
  #heads: ViewHead[] = []

  /** @param number - of the mini-block that comes first. */
  constructor(number: bigint) {
    this.#number = number
  }

  openBlock(block: ViewBlock): void {
    this.#block = block
    this.#transactionsBefore = 0
  }

  closeBlock(): void {
    this.#block = undefined
  }

  /** @param chunk - its bytes are kept. */
  chunk({
    firstTransactionIndex,
    transactions,
    diff,
  }: Pick<Chunk, 'firstTransactionIndex' | 'diff'> & { transactions: { length: number } }): void {
    this.#chunks.push({ firstTransactionIndex, transactionCount: transactions.length, diff })
    this.#transactionCount += transactions.length
  }

  /** A block's header is known. */
  head(head: ViewHead): void {
    this.#heads.push(head)
  }

  /** What there is of the mini-block so far. */
  get open(): OpenMiniBlock {
    return {
      number: this.#number,
      block: this.#block,
      firstTransactionIndex: this.#transactionsBefore,
      transactionCount: this.#transactionCount,
      heads: this.#heads,
    }
  }

  /** @param block - that is the newest again. */
  rewind(rewind: Rewind, block: ViewBlock): ViewMiniBlock {
    const { number, timestampUs, miniBlockCount, digest, parentDigest, diff } = rewind
    this.#block = block
    this.#transactionsBefore = 0
    this.chunk({ firstTransactionIndex: 0, transactions: { length: 0 }, diff })
    this.head({ block, miniBlockCount })
    const place = { number, timestampUs, blockNumber: block.number, indexInBlock: miniBlockCount }
    const miniBlock = this.seal({ ...place, gasUsed: 0n, digest, parentDigest }, block)
    this.#block = undefined
    return { ...miniBlock, rewindTo: rewind.blockNumber }
  }

  /** @param block - that it is in. */
  seal(seal: SealedFields, block: ViewBlock): ViewMiniBlock {
    const { number, timestampUs, blockNumber, indexInBlock, gasUsed, digest, parentDigest } = seal
    const miniBlock = {
      ...this.open,
      ...{ number, timestampUs, blockNumber, block, indexInBlock, gasUsed, digest, parentDigest },
      chunks: this.#chunks,
    }
    this.#number = number + 1n
    this.#transactionsBefore += this.#transactionCount
    this.#transactionCount = 0
    this.#chunks = []
    this.#heads = []
    return miniBlock
  }
}

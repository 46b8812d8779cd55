import type { ViewBlock } from './ViewBlock.ts'

/** Mini-blocks by number, from the newest back to the oldest that the log has. Numbers have no gaps. */
export interface MiniBlockView {
  /** Number of the newest sealed one; 0 before the chain's first. */
  readonly newest: bigint
  /** What has been executed since it was sealed. */
  readonly open: OpenMiniBlock
  /**
   * Those from `from` on, in order, up to the newest at the end of reading; none if `from` is newer. It reads at the
   * pace at which it is asked, and never holds more than the EVM block that it is in.
   *
   * @throws MiniBlockPrunedError if the log no longer has them.
   */
  read(from: bigint): AsyncIterable<ViewMiniBlock>
  /** The mini-block of the transaction at `index` of a block; undefined if that is long ago. */
  numberOf(blockNumber: bigint, index: number): bigint | undefined
  /** Of an account now, zero where there is none: after the newest, while that is being told. */
  fieldsNow(address: Uint8Array): AccountFields
}

export type AccountFields = { nonce: bigint; balance: bigint }

/** A part of an EVM block that was executed, written and can be read: a mini-block, or what will be one. */
export type OpenMiniBlock = {
  number: bigint
  /** Undefined between two EVM blocks: then nothing has been executed. */
  block: ViewBlock | undefined
  firstTransactionIndex: number
  transactionCount: number
  /** EVM blocks whose headers were sealed meanwhile; not the one that it is in. */
  heads: readonly ViewHead[]
}

export type ViewMiniBlock = OpenMiniBlock & {
  block: ViewBlock
  timestampUs: bigint
  blockNumber: bigint
  indexInBlock: number
  gasUsed: bigint
  digest: Uint8Array
  parentDigest: Uint8Array
  /** What it changed, in order. */
  chunks: readonly ViewChunk[]
  /** All blocks above this one are given up, and it ends with its block. */
  rewindTo?: bigint
}

/** A sealed block, and how many mini-blocks it has. */
export type ViewHead = { block: ViewBlock; miniBlockCount: number }

/** One execution step: transactions that were executed together, and what they changed. */
export type ViewChunk = {
  /** Index in the EVM block of the first. */
  firstTransactionIndex: number
  /** 0: the protocol's own change. */
  transactionCount: number
  /** Encoded state diff, see protocol/StateDiff.ts. */
  diff: Uint8Array
}

/** Mini-blocks were asked for that are not kept any more. */
export class MiniBlockPrunedError extends Error {
  override readonly name = 'MiniBlockPrunedError'
  /** Number of the oldest that is. */
  readonly oldest: bigint

  constructor(oldest: bigint) {
    super(`mini-blocks before ${oldest} are not kept`)
    this.oldest = oldest
  }
}

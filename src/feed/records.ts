import type { ExecutedTransactions } from '../protocol/index.ts'

/**
 * The records of the log, in the order in which the sequencer writes them (see docs/architecture.md):
 *
 *     openBlock+, (chunk | sealMiniBlock)*, closeBlock    one EVM block
 *     sealHeader                                          anywhere after its closeBlock, in order of block number
 *     rewind                                              once every closed block has its header
 *
 * A chunk is the unit that is executed, written and acknowledged; a mini-block is the chunks since the mini-block
 * before, numbered and bound to its parent by digest; an EVM block is the mini-blocks since the EVM block before. A
 * rewind is a mini-block of its own, outside of any EVM block.
 */
export type LogRecord = OpenBlock | Chunk | SealMiniBlock | CloseBlock | SealHeader | Rewind

/**
 * Opens an EVM block. Header fields that are known before execution. As long as the block has no transactions, and between
 * two mini-blocks, it may come again with other fields: a developer's chain may have state written into a block long
 * before its first transaction, whose time becomes the block's.
 */
export type OpenBlock = {
  kind: 'openBlock'
  number: bigint
  /** Unix seconds. */
  timestamp: bigint
  coinbase: Uint8Array
  gasLimit: bigint
  baseFeePerGas: bigint
  prevRandao: Uint8Array
  excessBlobGas: bigint
  parentBeaconBlockRoot: Uint8Array
}

/** One execution step: some transactions, or (with none) a change that the protocol makes itself. */
export type Chunk = {
  kind: 'chunk'
  /** The mini-block that it will belong to. */
  miniBlockNumber: bigint
  /** Index in the EVM block of the first transaction. */
  firstTransactionIndex: number
  transactions: ExecutedTransactions
  /** Encoded state diff, see protocol/StateDiff.ts. */
  diff: Uint8Array
}

export type SealMiniBlock = {
  kind: 'sealMiniBlock'
  number: bigint
  /** Which sequencer term wrote it. */
  epoch: bigint
  /** Unix microseconds. */
  timestampUs: bigint
  blockNumber: bigint
  /** Position in its EVM block, from 0. */
  indexInBlock: number
  transactionCount: number
  gasUsed: bigint
  parentDigest: Uint8Array
  /** sha256(parentDigest ‖ this record's other fields ‖ sha256 of each chunk's payload in order). */
  digest: Uint8Array
}

/** Closes an EVM block: nothing more is executed in it. */
export type CloseBlock = {
  kind: 'closeBlock'
  number: bigint
  gasUsed: bigint
  blobGasUsed: bigint
  /** EIP-7685 requests, type byte first, without the empty ones. */
  requests: Uint8Array[]
}

/** The finished header, appended once the state root is known. */
export type SealHeader = { kind: 'sealHeader'; number: bigint; header: Uint8Array }

/**
 * Goes back: all blocks above one are given up, the open one too. On top of it blocks of another chain may be taken over,
 * without being executed; then the first of them may have any number. Mini-blocks count on.
 */
export type Rewind = {
  kind: 'rewind'
  /** Of the mini-block that it is. */
  number: bigint
  epoch: bigint
  /** Unix microseconds. */
  timestampUs: bigint
  /** The block that is the newest again; or the one before the first that is taken over. */
  blockNumber: bigint
  /** Blocks that are taken over. */
  adoptedCount: number
  /** Mini-blocks in the newest block; 0 if it was taken over. */
  miniBlockCount: number
  /** Of the newest block then, as RLP. */
  header: Uint8Array
  /** Of that block and its ancestors, oldest first, as many as BLOCKHASH may ask for: `n * 32`. */
  hashes: Uint8Array
  /** Encoded state diff that leads from the state before this record to that after that block. */
  diff: Uint8Array
  /** Blocks that are taken over, see adoptedBlocks.ts. */
  adopted: Uint8Array
  parentDigest: Uint8Array
  /** sha256 of this record's payload up to here. */
  digest: Uint8Array
}

import { bytesToHex, equalBytes } from '../lib/index.ts'
import { newestAfter } from './adoptedBlocks.ts'
import { chunkDigest, miniBlockDigest, rewindDigest } from './miniBlockDigest.ts'
import type { Chunk, CloseBlock, LogRecord, OpenBlock, Rewind, SealHeader, SealMiniBlock } from './records.ts'

/** Where a log or a part of it begins: between two EVM blocks. */
export type LogOrderStart = {
  /** Number of the first EVM block to be opened. */
  blockNumber: bigint
  /** Number of the first header to be sealed; `blockNumber` or less. */
  headerNumber: bigint
  /** Number of the first mini-block. */
  miniBlockNumber: bigint
  /** Digest of the mini-block before; a chain's first one names the genesis hash. */
  parentDigest: Uint8Array
}

/**
 * Checks that records follow each other as records.ts says: numbers without gaps, chunks and mini-blocks inside their
 * block, digests chained and right. Every follower of a log that it did not write passes its records through this.
 */
export class LogOrder {
  #nextBlock: bigint
  #nextHeader: bigint
  #nextMiniBlock: bigint
  #parentDigest: Uint8Array
  /** Number of the block that is open. */
  #open: bigint | undefined
  #miniBlocksInBlock = 0
  #transactionsInBlock = 0
  #chunkDigests: Uint8Array[] = []
  #transactionsInMiniBlock = 0
  #epoch = 0n
  #timestampUs = 0n

  constructor(start: LogOrderStart) {
    this.#nextBlock = start.blockNumber
    this.#nextHeader = start.headerNumber
    this.#nextMiniBlock = start.miniBlockNumber
    this.#parentDigest = start.parentDigest
  }

  /** `payload` is the record's as it stands in the log. Throws LogOrderError; nothing has changed then. */
  accept(record: LogRecord, payload: Uint8Array): void {
    switch (record.kind) {
      case 'openBlock':
        this.#openBlock(record)
        break
      case 'chunk':
        this.#chunk(record, payload)
        break
      case 'sealMiniBlock':
        this.#sealMiniBlock(record)
        break
      case 'closeBlock':
        this.#closeBlock(record)
        break
      case 'sealHeader':
        this.#sealHeader(record)
        break
      case 'rewind':
        this.#rewind(record)
        break
    }
  }

  #openBlock(record: OpenBlock): void {
    if (this.#open !== undefined && this.#transactionsInBlock + this.#chunkDigests.length > 0)
      throw new LogOrderError('BLOCK_OPEN', 'openBlock', `none while ${this.#open} is open`, record.number)
    expectNumber('BLOCK_NUMBER', 'openBlock', this.#nextBlock, record.number)
    if (this.#open === undefined) this.#miniBlocksInBlock = 0
    this.#open = record.number
    this.#transactionsInBlock = 0
  }

  #chunk(record: Chunk, payload: Uint8Array): void {
    if (this.#open === undefined) throw new LogOrderError('NO_BLOCK_OPEN', 'chunk', 'openBlock', 'chunk')
    expectNumber('MINI_BLOCK_NUMBER', 'chunk', this.#nextMiniBlock, record.miniBlockNumber)
    expectNumber('TRANSACTION_INDEX', 'chunk', this.#transactionsInBlock, record.firstTransactionIndex)
    if (this.#chunkDigests.length >= MAX_CHUNKS_PER_MINI_BLOCK) {
      throw new LogOrderError(
        'TOO_MANY_CHUNKS',
        'chunk',
        `at most ${MAX_CHUNKS_PER_MINI_BLOCK} in a mini-block`,
        'one more',
      )
    }
    this.#chunkDigests.push(chunkDigest(payload))
    this.#transactionsInBlock += record.transactions.length
    this.#transactionsInMiniBlock += record.transactions.length
  }

  #sealMiniBlock(record: SealMiniBlock): void {
    if (this.#open === undefined)
      throw new LogOrderError('NO_BLOCK_OPEN', 'sealMiniBlock', 'openBlock', 'sealMiniBlock')
    expectNumber('MINI_BLOCK_NUMBER', 'sealMiniBlock', this.#nextMiniBlock, record.number)
    expectNumber('BLOCK_NUMBER', 'sealMiniBlock', this.#open, record.blockNumber)
    expectNumber('MINI_BLOCK_INDEX', 'sealMiniBlock', this.#miniBlocksInBlock, record.indexInBlock)
    expectNumber('TRANSACTION_COUNT', 'sealMiniBlock', this.#transactionsInMiniBlock, record.transactionCount)
    this.#checkTerm(record)
    expectDigest('PARENT_DIGEST', record.kind, this.#parentDigest, record.parentDigest)
    expectDigest('DIGEST', record.kind, miniBlockDigest(record, this.#chunkDigests), record.digest)
    this.#miniBlocksInBlock++
    this.#chunkDigests = []
    this.#transactionsInMiniBlock = 0
    this.#endMiniBlock(record)
  }

  #rewind(record: Rewind): void {
    expectNumber('MINI_BLOCK_NUMBER', 'rewind', this.#nextMiniBlock, record.number)
    if (this.#chunkDigests.length > 0) throw unsealedChunks('rewind', this.#chunkDigests.length)
    // A header on its way would be taken for that of another block.
    expectNumber('HEADER_NUMBER', 'rewind', this.#nextBlock, this.#nextHeader)
    if (record.blockNumber >= this.#nextBlock && record.adoptedCount === 0)
      throw new LogOrderError('BLOCK_NUMBER', 'rewind', `less than ${this.#nextBlock}`, record.blockNumber)
    this.#checkTerm(record)
    expectDigest('PARENT_DIGEST', record.kind, this.#parentDigest, record.parentDigest)
    expectDigest('DIGEST', record.kind, rewindDigest(record), record.digest)
    this.#open = undefined
    this.#nextBlock = this.#nextHeader = newestAfter(record) + 1n
    this.#endMiniBlock(record)
  }

  #checkTerm({ kind, epoch, timestampUs }: SealMiniBlock | Rewind): void {
    if (epoch < this.#epoch) throw new LogOrderError('EPOCH', kind, `${this.#epoch} or more`, epoch)
    if (timestampUs < this.#timestampUs)
      throw new LogOrderError('TIMESTAMP', kind, `${this.#timestampUs} or more`, timestampUs)
  }

  #endMiniBlock({ epoch, timestampUs, digest }: SealMiniBlock | Rewind): void {
    this.#nextMiniBlock++
    this.#parentDigest = digest
    this.#epoch = epoch
    this.#timestampUs = timestampUs
  }

  #closeBlock(record: CloseBlock): void {
    if (this.#open === undefined)
      throw new LogOrderError('NO_BLOCK_OPEN', 'closeBlock', 'openBlock', 'closeBlock')
    expectNumber('BLOCK_NUMBER', 'closeBlock', this.#open, record.number)
    if (this.#chunkDigests.length > 0) throw unsealedChunks('closeBlock', this.#chunkDigests.length)
    this.#open = undefined
    this.#nextBlock++
  }

  #sealHeader(record: SealHeader): void {
    expectNumber('HEADER_NUMBER', 'sealHeader', this.#nextHeader, record.number)
    if (record.number >= this.#nextBlock) {
      throw new LogOrderError(
        'HEADER_NUMBER',
        'sealHeader',
        `${record.number} to be closed first`,
        record.number,
      )
    }
    this.#nextHeader++
  }
}

const MAX_CHUNKS_PER_MINI_BLOCK = 1_000_000

function expectNumber(
  code: LogOrderErrorCode,
  kind: string,
  expected: bigint | number,
  received: bigint | number,
): void {
  if (expected !== received) throw new LogOrderError(code, kind, expected, received)
}

function expectDigest(
  code: LogOrderErrorCode,
  kind: string,
  expected: Uint8Array,
  received: Uint8Array,
): void {
  if (!equalBytes(expected, received))
    throw new LogOrderError(code, kind, bytesToHex(expected), bytesToHex(received))
}

function unsealedChunks(kind: string, count: number): LogOrderError {
  return new LogOrderError('UNSEALED_CHUNKS', kind, 'sealMiniBlock', `${count} chunks unsealed`)
}

export type LogOrderErrorCode =
  | 'BLOCK_OPEN'
  | 'NO_BLOCK_OPEN'
  | 'BLOCK_NUMBER'
  | 'MINI_BLOCK_NUMBER'
  | 'MINI_BLOCK_INDEX'
  | 'TRANSACTION_INDEX'
  | 'TRANSACTION_COUNT'
  | 'TOO_MANY_CHUNKS'
  | 'EPOCH'
  | 'TIMESTAMP'
  | 'PARENT_DIGEST'
  | 'DIGEST'
  | 'UNSEALED_CHUNKS'
  | 'HEADER_NUMBER'

/** A record that does not follow from those before it. */
export class LogOrderError extends Error {
  override readonly name = 'LogOrderError'
  readonly recovery = 'stop'
  readonly code: LogOrderErrorCode

  constructor(code: LogOrderErrorCode, kind: string, expected: unknown, received: unknown) {
    super(
      `A ${kind} record does not follow from the log before it (${code}).\n` +
        `  expected: ${expected}   received: ${received}\n` +
        '  next: compare the genesis hashes; if they agree, its writer is faulty and the log must be fetched elsewhere.',
    )
    this.code = code
  }
}

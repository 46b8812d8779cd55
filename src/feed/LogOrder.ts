import { bytesToHex, equalBytes } from '../lib/index.ts'
import { chunkDigest, miniBlockDigest } from './miniBlockDigest.ts'
import type { Chunk, CloseBlock, LogRecord, OpenBlock, SealHeader, SealMiniBlock } from './records.ts'

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
    if (record.epoch < this.#epoch)
      throw new LogOrderError('EPOCH', 'sealMiniBlock', `${this.#epoch} or more`, record.epoch)
    if (record.timestampUs < this.#timestampUs) {
      throw new LogOrderError(
        'TIMESTAMP',
        'sealMiniBlock',
        `${this.#timestampUs} or more`,
        record.timestampUs,
      )
    }
    expectDigest('PARENT_DIGEST', this.#parentDigest, record.parentDigest)
    expectDigest('DIGEST', miniBlockDigest(record, this.#chunkDigests), record.digest)
    this.#nextMiniBlock++
    this.#miniBlocksInBlock++
    this.#parentDigest = record.digest
    this.#chunkDigests = []
    this.#transactionsInMiniBlock = 0
    this.#epoch = record.epoch
    this.#timestampUs = record.timestampUs
  }

  #closeBlock(record: CloseBlock): void {
    if (this.#open === undefined)
      throw new LogOrderError('NO_BLOCK_OPEN', 'closeBlock', 'openBlock', 'closeBlock')
    expectNumber('BLOCK_NUMBER', 'closeBlock', this.#open, record.number)
    if (this.#chunkDigests.length > 0) {
      throw new LogOrderError(
        'UNSEALED_CHUNKS',
        'closeBlock',
        'sealMiniBlock',
        `${this.#chunkDigests.length} chunks unsealed`,
      )
    }
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

function expectDigest(code: LogOrderErrorCode, expected: Uint8Array, received: Uint8Array): void {
  if (!equalBytes(expected, received)) {
    throw new LogOrderError(code, 'sealMiniBlock', bytesToHex(expected), bytesToHex(received))
  }
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

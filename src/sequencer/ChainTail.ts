import {
  chunkDigest,
  encodeRecord,
  type LogOrderStart,
  type LogRecord,
  newestAfter,
  type OpenBlock,
  payloadOf,
  type Rewind,
  type SealMiniBlock,
} from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { assert } from '../lib/index.ts'
import { decodeHeader, receiptFields } from '../protocol/index.ts'
import { AncestorHashes } from './AncestorHashes.ts'

/** What the next block needs to know of its parent. */
export type ClosedBlock = {
  number: bigint
  /** Unix seconds. */
  timestamp: bigint
  gasLimit: bigint
  gasUsed: bigint
  baseFeePerGas: bigint
  excessBlobGas: bigint
  blobGasUsed: bigint
}

/** A place between two blocks. */
export type ChainTailStart = Pick<ChainTail, 'closed' | 'miniBlock' | 'sealedNumber' | 'hashes' | 'branch'>

/**
 * The end of the log: everything that deciding the next record takes. The sequencer feeds it each record that it
 * writes; after a restart, the same records read back from disk lead to the same state.
 */
export class ChainTail {
  /** The newest closed block. */
  closed: ClosedBlock
  /** The open block; undefined between a closeBlock and the next openBlock. */
  open: OpenBlock | undefined
  /** Of the open block. */
  transactionCount = 0
  /** Of the open block. */
  gasUsed = 0n
  /** Sealed in the open block. */
  miniBlockCount = 0
  miniBlock: { number: bigint; digest: Uint8Array; timestampUs: bigint }
  /** The chunks since the last mini-block seal. */
  unsealed: { chunkDigests: Uint8Array[]; transactionCount: number; gasUsedBefore: bigint }
  sealedNumber: bigint
  /** Number of the mini-block that the newest rewind is; 0: there is none. */
  branch: bigint
  /** Of the last sealed blocks. */
  hashes: AncestorHashes

  constructor(start: ChainTailStart) {
    this.closed = start.closed
    this.sealedNumber = start.sealedNumber
    this.branch = start.branch
    this.miniBlock = start.miniBlock
    this.hashes = start.hashes
    this.unsealed = { chunkDigests: [], transactionCount: 0, gasUsedBefore: 0n }
  }

  /** Of a log without records. */
  static ofGenesis(genesis: ClosedBlock, genesisHash: Uint8Array): ChainTail {
    return new ChainTail({
      closed: genesis,
      sealedNumber: genesis.number,
      branch: 0n,
      // The first mini-block's parent digest is the genesis hash: the digests of different chains never meet.
      miniBlock: { number: 0n, digest: genesisHash, timestampUs: 0n },
      hashes: AncestorHashes.upTo(genesis.number, genesisHash),
    })
  }

  /** What must come next in the log. No block may be open. */
  get order(): LogOrderStart {
    assert(this.open === undefined, 'an order starts between two blocks')
    return {
      blockNumber: this.closed.number + 1n,
      headerNumber: this.sealedNumber + 1n,
      miniBlockNumber: this.nextMiniBlockNumber,
      parentDigest: this.miniBlock.digest,
    }
  }

  /** Hash of a sealed block among the last 256; undefined for older ones and for those not sealed yet. */
  hashOf(number: bigint): Uint8Array | undefined {
    return this.hashes.get(number)
  }

  /** No block is open, or one that has no transactions and may be opened again. */
  get isEmpty(): boolean {
    return this.open === undefined || this.transactionCount === 0
  }

  get nextMiniBlockNumber(): bigint {
    return this.miniBlock.number + 1n
  }

  /** @param digest - A chunk's digest, where the caller has its payload already; computed otherwise. */
  follow(record: LogRecord, digest?: Uint8Array): void {
    switch (record.kind) {
      case 'openBlock':
        assert(
          this.isEmpty,
          'a block is opened after the one before is closed, or before its first transaction',
        )
        assert(this.unsealed.chunkDigests.length === 0, 'a block is opened between two mini-blocks')
        if (this.open === undefined) this.miniBlockCount = 0
        this.open = record
        this.transactionCount = 0
        this.gasUsed = 0n
        this.unsealed = { chunkDigests: [], transactionCount: 0, gasUsedBefore: 0n }
        break
      case 'chunk': {
        const last = record.transactions.at(-1)
        this.followChunk({
          transactionCount: record.transactions.length,
          gasUsed: last === undefined ? this.gasUsed : receiptFields(last.receipt).cumulativeGasUsed,
          digest: digest ?? chunkDigest(payloadOf(encodeRecord(record))),
        })
        break
      }
      case 'sealMiniBlock':
        this.#sealMiniBlock(record)
        break
      case 'closeBlock':
        assert(this.open?.number === record.number, 'the open block is the one that is closed')
        this.closed = { ...this.open, gasUsed: record.gasUsed, blobGasUsed: record.blobGasUsed }
        this.open = undefined
        break
      case 'sealHeader':
        this.sealedNumber = record.number
        this.hashes.add(record.number, keccak256(record.header))
        break
      case 'rewind':
        this.#rewind(record)
        break
    }
  }

  /** @param chunk.gasUsed - of the block, up to the chunk's end. */
  followChunk(chunk: { transactionCount: number; gasUsed: bigint; digest: Uint8Array }): void {
    this.unsealed.chunkDigests.push(chunk.digest)
    this.unsealed.transactionCount += chunk.transactionCount
    this.transactionCount += chunk.transactionCount
    this.gasUsed = chunk.gasUsed
  }

  #rewind(rewind: Rewind): void {
    const { number, digest, timestampUs, header, hashes } = rewind
    const blockNumber = newestAfter(rewind)
    this.closed = closedBlockOf(header)
    this.open = undefined
    this.sealedNumber = blockNumber
    this.branch = number
    this.miniBlock = { number, digest, timestampUs }
    this.unsealed = { chunkDigests: [], transactionCount: 0, gasUsedBefore: 0n }
    this.hashes = AncestorHashes.upTo(blockNumber, hashes)
  }

  #sealMiniBlock(record: SealMiniBlock): void {
    this.miniBlock = { number: record.number, digest: record.digest, timestampUs: record.timestampUs }
    this.miniBlockCount++
    this.unsealed = { chunkDigests: [], transactionCount: 0, gasUsedBefore: this.gasUsed }
  }
}

function closedBlockOf(encoded: Uint8Array): ClosedBlock {
  const decoded = decodeHeader(encoded)
  assert(decoded.ok, 'the log holds headers that this program wrote')
  const { header } = decoded
  return {
    ...header,
    baseFeePerGas: header.baseFeePerGas ?? 0n,
    excessBlobGas: header.excessBlobGas ?? 0n,
    blobGasUsed: header.blobGasUsed ?? 0n,
  }
}

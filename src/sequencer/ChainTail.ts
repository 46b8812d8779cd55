import {
  chunkDigest,
  encodeRecord,
  type LogRecord,
  type OpenBlock,
  payloadOf,
  type SealMiniBlock,
} from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { assert } from '../lib/index.ts'
import { decodeReceipt } from '../protocol/index.ts'

/** How many ancestors' hashes BLOCKHASH can read (Yellow Paper, appendix H). */
const ANCESTOR_HASHES = 256n

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
  readonly #hashes = new Map<bigint, Uint8Array>()

  constructor(genesis: ClosedBlock, genesisHash: Uint8Array) {
    this.closed = genesis
    this.sealedNumber = genesis.number
    this.#hashes.set(genesis.number, genesisHash)
    // The first mini-block's parent digest is the genesis hash: the digests of different chains never meet.
    this.miniBlock = { number: 0n, digest: genesisHash, timestampUs: 0n }
    this.unsealed = { chunkDigests: [], transactionCount: 0, gasUsedBefore: 0n }
  }

  /** Hash of a sealed block among the last 256; undefined for older ones and for those not sealed yet. */
  hashOf(number: bigint): Uint8Array | undefined {
    return this.#hashes.get(number)
  }

  get nextMiniBlockNumber(): bigint {
    return this.miniBlock.number + 1n
  }

  /** @param digest - A chunk's digest, where the caller has its payload already; computed otherwise. */
  follow(record: LogRecord, digest?: Uint8Array): void {
    switch (record.kind) {
      case 'openBlock':
        assert(this.open === undefined, 'a block is opened after the one before is closed')
        this.open = record
        this.transactionCount = 0
        this.gasUsed = 0n
        this.miniBlockCount = 0
        this.unsealed = { chunkDigests: [], transactionCount: 0, gasUsedBefore: 0n }
        break
      case 'chunk': {
        this.unsealed.chunkDigests.push(digest ?? chunkDigest(payloadOf(encodeRecord(record))))
        this.unsealed.transactionCount += record.transactions.length
        this.transactionCount += record.transactions.length
        const last = record.transactions.at(-1)
        if (last !== undefined) this.gasUsed = cumulativeGasUsed(last.receipt)
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
        this.#hashes.set(record.number, keccak256(record.header))
        this.#hashes.delete(record.number - ANCESTOR_HASHES)
        break
    }
  }

  #sealMiniBlock(record: SealMiniBlock): void {
    this.miniBlock = { number: record.number, digest: record.digest, timestampUs: record.timestampUs }
    this.miniBlockCount++
    this.unsealed = { chunkDigests: [], transactionCount: 0, gasUsedBefore: this.gasUsed }
  }
}

function cumulativeGasUsed(receipt: Uint8Array): bigint {
  const decoded = decodeReceipt(receipt)
  assert(decoded.ok, 'the log holds receipts that the engine wrote')
  return decoded.receipt.cumulativeGasUsed
}

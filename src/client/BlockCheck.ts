import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { decodeHeader, ExecutedTransactions, type Header } from '../protocol/index.ts'
import { BlockBody } from './BlockBody.ts'
import { FollowError } from './FollowError.ts'
import {
  type Chunk,
  type CloseBlock,
  newestAfter,
  type OpenBlock,
  type RecordOutline,
  type Rewind,
  type SealHeader,
  type SealMiniBlock,
} from './feed.ts'

/** A mini-block that follows from the one before. */
export type VerifiedMiniBlock = {
  number: bigint
  /** Unix microseconds. */
  timestampUs: bigint
  blockNumber: bigint
  /** Position in its EVM block, from 0. */
  indexInBlock: number
  gasUsed: bigint
  transactions: ExecutedTransactions
}

/** A block whose header follows from its parent's. */
export type VerifiedBlock = {
  number: bigint
  /** 32 bytes. */
  hash: Uint8Array
  header: Header
  /** Whether all of it was seen, so that its transactions' and receipts' roots were computed. */
  isWhole: boolean
}

export type Verified =
  | { kind: 'miniBlock'; miniBlock: VerifiedMiniBlock }
  | { kind: 'block'; block: VerifiedBlock }
  /** The chain was taken back to this block; what came after it is no longer part of it. */
  | { kind: 'rewind'; blockNumber: bigint }

/** Closed blocks that wait for their headers: the sequencer has at most two. */
const MAX_CLOSED = 16

/**
 * Checks, without any state, what the records of a stream say of its blocks: their order, the hashes of transactions, and
 * that each header names its parent and is of the transactions and receipts that were shown. It begins anywhere; a block
 * that was open then is checked as far as it is seen.
 */
export class BlockCheck {
  #open: BlockBody | undefined
  readonly #closed: BlockBody[] = []
  /** The next to be opened; undefined until one has been. */
  #nextBlock: bigint | undefined
  #nextHeader: bigint | undefined
  #nextMiniBlock: bigint | undefined
  #parentHash: Uint8Array | undefined
  /** Of the newest mini-block. */
  #parentDigest: Uint8Array | undefined
  /** Of the mini-block that is not sealed yet. */
  #transactions = new ExecutedTransactions()
  #chunkCount = 0

  /** Takes the next record. Throws FollowError; the check is of no use then. */
  accept(record: RecordOutline): Verified | undefined {
    switch (record.kind) {
      case 'openBlock':
        return this.#openBlock(record)
      case 'chunk':
        return this.#chunk(record)
      case 'sealMiniBlock':
        return this.#sealMiniBlock(record)
      case 'closeBlock':
        return this.#closeBlock(record)
      case 'sealHeader':
        return { kind: 'block', block: this.#sealHeader(record) }
      case 'rewind':
        return this.#rewind(record)
    }
  }

  #openBlock(record: OpenBlock): undefined {
    const open = this.#open
    if (open === undefined) {
      expectNext('block', this.#nextBlock, record.number)
      this.#nextBlock = record.number + 1n
      this.#open = new BlockBody(record)
      return
    }
    expectNext('block', open.number, record.number)
    expect(open.transactionCount === 0, `Block ${record.number} is opened again behind transactions`)
    open.reopen(record)
  }

  #chunk({ miniBlockNumber, firstTransactionIndex, transactions }: Omit<Chunk, 'diff'>): undefined {
    expectNext('mini-block', this.#nextMiniBlock, miniBlockNumber)
    this.#expectOpen('A chunk')
    checkHashes(transactions)
    this.#transactions.append(transactions)
    this.#chunkCount++
    const open = this.#open
    if (open === undefined) return
    expectNext('transaction', open.transactionCount, firstTransactionIndex)
    open.add(transactions)
  }

  #sealMiniBlock(record: SealMiniBlock): Verified | undefined {
    const { number, timestampUs, blockNumber, indexInBlock, gasUsed, transactionCount } = record
    const transactions = this.#transactions
    const isFirst = this.#nextMiniBlock === undefined
    this.#expectOpen('A mini-block')
    expectNext('mini-block', this.#nextMiniBlock, number)
    expectNext('block', this.#open?.number, blockNumber)
    expectNext('mini-block in its block', this.#open?.miniBlockCount, indexInBlock)
    this.#followDigest(record)
    if (this.#open !== undefined) this.#open.miniBlockCount++
    this.#transactions = new ExecutedTransactions()
    this.#chunkCount = 0
    this.#nextMiniBlock = number + 1n
    // Joined in its middle: there is nothing whole to show.
    if (isFirst && transactions.length < transactionCount) return undefined
    const counts = `${transactions.length} transactions, not ${transactionCount}`
    expect(transactions.length === transactionCount, `Mini-block ${number} has ${counts}`)
    const miniBlock = { number, timestampUs, blockNumber, indexInBlock, gasUsed, transactions }
    return { kind: 'miniBlock', miniBlock }
  }

  #closeBlock(record: CloseBlock): undefined {
    this.#expectOpen('The end of a block')
    expect(this.#chunkCount === 0, `Block ${record.number} is closed in the middle of a mini-block`)
    const open = this.#open
    if (open === undefined) {
      // Joined in its middle.
      this.#nextBlock = record.number + 1n
      return
    }
    expectNext('block', open.number, record.number)
    expect(this.#closed.length < MAX_CLOSED, `${MAX_CLOSED} blocks have no header`)
    open.close(record)
    this.#closed.push(open)
    this.#open = undefined
  }

  #sealHeader({ number, header: bytes }: SealHeader): VerifiedBlock {
    expectNext('header', this.#nextHeader, number)
    const header = decoded(bytes)
    expectNext("header's block", number, header.number)
    const parentHash = this.#parentHash
    if (parentHash !== undefined && !equalBytes(header.parentHash, parentHash))
      throw new FollowError(
        'PARENT_HASH',
        `Block ${number} names the parent ${bytesToHex(header.parentHash)}, not ${bytesToHex(parentHash)}`,
      )
    const isWhole = this.#closed[0]?.number === number
    if (isWhole) this.#closed.shift()!.checkHeader(header)
    else expect(this.#wasClosedUnseen(number), `Block ${number} has a header before it is closed`)
    const hash = keccak256(bytes)
    this.#parentHash = hash
    this.#nextHeader = number + 1n
    return { number, hash, header, isWhole }
  }

  /** Whether a block was closed, or at least opened, before the stream was joined. */
  #wasClosedUnseen(number: bigint): boolean {
    const firstSeen = this.#closed[0]?.number ?? this.#open?.number ?? this.#nextBlock
    return firstSeen === undefined || number < firstSeen
  }

  #rewind(record: Rewind): Verified {
    expectNext('mini-block', this.#nextMiniBlock, record.number)
    expect(
      this.#chunkCount === 0 && this.#closed.length === 0,
      'The chain is taken back in the middle of a block',
    )
    this.#followDigest(record)
    const blockNumber = newestAfter(record)
    this.#open = undefined
    this.#nextMiniBlock = record.number + 1n
    this.#nextBlock = this.#nextHeader = blockNumber + 1n
    this.#parentHash = keccak256(record.header)
    return { kind: 'rewind', blockNumber }
  }

  #followDigest({ number, parentDigest, digest }: SealMiniBlock | Rewind): void {
    const names = this.#parentDigest === undefined || equalBytes(parentDigest, this.#parentDigest)
    expect(names, `Mini-block ${number} does not name the one before by its digest`)
    this.#parentDigest = digest
  }

  /** Until the first block is opened, one may have been open. */
  #expectOpen(what: string): void {
    expect(this.#open !== undefined || this.#nextBlock === undefined, `${what} outside of a block`)
  }
}

function checkHashes(transactions: ExecutedTransactions): void {
  for (const { raw, hash } of transactions)
    if (!equalBytes(keccak256(raw), hash))
      throw new FollowError('TRANSACTION_HASH', `A transaction has not the hash ${bytesToHex(hash)}`)
}

function decoded(bytes: Uint8Array): Header {
  const result = decodeHeader(bytes)
  if (result.ok) return result.header
  throw new FollowError('MALFORMED', `A header can't be read: ${result.message}`)
}

function expectNext<Count extends bigint | number>(
  what: string,
  expected: Count | undefined,
  received: Count,
): void {
  expect(expected === undefined || expected === received, `The next ${what} is ${expected}, not ${received}`)
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new FollowError('RECORD_ORDER', otherwise)
}

import { randomBytes } from 'node:crypto'
import { assert, bytesToHex } from '../lib/index.ts'
import { decodeHeader } from '../protocol/index.ts'
import type { BlockPart } from './BlockReader.ts'
import { bloomOf, EMPTY_BLOOM } from './BlockTables.ts'
import type { History } from './History.ts'
import { bloomMayMatch, type LogQuery } from './LogQuery.ts'
import type { TransactionLocation } from './RecentBlocks.ts'
import { type ChangedEntries, ReverseDiff, type StateBefore } from './ReverseDiff.ts'
import { SaltedHash } from './SaltedHash.ts'
import { partsOf, type SealedBlockRecord } from './SealedBlockRecord.ts'

/** What a chain's view asks of its history. */
export type BlockHistory = Pick<
  History,
  | 'firstNumber'
  | 'headNumber'
  | 'firstStateNumber'
  | 'newReverseDiff'
  | 'append'
  | 'blockByNumber'
  | 'hashByNumber'
  | 'numberByHash'
  | 'transactionLocation'
  | 'findLogs'
  | 'stateBefore'
  | 'changesOf'
  | 'nextAccountChange'
  | 'nextSlotChange'
  | 'oldCode'
  | 'branch'
  | 'rewindTo'
  | 'pin'
  | 'hasChangesOf'
>

/** What a block, and a transaction in it, take besides their bytes, about. */
const BYTES_PER_BLOCK = 4096
const BYTES_PER_TRANSACTION = 256
/** Blocks that a search passes over in one step. */
const BLOCKS_PER_STEP = 256

type KeptBlock = {
  block: SealedBlockRecord
  undo: ReverseDiff | undefined
  bloom: Uint8Array
  bytes: number
}

/** Of all histories in memory of this process: its table takes longer to make than all else of a chain. */
let processHash: SaltedHash | undefined

/**
 * The newest sealed blocks, as {@link History} has them, in memory only: without a database, a file or a timer. What it
 * holds is bounded by bytes: when a block comes for which there is no room, the oldest ones go, with their transactions
 * and the values before them; the newest block always stays.
 */
export class MemoryHistory implements BlockHistory {
  readonly #maxBytes: number
  readonly #hash: SaltedHash
  /** In order of number, without gaps. */
  readonly #blocks = new Map<bigint, KeptBlock>()
  /** By hash in hexadecimal digits. */
  readonly #numbers = new Map<string, bigint>()
  readonly #locations = new Map<string, TransactionLocation>()
  #bytes = 0
  #firstNumber: bigint | undefined
  #headNumber: bigint | undefined
  /** Oldest block from which on all have a reverse diff. */
  #undoFrom: bigint | undefined
  #branch = 0n

  /** @param maxBytes - of all that is held, about. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    processHash ??= new SaltedHash(new Uint8Array(randomBytes(16)))
    this.#hash = processHash
  }

  get firstNumber(): bigint | undefined {
    return this.#firstNumber
  }

  get headNumber(): bigint | undefined {
    return this.#headNumber
  }

  get firstStateNumber(): bigint | undefined {
    return this.#undoFrom === undefined ? undefined : this.#undoFrom - 1n
  }

  newReverseDiff(): ReverseDiff {
    return new ReverseDiff(this.#hash)
  }

  append(block: SealedBlockRecord, undo?: ReverseDiff): void {
    const { number, hash, header, transactions } = block
    assert(this.#headNumber === undefined || number === this.#headNumber + 1n, 'blocks come in order')
    const kept = undo?.isTooLarge ? undefined : undo
    const bytes =
      BYTES_PER_BLOCK +
      header.length +
      transactions.byteLength +
      transactions.length * BYTES_PER_TRANSACTION +
      (kept?.bytes ?? 0)
    this.#blocks.set(number, { block, undo: kept, bloom: bloomOf(block), bytes })
    this.#numbers.set(bytesToHex(hash), number)
    for (const [index, transactionHash] of hashesOf(block))
      this.#locations.set(transactionHash, { blockNumber: number, index })
    this.#bytes += bytes
    this.#headNumber = number
    this.#firstNumber ??= number
    if (kept === undefined) this.#undoFrom = number + 1n
    this.#undoFrom ??= number
    this.#forgetOldest()
  }

  get branch(): bigint {
    return this.#branch
  }

  rewindTo(number: bigint, branch: bigint): void {
    assert(branch > this.#branch, 'rewinds come in order')
    for (const newer of [...this.#blocks.keys()]) if (newer > number) this.#remove(newer)
    const isEmpty = this.#firstNumber === undefined || number < this.#firstNumber
    if (isEmpty) this.#firstNumber = this.#headNumber = this.#undoFrom = undefined
    else this.#headNumber = number
    if (this.#undoFrom !== undefined && this.#undoFrom > number + 1n) this.#undoFrom = number + 1n
    this.#branch = branch
  }

  /** All that there is room for stays anyway. */
  pin(): void {}

  hasChangesOf(number: bigint): boolean {
    return this.#blocks.get(number)?.undo !== undefined
  }

  blockByNumber(number: bigint): SealedBlockRecord | undefined {
    return this.#blocks.get(number)?.block
  }

  hashByNumber(number: bigint): Uint8Array | undefined {
    return this.#blocks.get(number)?.block.hash
  }

  numberByHash(hash: Uint8Array): bigint | undefined {
    return this.#numbers.get(bytesToHex(hash))
  }

  transactionLocation(hash: Uint8Array): TransactionLocation | undefined {
    return this.#locations.get(bytesToHex(hash))
  }

  *findLogs(query: LogQuery, from: bigint, to: bigint): Generator<BlockPart | undefined, void> {
    let passed = 0
    for (let number = from; number <= to; number++) {
      const kept = this.#blocks.get(number)
      if (kept === undefined || kept.bloom === EMPTY_BLOOM || !bloomMayMatch(kept.bloom, query)) {
        if (++passed % BLOCKS_PER_STEP === 0) yield undefined
        continue
      }
      const { hash, header, transactions } = kept.block
      const decoded = decodeHeader(header)
      assert(decoded.ok, 'a block that was appended has a header')
      const { timestamp } = decoded.header
      for (const part of partsOf(transactions)) yield { number, hash, timestamp, ...part }
    }
  }

  stateBefore(number: bigint): StateBefore | undefined {
    return this.#blocks.get(number)?.undo
  }

  changesOf(number: bigint): Iterable<ChangedEntries> {
    const undo = this.#blocks.get(number)?.undo
    return undo === undefined ? [] : [undo.entries]
  }

  /** No index: whoever asks looks at block after block. */
  nextAccountChange(_address: Uint8Array, from: bigint): bigint {
    return from
  }

  nextSlotChange(_address: Uint8Array, _key: Uint8Array, from: bigint): bigint {
    return from
  }

  oldCode(hash: Uint8Array): Uint8Array | undefined {
    for (const { undo } of this.#blocks.values()) {
      const code = undo?.code(hash)
      if (code !== undefined) return code
    }
    return undefined
  }

  #forgetOldest(): void {
    // By number: a Map passes over all that was deleted at its beginning.
    for (let number = this.#firstNumber!; number < this.#headNumber!; number++) {
      if (this.#bytes <= this.#maxBytes) return
      this.#remove(number)
      this.#firstNumber = number + 1n
      if (this.#undoFrom! <= number) this.#undoFrom = number + 1n
    }
  }

  #remove(number: bigint): void {
    const { block, bytes } = this.#blocks.get(number)!
    this.#blocks.delete(number)
    this.#numbers.delete(bytesToHex(block.hash))
    for (const [, transactionHash] of hashesOf(block)) this.#locations.delete(transactionHash)
    this.#bytes -= bytes
  }
}

/** Of a block's transactions, in hexadecimal digits, with their indexes. */
function* hashesOf({ transactions }: SealedBlockRecord): Generator<[index: number, hash: string], void> {
  let index = 0
  for (const { hash } of transactions) yield [index++, bytesToHex(hash)]
}

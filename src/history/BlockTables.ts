import { equalBytes, toBigInt } from '../lib/index.ts'
import { decodeHeader, ExecutedTransactions } from '../protocol/index.ts'
import { HistoryCorruptError } from './errors.ts'
import type { PartWriter } from './PartWriter.ts'
import type { RecentBlock } from './RecentBlocks.ts'
import {
  decodePart,
  decodeSealedHead,
  encodeSealedHead,
  PART_TRANSACTIONS,
  type SealedBlockRecord,
  type SealedHead,
  type TransactionPart,
} from './SealedBlockRecord.ts'
import {
  type HistoryRoot,
  indexedKey,
  numberKey,
  openTable,
  readNumber,
  removalsBehind,
  type Table,
} from './tables.ts'

/**
 * Blocks in the database. Keys → values, integers big-endian: `blocks` u64 number → SealedBlockRecord.ts · `parts` u64
 * number, u32 part → the same · `blooms` u64 number → 256 bytes, none if all are zero · `numbers` block hash → u64 number.
 */
export class BlockTables {
  readonly #folder: string
  readonly #blocks: Table
  readonly #parts: Table
  readonly #blooms: Table
  readonly #numbers: Table

  constructor(root: HistoryRoot, folder: string) {
    this.#folder = folder
    this.#blocks = openTable(root, 'blocks')
    this.#parts = openTable(root, 'parts')
    this.#blooms = openTable(root, 'blooms')
    this.#numbers = openTable(root, 'numbers')
  }

  /** Puts a block's transactions, one part a step, and each part's terms into `terms`. */
  *putParts({ block, terms }: RecentBlock, write: PartWriter['write']): Generator<void, void> {
    const { number, transactions } = block
    const prefix = numberKey(number)
    let logsBefore = 0
    for (let first = 0; first < transactions.length; first += PART_TRANSACTIONS) {
      const part = first / PART_TRANSACTIONS
      const written = write(transactions, { first, end: first + PART_TRANSACTIONS, logsBefore })
      this.#parts.put(indexedKey(prefix, part), written.value)
      terms[part] = written.terms
      logsBefore += written.logCount
      yield
    }
  }

  /** Puts what makes a block be there. Its parts go before. */
  putHead(block: SealedBlockRecord): void {
    const key = numberKey(block.number)
    const bloom = bloomOf(block)
    this.#blocks.put(key, encodeSealedHead(block))
    if (bloom !== EMPTY_BLOOM) this.#blooms.put(key, bloom)
    this.#numbers.put(block.hash, key)
  }

  /** Removes what makes the blocks above `number` be there, the newest first, one a step. */
  *removals(number: bigint): Generator<bigint, void> {
    const above = [...this.#blocks.getRange({ start: numberKey(number + 1n) })]
    for (const { key, value } of above.reverse()) {
      const removed = readNumber(key)
      const head = decodeSealedHead(removed, value)
      this.#blocks.remove(key)
      this.#blooms.remove(key)
      if (head !== undefined) this.#numbers.remove(head.hash)
      yield removed
    }
  }

  /** Removes parts of blocks above `number`, also of those that have not come to be there; one a step. */
  *partRemovals(number: bigint): Generator<void, void> {
    yield* removalsBehind(this.#parts, number)
  }

  /** Number of the last or first block, undefined if there is none. */
  edge(isLast: boolean): bigint | undefined {
    for (const key of this.#blocks.getKeys({ limit: 1, reverse: isLast })) return toBigInt(key)
    return undefined
  }

  head(number: bigint): SealedHead | undefined {
    const bytes = this.#blocks.getBinary(numberKey(number))
    if (bytes === undefined) return undefined
    const head = decodeSealedHead(number, bytes)
    if (head === undefined) throw new HistoryCorruptError(this.#folder, number)
    return head
  }

  part(number: bigint, part: number): TransactionPart {
    const bytes = this.#parts.getBinary(indexedKey(numberKey(number), part))
    const decoded = bytes && decodePart(part * PART_TRANSACTIONS, bytes)
    if (decoded === undefined) throw new HistoryCorruptError(this.#folder, number)
    return decoded
  }

  *partsOf({ number, transactionCount }: SealedHead): Generator<TransactionPart, void> {
    for (let part = 0; part * PART_TRANSACTIONS < transactionCount; part++) yield this.part(number, part)
  }

  block(number: bigint): SealedBlockRecord | undefined {
    const head = this.head(number)
    if (head === undefined) return undefined
    const { hash, header, miniBlockCount } = head
    const transactions = new ExecutedTransactions()
    for (const part of this.partsOf(head)) transactions.append(part.transactions)
    if (transactions.length !== head.transactionCount) throw new HistoryCorruptError(this.#folder, number)
    return { number, hash, header, miniBlockCount, transactions }
  }

  /** A view of a buffer that the next read overwrites. */
  bloom(number: bigint): Uint8Array {
    return this.#blooms.getBinaryFast(numberKey(number)) ?? EMPTY_BLOOM
  }

  numberByHash(hash: Uint8Array): bigint | undefined {
    const bytes = this.#numbers.getBinary(hash)
    return bytes === undefined ? undefined : toBigInt(bytes)
  }
}

/** What blocks without logs have; they have no bloom in the database. */
export const EMPTY_BLOOM: Uint8Array = new Uint8Array(256)

/** {@link EMPTY_BLOOM} itself if it is empty. */
export function bloomOf(block: SealedBlockRecord): Uint8Array {
  const decoded = decodeHeader(block.header)
  if (!decoded.ok) throw new RangeError(`the header of block ${block.number} is none`)
  return equalBytes(decoded.header.logsBloom, EMPTY_BLOOM) ? EMPTY_BLOOM : decoded.header.logsBloom
}

import { uninitializedBytes } from '../lib/index.ts'
import { countLogs, ExecutedTransactions } from '../protocol/index.ts'

/** A sealed EVM block as the history keeps it. */
export type SealedBlockRecord = {
  number: bigint
  /** keccak256 of `header`. */
  hash: Uint8Array
  /** RLP. */
  header: Uint8Array
  miniBlockCount: number
  transactions: ExecutedTransactions
}

/** A block without its transactions. */
export type SealedHead = Omit<SealedBlockRecord, 'transactions'> & { transactionCount: number }

/** Some transactions that follow one another in a block. */
export type TransactionPart = {
  /** Index of the first. */
  firstIndex: number
  /** Logs of the transactions before them. */
  logsBefore: number
  transactions: ExecutedTransactions
}

/**
 * Transactions that are stored, read and found together. A log is found by the part that it is in: few of them keep the
 * index of a busy contract small, many make it dear to find the log in its part.
 */
export const PART_TRANSACTIONS = 16

/** The parts of a block's transactions, in order. */
export function* partsOf(transactions: ExecutedTransactions): Generator<TransactionPart, void> {
  let firstIndex = 0
  let logsBefore = 0
  while (firstIndex < transactions.length) {
    const slice = transactions.slice(firstIndex, firstIndex + PART_TRANSACTIONS)
    yield { firstIndex, logsBefore, transactions: slice }
    firstIndex += PART_TRANSACTIONS
    logsBefore += countAllLogs(slice)
  }
}

/** Logs of all receipts. */
export function countAllLogs(transactions: ExecutedTransactions): number {
  let count = 0
  transactions.visitReceipts((bytes, at) => {
    count += countLogs(bytes, at)
  })
  return count
}

/**
 * The value that the history stores for a block; its number is the key. Integers are little-endian.
 *
 *     hash 32 · u32 miniBlockCount · u32 transactionCount · header
 */
export function encodeSealedHead(block: SealedBlockRecord): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + block.header.length)
  const view = new DataView(bytes.buffer)
  bytes.set(block.hash, 0)
  view.setUint32(32, block.miniBlockCount, true)
  view.setUint32(36, block.transactions.length, true)
  bytes.set(block.header, HEAD_BYTES)
  return bytes
}

/** Inverse of {@link encodeSealedHead}; byte strings are views of `bytes`. Undefined if the bytes are no such value. */
export function decodeSealedHead(number: bigint, bytes: Uint8Array): SealedHead | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    number,
    hash: bytes.subarray(0, 32),
    header: bytes.subarray(HEAD_BYTES),
    miniBlockCount: view.getUint32(32, true),
    transactionCount: view.getUint32(36, true),
  }
}

/**
 * The value that the history stores for a part of a block's transactions: u32 logsBefore (little-endian), then the
 * transactions as ExecutedTransactions has them.
 */
export function encodePart({ logsBefore, transactions }: TransactionPart): Uint8Array {
  const bytes = uninitializedBytes(PART_HEAD_BYTES + transactions.byteLength)
  writePartHead(new DataView(bytes.buffer, bytes.byteOffset), 0, logsBefore)
  transactions.copyRange(0, transactions.length, bytes, PART_HEAD_BYTES)
  return bytes
}

/** Writes what stands before the transactions, {@link PART_HEAD_BYTES}. */
export function writePartHead(view: DataView, at: number, logsBefore: number): void {
  view.setUint32(at, logsBefore, true)
}

/** Inverse of {@link encodePart}; byte strings are views of `bytes`. Undefined if the bytes are no such value. */
export function decodePart(firstIndex: number, bytes: Uint8Array): TransactionPart | undefined {
  if (bytes.length < PART_HEAD_BYTES) return undefined
  const transactions = ExecutedTransactions.readAll(bytes.subarray(PART_HEAD_BYTES))
  if (transactions === undefined) return undefined
  const logsBefore = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
  return { firstIndex, logsBefore, transactions }
}

const HEAD_BYTES = 40
export const PART_HEAD_BYTES = 4

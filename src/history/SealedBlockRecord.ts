import { countLogs } from './receiptTerms.ts'

/** A sealed EVM block as the history keeps it. */
export type SealedBlockRecord = {
  number: bigint
  /** keccak256 of `header`. */
  hash: Uint8Array
  /** RLP. */
  header: Uint8Array
  miniBlockCount: number
  transactions: SealedTransaction[]
}

export type SealedTransaction = {
  hash: Uint8Array
  sender: Uint8Array
  /** EIP-2718 envelope. */
  raw: Uint8Array
  /** EIP-2718 consensus receipt. */
  receipt: Uint8Array
}

/** A block without its transactions. */
export type SealedHead = Omit<SealedBlockRecord, 'transactions'> & { transactionCount: number }

/** Some transactions that follow one another in a block. */
export type TransactionPart = {
  /** Index of the first. */
  firstIndex: number
  /** Logs of the transactions before them. */
  logsBefore: number
  transactions: SealedTransaction[]
}

/**
 * Transactions that are stored, read and found together. A log is found by the part that it is in: few of them keep the
 * index of a busy contract small, many make it dear to find the log in its part.
 */
export const PART_TRANSACTIONS = 16

/** The parts of a block's transactions, in order. */
export function* partsOf(transactions: readonly SealedTransaction[]): Generator<TransactionPart, void> {
  let logsBefore = 0
  for (let firstIndex = 0; firstIndex < transactions.length; firstIndex += PART_TRANSACTIONS) {
    const part = transactions.slice(firstIndex, firstIndex + PART_TRANSACTIONS)
    yield { firstIndex, logsBefore, transactions: part }
    for (const { receipt } of part) logsBefore += countLogs(receipt)
  }
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
 * The value that the history stores for a part of a block's transactions. Integers are little-endian.
 *
 *     u32 logsBefore · per transaction: hash 32 · sender 20 · u32 raw length · u32 receipt length · raw · receipt
 */
export function encodePart({ logsBefore, transactions }: TransactionPart): Uint8Array {
  let length = PART_HEAD_BYTES
  for (const { raw, receipt } of transactions) length += TRANSACTION_HEAD_BYTES + raw.length + receipt.length
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, logsBefore, true)
  let at = PART_HEAD_BYTES
  for (const { hash, sender, raw, receipt } of transactions) {
    bytes.set(hash, at)
    bytes.set(sender, at + 32)
    view.setUint32(at + 52, raw.length, true)
    view.setUint32(at + 56, receipt.length, true)
    at += TRANSACTION_HEAD_BYTES
    bytes.set(raw, at)
    bytes.set(receipt, at + raw.length)
    at += raw.length + receipt.length
  }
  return bytes
}

/** Inverse of {@link encodePart}; byte strings are views of `bytes`. Undefined if the bytes are no such value. */
export function decodePart(firstIndex: number, bytes: Uint8Array): TransactionPart | undefined {
  if (bytes.length < PART_HEAD_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const transactions: SealedTransaction[] = []
  let at = PART_HEAD_BYTES
  while (at < bytes.length) {
    const rawAt = at + TRANSACTION_HEAD_BYTES
    if (rawAt > bytes.length) return undefined
    const receiptAt = rawAt + view.getUint32(at + 52, true)
    const end = receiptAt + view.getUint32(at + 56, true)
    if (end > bytes.length) return undefined
    transactions.push({
      hash: bytes.subarray(at, at + 32),
      sender: bytes.subarray(at + 32, at + 52),
      raw: bytes.subarray(rawAt, receiptAt),
      receipt: bytes.subarray(receiptAt, end),
    })
    at = end
  }
  return { firstIndex, logsBefore: view.getUint32(0, true), transactions }
}

const HEAD_BYTES = 40
const PART_HEAD_BYTES = 4
const TRANSACTION_HEAD_BYTES = 60

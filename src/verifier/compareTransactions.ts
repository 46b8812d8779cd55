import { bytesToHex, equalBytes } from '../lib/index.ts'
import { decodeReceipt, type ExecutedTransaction, type Log, type Receipt } from '../protocol/index.ts'
import type { FieldDifference } from './Difference.ts'

/**
 * The first field in which two executed transactions differ; undefined where they are the same byte for byte.
 *
 * @param gasBefore - used in the block before it, so that its own gas can be told.
 */
export function compareTransaction(
  ours: ExecutedTransaction,
  theirs: ExecutedTransaction,
  gasBefore: bigint,
): FieldDifference | undefined {
  return (
    compareBytes('sender', ours.sender, theirs.sender) ??
    compareBytes('hash', ours.hash, theirs.hash) ??
    compareReceipts(ours.receipt, theirs.receipt, gasBefore) ??
    compareBytes('raw', ours.raw, theirs.raw)
  )
}

function compareReceipts(
  ours: Uint8Array,
  theirs: Uint8Array,
  gasBefore: bigint,
): FieldDifference | undefined {
  if (equalBytes(ours, theirs)) return undefined
  const [mine, other] = [decodeReceipt(ours), decodeReceipt(theirs)]
  if (!mine.ok || !other.ok)
    return { field: 'receipt', ours: bytesToHex(ours), theirs: other.ok ? bytesToHex(theirs) : other.message }
  return (
    compareOutcomes(mine.receipt, other.receipt, gasBefore) ??
    compareLogs(mine.receipt.logs, other.receipt.logs) ??
    compareBytes('bloom', mine.receipt.bloom, other.receipt.bloom) ??
    // The same fields, encoded otherwise.
    compareBytes('receipt', ours, theirs)
  )
}

function compareOutcomes(ours: Receipt, theirs: Receipt, gasBefore: bigint): FieldDifference | undefined {
  const gasOf = ({ cumulativeGasUsed }: Receipt): bigint => cumulativeGasUsed - gasBefore
  return (
    compareValues('type', ours.type, theirs.type) ??
    compareValues('status', ours.status, theirs.status) ??
    compareValues('gasUsed', gasOf(ours), gasOf(theirs))
  )
}

function compareLogs(ours: readonly Log[], theirs: readonly Log[]): FieldDifference | undefined {
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
    const difference = compareLog(`log ${i}`, ours[i]!, theirs[i]!)
    if (difference !== undefined) return difference
  }
  return compareValues('logs', ours.length, theirs.length)
}

function compareLog(name: string, ours: Log, theirs: Log): FieldDifference | undefined {
  const topics = (log: Log): string => `[${log.topics.map((topic) => bytesToHex(topic)).join(', ')}]`
  return (
    compareBytes(`${name} address`, ours.address, theirs.address) ??
    compareValues(`${name} topics`, topics(ours), topics(theirs)) ??
    compareBytes(`${name} data`, ours.data, theirs.data)
  )
}

/** Likewise, of one byte string. */
export function compareBytes(
  field: string,
  ours: Uint8Array,
  theirs: Uint8Array,
): FieldDifference | undefined {
  return equalBytes(ours, theirs) ? undefined : { field, ours: bytesToHex(ours), theirs: bytesToHex(theirs) }
}

/** Likewise, of one value. */
export function compareValues(
  field: string,
  ours: bigint | number | string,
  theirs: bigint | number | string,
): FieldDifference | undefined {
  return ours === theirs ? undefined : { field, ours: String(ours), theirs: String(theirs) }
}

import {
  type Chunk,
  chunkDigest,
  encodeRecord,
  type LogRecord,
  miniBlockDigest,
  payloadOf,
  rewindDigest,
} from '../../src/feed/index.ts'
import {
  decodeStateDiff,
  type ExecutedTransaction,
  ExecutedTransactions,
  encodeStateDiff,
  type StateDiff,
} from '../../src/protocol/index.ts'
import type { Recorded } from './RecordedChain.ts'

/**
 * The records with one changed, or left out, by somebody who may write the log: all mini-blocks from there on bind what
 * now stands in them.
 */
export function withLie(
  records: readonly Recorded[],
  at: number,
  change: (record: LogRecord) => LogRecord | undefined,
): Recorded[] {
  let chunks: Uint8Array[] = []
  let parentDigest: Uint8Array | undefined
  const lied: Recorded[] = []
  for (const [index, { record: honest }] of records.entries()) {
    const changed = index === at ? change(honest) : honest
    if (changed === undefined) continue
    let record = changed
    if (record.kind === 'sealMiniBlock') {
      const seal = { ...record, parentDigest: parentDigest ?? record.parentDigest }
      record = { ...seal, digest: miniBlockDigest(seal, chunks) }
    } else if (record.kind === 'rewind') {
      const rewind = { ...record, parentDigest: parentDigest ?? record.parentDigest }
      record = { ...rewind, digest: rewindDigest(rewind) }
    }
    const frame = encodeRecord(record)
    if (record.kind === 'chunk') chunks.push(chunkDigest(payloadOf(frame)))
    if ('digest' in record) {
      parentDigest = record.digest
      chunks = []
    }
    lied.push({ record, frame })
  }
  return lied
}

/** A chunk with one of its transactions changed. */
export function withTransaction(
  chunk: Chunk,
  at: number,
  change: (transaction: ExecutedTransaction) => Partial<ExecutedTransaction>,
): Chunk {
  const transactions = ExecutedTransactions.of(
    [...chunk.transactions].map((each, i) => (i === at ? { ...each, ...change(each) } : each)),
  )
  return { ...chunk, transactions }
}

/** A chunk with another state diff. */
export function withDiff(chunk: Chunk, change: (diff: StateDiff) => void): Chunk {
  const decoded = decodeStateDiff(chunk.diff.slice())
  if (!decoded.ok) throw new Error(decoded.message)
  change(decoded.diff)
  return { ...chunk, diff: encodeStateDiff(decoded.diff) }
}

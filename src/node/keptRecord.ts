import type { LogRecord } from '../feed/index.ts'
import { copyOf } from '../lib/index.ts'

/** A record as a follower may keep it: the frames that it was read from are written over, or hold more than it. */
export function keptRecord(record: LogRecord): LogRecord {
  if (record.kind !== 'chunk') return record
  return { ...record, transactions: record.transactions.copy(), diff: copyOf(record.diff) }
}

import type { SealedPlace } from '../protocol/index.ts'
import { newestAfter } from './adoptedBlocks.ts'
import type { LogRecord } from './records.ts'

/** The newest sealed block once a record has followed. */
export function placeAfter(place: SealedPlace, record: LogRecord): SealedPlace {
  if (record.kind === 'sealHeader') return { ...place, blockNumber: record.number }
  return record.kind === 'rewind' ? { branch: record.number, blockNumber: newestAfter(record) } : place
}

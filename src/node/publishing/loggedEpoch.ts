import { listSegments, readLog, SEGMENT_HEAD_BYTES } from '../../feed/index.ts'

/** Epoch of the newest mini-block that a log still has; undefined: it has none. */
export function loggedEpoch(log: string): bigint | undefined {
  for (const segment of listSegments(log).toReversed()) {
    let epoch: bigint | undefined
    for (const { record } of readLog(log, { segment, offset: SEGMENT_HEAD_BYTES }))
      if (record.kind === 'sealMiniBlock' || record.kind === 'rewind') epoch = record.epoch
    if (epoch !== undefined) return epoch
  }
  return undefined
}

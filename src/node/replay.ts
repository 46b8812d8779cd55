import { type LogEntry, readLog } from '../feed/index.ts'

/**
 * The first `recordCount` records of the log: those that were there when the node started. Every thread replays exactly
 * these before it takes the steps that the sequencer sends, since the log grows as soon as the sequencer has read it.
 *
 * @throws What readLog throws.
 */
export function* replayLog(folder: string, recordCount: bigint): Generator<LogEntry> {
  if (recordCount === 0n) return
  let count = 0n
  for (const entry of readLog(folder)) {
    yield entry
    count++
    if (count === recordCount) return
  }
}

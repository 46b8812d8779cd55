import { type LogEntry, type LogPosition, readLog } from '../feed/index.ts'

/** A part of the log that was there when the node started. */
export type LogRange = {
  folder: string
  from: LogPosition
  recordCount: bigint
}

/**
 * The records of a part of the log. Every thread replays up to the same record before it takes the steps that the
 * sequencer sends, since the log grows as soon as the sequencer has read it.
 *
 * @throws What readLog throws.
 */
export function* replayLog({ folder, from, recordCount }: LogRange): Generator<LogEntry> {
  if (recordCount === 0n) return
  let count = 0n
  for (const entry of readLog(folder, from)) {
    yield entry
    count++
    if (count === recordCount) return
  }
}

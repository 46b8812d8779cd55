import { rmSync } from 'node:fs'
import { pruneLog } from '../feed/index.ts'
import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import { listSnapshots, SnapshotReader } from '../state/index.ts'

/** Snapshots that are kept: should the newest turn out damaged, the one before and the log behind it do. */
export const KEPT_SNAPSHOTS = 2

export type PruneRequest = {
  /** Folders. */
  snapshots: string
  log: string
  /** The whole log stays, and the oldest snapshot with it. */
  keepLog: boolean
  /** Blocks up to here are durable in the history, so that nothing but the log's replay needs their records. */
  historyHead: SealedPlace
}

export type PruneReport = { snapshotCount: number; segmentCount: number }

/**
 * Deletes snapshots that newer ones stand for, and the log before the oldest that stays. Nothing as long as history may
 * need them: it is brought to the log's end from a snapshot that is not newer than it is.
 */
export function pruneFolder({ snapshots, log, keepLog, historyHead }: PruneRequest): PruneReport {
  const files = listSnapshots(snapshots)
  const kept = files.slice(0, KEPT_SNAPSHOTS)
  const oldest = kept.at(-1)
  if (kept.length < KEPT_SNAPSHOTS || isPlaceBehind(oldest!, historyHead))
    return { snapshotCount: 0, segmentCount: 0 }
  const old = files.slice(KEPT_SNAPSHOTS, keepLog ? -1 : undefined)
  const segmentCount = keepLog ? 0 : pruneLog(log, { firstSegment: firstSegmentOf(oldest!.path) })
  for (const { path } of old) rmSync(path)
  return { snapshotCount: old.length, segmentCount }
}

function firstSegmentOf(snapshot: string): number {
  const reader = new SnapshotReader(snapshot)
  reader.close()
  return reader.head.log.segment
}

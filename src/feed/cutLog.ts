import { existsSync, rmSync, truncateSync } from 'node:fs'
import { FolderLock } from './FolderLock.ts'
import { type LogPosition, listSegments, segmentPath } from './segment.ts'

/**
 * Takes back all that a log has from a position on, where a record begins.
 *
 * @throws LogLockedError while somebody writes there.
 */
export function cutLog(folder: string, { segment, offset }: LogPosition): void {
  if (!existsSync(folder)) return
  const lock = FolderLock.take(folder)
  try {
    // The newest first: what a crash leaves is a log without gaps.
    for (const later of listSegments(folder).toReversed())
      if (later > segment) rmSync(segmentPath(folder, later))
    if (existsSync(segmentPath(folder, segment))) truncateSync(segmentPath(folder, segment), offset)
  } finally {
    lock.release()
  }
}

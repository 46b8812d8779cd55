import { rmSync } from 'node:fs'
import { listSegments, segmentPath } from './segment.ts'

/**
 * Deletes the segments before one that stays, oldest first, so that a crash in between leaves no gap. A writer may have
 * the log open: it only ever holds the newest segment, which stays in any case.
 *
 * @returns How many were deleted.
 */
export function pruneLog(folder: string, { firstSegment }: { firstSegment: number }): number {
  const segments = listSegments(folder)
  const old = segments.slice(0, -1).filter((segment) => segment < firstSegment)
  for (const segment of old) rmSync(segmentPath(folder, segment))
  return old.length
}

import { rmSync } from 'node:fs'
import { cutLog } from '../../feed/index.ts'
import type { DataFolder } from '../dataFolder.ts'
import { goodSnapshot } from '../startPoint.ts'

/**
 * Gives up what the chain of a followed node's folder has behind its newest snapshot, so that it is followed again from
 * there. For a chain whose sequencer has signed what was wrong, and has put that right.
 *
 * @param remarks - gets a sentence that says so.
 */
export function rollBack(folder: DataFolder, remarks: string[]): void {
  const found = goodSnapshot(folder, { accepts: () => true, remarks })
  if (found === undefined) return
  // First: it finds out whether somebody writes there.
  cutLog(folder.log, found.head.log)
  for (const path of [folder.history, folder.feed]) rmSync(path, { recursive: true, force: true })
  remarks.push(`what came after block ${found.head.blockNumber} was given up, and is followed again`)
}

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'

const NAME = /^snapshot-(\d{12,20})(?:-(\d{1,20}))?\.state$/
/** What a writer that did not come to its end left behind. */
const UNFINISHED = /^snapshot-\d{12,20}(?:-\d{1,20})?\.state\.new$/

/** Of the state after that block. */
export type SnapshotFile = SealedPlace & { path: string }

/** @param branch - see SealedPlace. */
export function snapshotPath(folder: string, blockNumber: bigint, branch = 0n): string {
  const number = String(blockNumber).padStart(12, '0')
  return join(folder, `snapshot-${number}${branch > 0n ? `-${branch}` : ''}.state`)
}

/**
 * The snapshots of a folder, newest first in the order of the log; none where the folder does not exist. Nothing is opened.
 */
export function listSnapshots(folder: string): SnapshotFile[] {
  if (!existsSync(folder)) return []
  const files: SnapshotFile[] = []
  for (const name of readdirSync(folder)) {
    const match = NAME.exec(name)
    if (match === null) continue
    const [, blockNumber, branch = '0'] = match
    files.push({ path: join(folder, name), blockNumber: BigInt(blockNumber!), branch: BigInt(branch) })
  }
  return files.sort((a, b) => (isPlaceBehind(a, b) ? -1 : 1))
}

/** Creates the folder and deletes what unfinished writers left there. Call while nobody writes. */
export function prepareSnapshotFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (UNFINISHED.test(name)) rmSync(join(folder, name))
}

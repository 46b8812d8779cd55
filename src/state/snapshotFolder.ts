import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const NAME = /^snapshot-(\d{12,20})\.state$/
/** What a writer that did not come to its end left behind. */
const UNFINISHED = /^snapshot-\d{12,20}\.state\.new$/

export type SnapshotFile = { path: string; blockNumber: bigint }

export function snapshotPath(folder: string, blockNumber: bigint): string {
  return join(folder, `snapshot-${String(blockNumber).padStart(12, '0')}.state`)
}

/** The snapshots of a folder, newest first; none where the folder does not exist. Nothing is opened. */
export function listSnapshots(folder: string): SnapshotFile[] {
  if (!existsSync(folder)) return []
  const files: SnapshotFile[] = []
  for (const name of readdirSync(folder)) {
    const match = NAME.exec(name)
    if (match !== null) files.push({ path: join(folder, name), blockNumber: BigInt(match[1]!) })
  }
  return files.sort((a, b) => (a.blockNumber < b.blockNumber ? 1 : -1))
}

/** Creates the folder and deletes what unfinished writers left there. Call while nobody writes. */
export function prepareSnapshotFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (UNFINISHED.test(name)) rmSync(join(folder, name))
}

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FolderLock } from '../../feed/index.ts'
import { loadChain } from '../chain.ts'
import { type DataFolder, DataFolderError, openDataFolder } from '../dataFolder.ts'

/**
 * Opens the folder of a chain that is there, for one that no node has open, and keeps it so.
 *
 * @throws DataFolderError, LogLockedError.
 */
export function lockFolder(path: string): { folder: DataFolder; release: () => void } {
  if (!existsSync(join(path, 'leveret.json')))
    throw new DataFolderError(`There is no chain here.\n  folder: ${path}`, 'name its folder with --data.')
  const folder = openDataFolder({ path, genesis: undefined, local: {}, fresh: false })
  if (loadChain(folder.genesis).isFork)
    throw new DataFolderError(
      `The chain is forked from another, which has most of its state.\n  folder: ${path}`,
      'there is nothing to do for such a folder; --fresh deletes it.',
    )
  mkdirSync(folder.log, { recursive: true })
  const lock = FolderLock.take(folder.log)
  return { folder, release: () => lock.release() }
}

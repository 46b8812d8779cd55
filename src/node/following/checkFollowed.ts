import { bytesToHex, equalBytes } from '../../lib/index.ts'
import { type DataFolder, DataFolderError } from '../dataFolder.ts'
import type { ReplicaOptions } from './bootstrap.ts'

/**
 * A chain that is followed has another writer: nobody else may write into its folder.
 *
 * @throws DataFolderError
 */
export function checkFollowed({ path, sequencer }: DataFolder, replica: ReplicaOptions | undefined): void {
  if (replica === undefined && sequencer !== undefined)
    throw new DataFolderError(
      `The data folder holds the chain of another node.\n  folder: ${path}   sequencer: ${bytesToHex(sequencer)}`,
      'start it as a replica (replica --from URL), or name another folder with --data.',
    )
  if (replica !== undefined && sequencer === undefined)
    throw new DataFolderError(
      `The data folder holds a chain that is made there, no replica's.\n  folder: ${path}`,
      'name another folder with --data, or start anew with --fresh (which deletes this chain).',
    )
  const wanted = replica?.sequencer
  if (wanted !== undefined && sequencer !== undefined && !equalBytes(wanted, sequencer))
    throw new DataFolderError(
      `The data folder holds the chain of another sequencer.\n  folder: ${path}\n` +
        `  its sequencer: ${bytesToHex(sequencer)}   wanted: ${bytesToHex(wanted)}`,
      'name another folder with --data, or start anew with --fresh (which deletes this copy).',
    )
}

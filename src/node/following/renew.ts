import { existsSync, renameSync, rmSync } from 'node:fs'
import { hexToBytes } from '../../lib/index.ts'
import { DataFolderError, folderPaths, holdsChain, markedChain } from '../dataFolder.ts'
import { type BootstrapOptions, type Bootstrapped, bootstrap } from './bootstrap.ts'

/**
 * Fetches a newer snapshot of the chain that a folder follows, and puts it in the place of the folder's own, with the log
 * and all that was made from it. Evidence stays. Until the new one is whole nothing is deleted.
 *
 * @throws BootstrapError, DataFolderError; the folder is as it was then.
 */
export async function renew(options: Omit<BootstrapOptions, 'genesis'>): Promise<Bootstrapped> {
  const { path } = options
  const { genesisHash, sequencer } = markedChain(path)
  const { anew } = folderPaths(path)
  const made = await bootstrap({
    ...{ ...options, path: anew, genesis: undefined },
    sequencer: sequencer === undefined ? options.sequencer : hexToBytes(sequencer),
  })
  const other = markedChain(anew).genesisHash
  if (other !== genesisHash) {
    rmSync(anew, { recursive: true })
    throw new DataFolderError(
      `The sources have another chain.\n  folder: ${path}   its genesis: ${genesisHash}\n  theirs: ${other}`,
      'check the addresses after --from.',
    )
  }
  finishRenewal(path)
  return made
}

/** Does the rest of a renewal whose snapshot was whole; may be broken off, and repeated at the next start. */
export function finishRenewal(path: string): void {
  const own = folderPaths(path)
  if (!holdsChain(own.anew)) return
  const made = folderPaths(own.anew)
  for (const derived of [own.history, own.feed]) rmSync(derived, { recursive: true, force: true })
  for (const part of ['log', 'snapshots'] as const) {
    if (!existsSync(made[part])) continue
    rmSync(own[part], { recursive: true, force: true })
    renameSync(made[part], own[part])
  }
  rmSync(own.anew, { recursive: true })
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { placeAfter, readLog } from '../../feed/index.ts'
import { History } from '../../history/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import type { SealedPlace } from '../../protocol/index.ts'
import { listSnapshots, SnapshotReader } from '../../state/index.ts'
import { loadChain } from '../chain.ts'
import { type DataFolder, DataFolderError, openDataFolder } from '../dataFolder.ts'
import type { Progress } from '../genesisSource.ts'
import { type PruneReport, pruneFolder } from '../pruneFolder.ts'
import { placeOf, StartError } from '../startPoint.ts'
import { takeSnapshot } from '../takeSnapshot.ts'
import { exportState } from './exportState.ts'
import { lockFolder } from './openFolder.ts'
import { type VerifyReport, verifyFolder } from './verifyFolder.ts'

type Command = { data: string; onProgress: Progress }

/** Checks everything in a data folder; changes nothing. */
export async function verifyDb({ data, onProgress }: Command): Promise<VerifyReport> {
  return whileLocked(data, (folder) => verifyFolder(folder, onProgress))
}

/** Makes a snapshot of the newest sealed block. Returns its number, and whether there was one already. */
export function snapshotDb({ data, onProgress }: Command): Promise<{ blockNumber: bigint; isNew: boolean }> {
  return whileLocked(data, (folder) => snapshotOf(folder, onProgress))
}

/** Deletes snapshots that newer ones stand for and, unless `keepLog`, the log that they make unnecessary. */
export function pruneDb({ data, keepLog }: Command & { keepLog: boolean }): Promise<PruneReport> {
  return whileLocked(data, async (folder) => {
    const { snapshots, log } = folder
    return pruneFolder({ snapshots, log, keepLog, historyHead: await historyHead(folder) })
  })
}

/** Writes the state of the newest sealed block as a geth-style genesis. */
export function exportDb({
  data,
  onProgress,
  path,
}: Command & { path: string }): Promise<{ blockNumber: bigint; accounts: number; slots: number }> {
  return whileLocked(data, (folder) => {
    const { blockNumber } = snapshotOf(folder, onProgress)
    const [newest] = listSnapshots(folder.snapshots)
    const counts = exportState(newest!.path, { genesis: folder.genesis, path, onProgress })
    return { blockNumber, ...counts }
  })
}

/** Makes the folder of a new chain from a geth-style genesis of any size. Returns its genesis hash. */
export function importDb({ data, onProgress, path }: Command & { path: string }): { genesisHash: string } {
  if (existsSync(join(data, 'leveret.json'))) {
    throw new DataFolderError(
      `There is a chain here already.\n  folder: ${data}`,
      'name another folder with --data.',
    )
  }
  const folder = openDataFolder({
    path: data,
    genesis: { path },
    local: {},
    fresh: false,
    onProgress,
  })
  return { genesisHash: bytesToHex(loadChain(folder.genesis).hash) }
}

function snapshotOf(folder: DataFolder, onProgress: Progress): { blockNumber: bigint; isNew: boolean } {
  const upTo = newestSealed(folder)
  const steps = takeSnapshot({ ...folder, upTo })
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) onProgress(step.value)
  return { blockNumber: upTo.blockNumber, isNew: step.value !== undefined }
}

/** The newest block whose header is in the log, or the newest snapshot's. */
function newestSealed({ snapshots, log, path }: DataFolder): SealedPlace {
  const [newest] = listSnapshots(snapshots)
  if (newest === undefined) throw new StartError('no snapshot of the state is there', path, [])
  const reader = new SnapshotReader(newest.path)
  const { head } = reader
  reader.close()
  let place = placeOf(head)
  for (const { record } of readLog(log, head.log)) place = placeAfter(place, record)
  return place
}

async function historyHead(folder: DataFolder): Promise<SealedPlace> {
  const { hash } = loadChain(folder.genesis)
  const history = History.open(folder.history, { genesisHash: hash })
  const head = history.head ?? { branch: 0n, blockNumber: 0n }
  await history.close()
  return head
}

async function whileLocked<T>(data: string, work: (folder: DataFolder) => T | Promise<T>): Promise<T> {
  const { folder, release } = lockFolder(data)
  try {
    return await work(folder)
  } finally {
    release()
  }
}

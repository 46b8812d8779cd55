import { listSnapshots, type SnapshotError, SnapshotReader } from '../../state/index.ts'

/**
 * Path of the newest snapshot in a folder for which `accepts` says yes: it gets the number of the record behind it. One that
 * is damaged is passed over.
 */
export function newestSnapshot(
  folder: string,
  accepts: (recordNumber: bigint) => boolean,
): string | undefined {
  for (const { path } of listSnapshots(folder)) {
    const record = recordNumberOf(path)
    if (record !== undefined && accepts(record)) return path
  }
  return undefined
}

/** Undefined where the snapshot is damaged, or has just been deleted. */
function recordNumberOf(path: string): bigint | undefined {
  try {
    const reader = new SnapshotReader(path)
    reader.close()
    return reader.head.log.recordNumber
  } catch (error) {
    const { name, code } = error as SnapshotError & NodeJS.ErrnoException
    if (name === 'SnapshotError' || code === 'ENOENT') return undefined
    throw error
  }
}

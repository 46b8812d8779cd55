import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEntry, type Evidence } from '../../feed/index.ts'
import { ByteWriter } from '../../lib/index.ts'

/** Keeps two entries that were signed for one place, see {@link keepEntries}. */
export function keepEvidence(folder: string, { first, second }: Evidence): string {
  return keepEntries(folder, 'equivocation', [first, second])
}

/** Keeps a signed entry that can't be, see {@link keepEntries}. */
export function keepRefuted(folder: string, encoded: Uint8Array): string {
  return keepEntries(folder, 'refuted', [encoded])
}

/**
 * Keeps entries as they were signed, each behind its length (u32, little-endian), in a file named by the place of the
 * first. One that is there stays. Returns its path.
 */
function keepEntries(folder: string, what: string, entries: readonly Uint8Array[]): string {
  const { epoch, firstRecord } = decodeEntry(entries[0]!)
  const path = join(folder, `${what}-${epoch}-${firstRecord}.entries`)
  const writer = new ByteWriter()
  for (const entry of entries) writer.sized(entry)
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(path, writer.written(), { flag: 'wx', flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return path
}

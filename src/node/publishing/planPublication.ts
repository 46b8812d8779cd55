import { existsSync } from 'node:fs'
import { EntryStore } from '../../feed/index.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { StartPoint } from '../startPoint.ts'
import { loggedEpoch } from './loggedEpoch.ts'
import { newestSnapshot } from './newestSnapshot.ts'
import { PublishingError } from './PublishingError.ts'
import { Term } from './Term.ts'

/** How the stream goes on after a start. */
export type PublicationPlan = {
  epoch: bigint
  /** Path of the snapshot from which the state before the next entry is made. */
  snapshot: string
  /** What was published can't be gone on with: the stream begins anew at the snapshot. */
  isAnew: boolean
}

/**
 * Decides where a stream goes on, and in which epoch. One epoch never has two entries for one place: where entries may have
 * been sent that are not here, or are of records that the log has lost, the next epoch begins.
 *
 * @param options - `epoch`: the one that was asked for.
 * @param remarks - gets a sentence for an epoch that had to begin.
 * @throws PublishingError when an epoch was asked for that is over.
 */
export function planPublication(
  folder: Pick<DataFolder, 'feed' | 'snapshots' | 'log'>,
  start: StartPoint,
  { genesisHash, maxBytes, epoch }: { genesisHash: Uint8Array; maxBytes: number; epoch: bigint | undefined },
  remarks: string[],
): PublicationPlan {
  const store = EntryStore.open(folder.feed, { genesisHash, maxBytes })
  try {
    const term = new Term(folder.feed)
    const { nextRecord } = store
    const snapshot =
      nextRecord === undefined
        ? start.snapshot
        : newestSnapshot(folder.snapshots, (record) => record <= nextRecord)
    const published = laterOf(store.last?.epoch, term.epoch)
    // Of a chain that was never published, or whose folder of entries was lost.
    const logged = published === undefined ? loggedEpoch(folder.log) : undefined
    const reason = breakOf(nextRecord, start, {
      ...{ isBroken: term.isBroken, isUnknown: logged !== undefined, hasSnapshot: snapshot !== undefined },
    })
    const known = published ?? logged
    const least = known === undefined ? 0n : known + (reason === undefined ? 0n : 1n)
    if (epoch !== undefined && epoch < least)
      throw new PublishingError(
        `epoch ${epoch} is over${reason === undefined ? '' : `: ${reason}`}`,
        `begin with --epoch ${least} or a later one, or leave it out.`,
      )
    if (reason !== undefined && known !== undefined && epoch === undefined)
      remarks.push(`the stream goes on in epoch ${least}: ${reason}`)
    const isAnew = snapshot === undefined || (nextRecord ?? 0n) > start.report.recordCount
    return { epoch: epoch ?? least, snapshot: isAnew ? start.snapshot : snapshot, isAnew }
  } finally {
    store.close()
  }
}

/** The newest epoch in which the folder's chain was published; 0 if it never was. */
export function publishedEpoch(folder: string): bigint {
  return existsSync(folder) ? (new Term(folder).epoch ?? 0n) : 0n
}

/** Why an epoch is over; undefined: it goes on. */
function breakOf(
  nextRecord: bigint | undefined,
  { report }: StartPoint,
  { isBroken, isUnknown, hasSnapshot }: { isBroken: boolean; isUnknown: boolean; hasSnapshot: boolean },
): string | undefined {
  if (isUnknown) return 'the log has mini-blocks, and nothing tells which entries of them were published'
  if (isBroken) return 'the machine stopped while it was published'
  if (nextRecord !== undefined && nextRecord > report.recordCount)
    return `the log ends at record ${report.recordCount}, and those before ${nextRecord} were published`
  return hasSnapshot ? undefined : 'the log no longer has the records that come next'
}

function laterOf(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a > b ? a : b
}

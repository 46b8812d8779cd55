import { type LogRecord, placeAfter, readLog } from '../feed/index.ts'
import { assert, inTurns } from '../lib/index.ts'
import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import { listSnapshots, mergeSnapshot, PieceBuilder, SnapshotReader, StateChanges } from '../state/index.ts'
import { placeOf } from './startPoint.ts'

/** Reading lets others have their turns of the main thread: it may be answering requests. */
const TURNS = { turnMs: 4 }

/**
 * The whole state after a sealed block that is in the log, as encoded StateDiffs of codes, accounts and slots: of the
 * newest snapshot before it and the log since, in turns.
 */
export async function readState(
  { snapshots, log }: { snapshots: string; log: string },
  place: SealedPlace,
  onDiff: (diff: Uint8Array) => void,
): Promise<void> {
  const file = listSnapshots(snapshots).find((each) => !isPlaceBehind(each, place))
  assert(file !== undefined, 'a data folder has a snapshot')
  const base = new SnapshotReader(file.path)
  try {
    const changes = await changesSince(base, log, place)
    const pieces = new PieceBuilder(({ diff }) => onDiff(diff))
    await inTurns(mergeSnapshot(base, changes, pieces), () => {}, TURNS)
  } finally {
    base.close()
  }
}

async function changesSince(base: SnapshotReader, log: string, place: SealedPlace): Promise<StateChanges> {
  const changes = new StateChanges()
  const start = placeOf(base.head)
  if (isPlaceBehind(place, start))
    await inTurns(gather(readLog(log, base.head.log), { start, place, changes }), () => {}, TURNS)
  return changes
}

function* gather(
  entries: Iterable<{ record: LogRecord }>,
  { start, place, changes }: { start: SealedPlace; place: SealedPlace; changes: StateChanges },
): Generator<void, void> {
  const diffs: Uint8Array[] = []
  let at = start
  for (const { record } of entries) {
    if (record.kind === 'chunk' || record.kind === 'rewind') diffs.push(record.diff)
    // The next block's changes may come before the header.
    if (record.kind === 'closeBlock' || record.kind === 'rewind')
      for (const diff of diffs.splice(0)) changes.apply(diff)
    at = placeAfter(at, record)
    if (!isPlaceBehind(place, at)) return
    yield
  }
  throw new Error(`block ${place.blockNumber} is not in the log`)
}

import { endsOnAdopted, type LogRecord, type Rewind, readLog, type SealHeader } from '../feed/index.ts'
import { assert, EMPTY_BYTES } from '../lib/index.ts'
import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import { encodeChainTail } from '../sequencer/index.ts'
import {
  listSnapshots,
  mergeSnapshot,
  PieceBuilder,
  type SnapshotHead,
  SnapshotReader,
  SnapshotWriter,
  StateChanges,
  snapshotPath,
} from '../state/index.ts'
import { tailOf } from './startPoint.ts'

/** Changed accounts and slot writes after which one snapshot is made and the next begun: bounds memory, some 200 MB. */
const CHANGES_PER_SNAPSHOT = 1_000_000
/** Records of the log between two steps. */
const RECORDS_PER_STEP = 64

export type SnapshotJob = {
  /** Folders. */
  snapshots: string
  log: string
  /** The sealed block, in the log, whose state is wanted. */
  upTo: SealedPlace
}

/** `done` of `total` bytes. */
export type SnapshotStep = { what: string; done: number; total: number }

/**
 * Makes a snapshot of a sealed block: the newest snapshot before it, merged with what the log says since. It reads only
 * files, so whoever executes takes no notice of it. Where very much has changed, snapshots of blocks on the way come
 * first.
 *
 * @returns A generator that does a little at each step, so that the caller sets the pace; at its end the newest
 * snapshot's head, or undefined if there was one of this block or a later one.
 * @throws SnapshotWriteError when the disk is full, and what reading the log and a snapshot throws. Nothing is left then.
 */
export function* takeSnapshot(job: SnapshotJob): Generator<SnapshotStep, SnapshotHead | undefined> {
  let made: SnapshotHead | undefined
  for (;;) {
    const [newest] = listSnapshots(job.snapshots)
    assert(newest !== undefined, 'a data folder has a snapshot')
    if (!isPlaceBehind(job.upTo, newest)) return made
    const base = new SnapshotReader(newest.path)
    try {
      const gathered = yield* gatherChanges(base.head, job)
      if (gathered === undefined) return made
      const { changes, head } = gathered
      yield* writeMerged(base, changes, {
        path: snapshotPath(job.snapshots, head.blockNumber, tailOf(head).branch),
        head,
      })
      made = head
    } finally {
      base.close()
    }
  }
}

/** What changed between a snapshot and the wanted block, or a block before when it is very much. */
function* gatherChanges(
  base: SnapshotHead,
  { log, upTo }: SnapshotJob,
): Generator<SnapshotStep, { changes: StateChanges; head: SnapshotHead } | undefined> {
  const tail = tailOf(base)
  const changes = new StateChanges()
  let { recordNumber } = base.log
  let diffs: Uint8Array[] = []
  let closed: (Pick<SnapshotHead, 'blockNumber' | 'log' | 'tail'> & SealedPlace) | undefined
  for (const { record, next } of readLog(log, base.log)) {
    recordNumber++
    // The digest only matters to who checks the next seal.
    tail.follow(record, record.kind === 'chunk' ? EMPTY_BYTES : undefined)
    if (record.kind === 'chunk' || record.kind === 'rewind') diffs.push(record.diff)
    if (record.kind === 'closeBlock' || record.kind === 'rewind') {
      for (const diff of diffs) changes.apply(diff)
      diffs = []
      const place = { branch: tail.branch, blockNumber: tail.closed.number }
      closed = { ...place, log: { ...next, recordNumber }, tail: encodeChainTail(tail) }
      // What comes behind the wanted block may not be durable.
      if (isPlaceBehind(place, upTo)) return undefined
    }
    if (closed !== undefined && sealedBy(record, base.genesisHash) === closed.blockNumber) {
      const { branch, ...rest } = closed
      const { header } = record as SealHeader | Rewind
      const head = { ...rest, genesisHash: base.genesisHash, header }
      const isThere = !isPlaceBehind(upTo, closed)
      if (isThere || changes.count >= CHANGES_PER_SNAPSHOT) return { changes, head }
    }
    if (Number(recordNumber) % RECORDS_PER_STEP === 0)
      yield {
        what: `reading the log to block ${upTo.blockNumber}`,
        done: Number(tail.closed.number),
        total: Number(upTo.blockNumber),
      }
  }
  // A block that was taken over does not say what its state is; the next does.
  if (closed !== undefined && !isPlaceBehind(upTo, closed)) return undefined
  throw new Error(`block ${upTo.blockNumber} is not sealed in the log at ${log}`)
}

/** Number of the block whose state a record says to be that of its header. */
function sealedBy(record: LogRecord, genesisHash: Uint8Array): bigint | undefined {
  if (record.kind === 'sealHeader') return record.number
  return record.kind === 'rewind' && !endsOnAdopted(record, genesisHash) ? record.blockNumber : undefined
}

function* writeMerged(
  base: SnapshotReader,
  changes: StateChanges,
  { path, head }: { path: string; head: SnapshotHead },
): Generator<SnapshotStep, void> {
  const writer = new SnapshotWriter(path, head)
  try {
    const pieces = new PieceBuilder((piece) => writer.write(piece))
    for (const done of mergeSnapshot(base, changes, pieces))
      yield { what: `writing the state of block ${head.blockNumber}`, done, total: base.sizeBytes }
    writer.finish()
  } catch (error) {
    writer.abort()
    throw error
  }
}

import { existsSync, renameSync, statSync } from 'node:fs'
import {
  type LogPosition,
  listSegments,
  type RecoveryReport,
  recoverLog,
  segmentPath,
} from '../feed/index.ts'
import { assert, bytesToHex, equalBytes, inTurns } from '../lib/index.ts'
import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import { type ChainTail, decodeChainTail } from '../sequencer/index.ts'
import {
  listSnapshots,
  prepareSnapshotFolder,
  SnapshotError,
  type SnapshotHead,
  SnapshotReader,
} from '../state/index.ts'
import type { DataFolder } from './dataFolder.ts'
import type { LogRange } from './replay.ts'

/** Where a node starts: the newest snapshot, and the log behind it. */
export type StartPoint = {
  /** Path of the snapshot. */
  snapshot: string
  head: SnapshotHead
  report: RecoveryReport
}

/**
 * Finds the newest snapshot, and makes the log behind it whole: what a crash left unfinished is cut off and told. Of the
 * snapshot only the head is read; whoever loads it checks the rest, and {@link setAside} takes a damaged one away.
 *
 * @param options - `remarks` gets a sentence for what was cut off, and for snapshots that could not be used;
 * `historyHead` is the newest block that history has: it was durable in the log; `wholeEntries`: see RecoverLogOptions.
 * @throws StartError if there is no snapshot, or the log does not reach it; LogShortError, LogCorruptError and others of `recoverLog`.
 */
export function findStart(
  folder: DataFolder,
  genesisHash: Uint8Array,
  {
    remarks,
    historyHead,
    wholeEntries = false,
  }: { remarks: string[]; historyHead: SealedPlace | undefined; wholeEntries?: boolean },
): StartPoint {
  prepareSnapshotFolder(folder.snapshots)
  const found = goodSnapshot(folder, { remarks, accepts: () => true })
  if (found === undefined)
    throw new StartError('no good snapshot of the state is there', folder.path, remarks)
  const { path: snapshot, head } = found
  if (!equalBytes(head.genesisHash, genesisHash)) {
    const reason = `the snapshot of block ${head.blockNumber} is of another chain (genesis ${bytesToHex(head.genesisHash)})`
    throw new StartError(reason, folder.path, remarks)
  }
  // Where the snapshot is newer, it stands for the block.
  const from = placeOf(head)
  const sealed = historyHead !== undefined && isPlaceBehind(historyHead, from) ? historyHead : undefined
  const { segment: fromSegment } = head.log
  const report = recoverLog(folder.log, { genesisHash, fromSegment, from, sealed, wholeEntries })
  if (report.recordCount < head.log.recordNumber || isBefore(report.end, head.log)) {
    const reason = `the log ends at record ${report.recordCount}, before the snapshot of block ${head.blockNumber} (record ${head.log.recordNumber}): what was acknowledged is missing`
    throw new StartError(reason, folder.path, remarks)
  }
  const { cut } = report
  if (cut !== undefined)
    remarks.push(`${cut.bytes} bytes cut from ${cut.path} at offset ${cut.offset}: ${cut.reason}`)
  return { snapshot, head, report }
}

export type GoodSnapshot = { path: string; head: SnapshotHead }

export type SnapshotChoice = {
  accepts: (place: SealedPlace) => boolean
  /** Gets a sentence for each one that was accepted and is no good. */
  remarks: string[]
  /** The oldest instead of the newest. */
  isOldestFirst?: boolean
}

/**
 * The newest snapshot from which the log goes on and that is accepted and has a good head. One that is damaged there is
 * set aside.
 */
export function goodSnapshot(
  { snapshots, log }: DataFolder,
  { accepts, remarks, isOldestFirst = false }: SnapshotChoice,
): GoodSnapshot | undefined {
  const firstSegment = listSegments(log)[0] ?? 0
  const files = listSnapshots(snapshots)
  for (const { path, ...place } of isOldestFirst ? files.toReversed() : files) {
    if (!accepts(place)) continue
    try {
      const head = readHead(path)
      if (head.log.segment >= firstSegment) return { path, head }
      remarks.push(`the snapshot of block ${place.blockNumber} can't be used: the log behind it was deleted`)
    } catch (error) {
      if (!setAside(error, remarks)) throw error
    }
  }
  return undefined
}

/**
 * If `error` says that a snapshot is damaged, also from another thread: renames the file, so that nothing is built on it
 * and somebody may look at it, and remarks that. Returns whether it was so.
 */
export function setAside(error: unknown, remarks: string[]): boolean {
  // The class does not survive the way between threads, the properties do.
  if (!(error instanceof Error) || error.name !== 'SnapshotError') return false
  const { path, offset, reason } = error as SnapshotError
  if (existsSync(path)) renameSync(path, `${path}.damaged`)
  remarks.push(`the snapshot ${path} can't be used: ${reason} (offset ${offset}); it is now ${path}.damaged`)
  return true
}

/** @throws SnapshotError */
export function readHead(path: string): SnapshotHead {
  const reader = new SnapshotReader(path)
  reader.close()
  if (decodeChainTail(reader.head.tail) === undefined)
    throw new SnapshotError(path, 0, 'its head has no place in the chain')
  return reader.head
}

/** Applies a snapshot's state, piece by piece. @throws SnapshotError, with a part of it applied, if it is damaged. */
export function loadSnapshot(path: string, apply: (diff: Uint8Array) => void): SnapshotHead {
  const reader = new SnapshotReader(path)
  try {
    for (const { diff } of reader.pieces()) apply(diff)
    return reader.head
  } finally {
    reader.close()
  }
}

/** The same on a thread that others wait for. */
export async function loadSnapshotInTurns(path: string, apply: (diff: Uint8Array) => void): Promise<void> {
  const reader = new SnapshotReader(path)
  try {
    await inTurns(reader.pieces(), ({ diff }) => apply(diff))
  } finally {
    reader.close()
  }
}

/** The log from a snapshot on, up to the record that was the last when the node started. */
export function rangeBehind(head: SnapshotHead, { folder, recordCount }: Omit<LogRange, 'from'>): LogRange {
  return { folder, from: head.log, recordCount: recordCount - head.log.recordNumber }
}

/** The chain's end as it was at a snapshot. */
export function tailOf(head: SnapshotHead): ChainTail {
  const tail = decodeChainTail(head.tail)
  assert(tail !== undefined, 'a snapshot that was checked has its place in the chain')
  return tail
}

/** Of which block a snapshot is. */
export function placeOf(head: SnapshotHead): SealedPlace {
  return { branch: tailOf(head).branch, blockNumber: head.blockNumber }
}

/** Bytes of the log from a snapshot on. */
export function bytesBehind(head: SnapshotHead, log: string): number {
  let bytes = -head.log.offset
  for (const segment of listSegments(log))
    if (segment >= head.log.segment) bytes += statSync(segmentPath(log, segment)).size
  return Math.max(0, bytes)
}

function isBefore(a: LogPosition, b: LogPosition): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset)
}

/** There is nothing from which the node could go on without losing what it has acknowledged. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly recovery = 'stop'

  constructor(reason: string, folder: string, remarks: readonly string[]) {
    super(
      [
        `The chain can't be opened: ${reason}.`,
        `  folder: ${folder}`,
        ...remarks.map((remark) => `  ${remark}`),
        '  next: put back the folder from a copy, or start anew with --fresh (which deletes this chain).',
      ].join('\n'),
    )
  }
}

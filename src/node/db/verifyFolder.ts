import { existsSync } from 'node:fs'
import {
  adoptedBlocks,
  LogOrder,
  type LogPosition,
  listSegments,
  type Rewind,
  readLog,
  SEGMENT_HEAD_BYTES,
} from '../../feed/index.ts'
import { History } from '../../history/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, equalBytes } from '../../lib/index.ts'
import { Sealer } from '../../sequencer/index.ts'
import { listSnapshots, type SnapshotHead, SnapshotReader } from '../../state/index.ts'
import { CompactStateTrie } from '../../trie/index.ts'
import { type Chain, loadChain } from '../chain.ts'
import type { DataFolder } from '../dataFolder.ts'
import type { Progress } from '../genesisSource.ts'
import { loadSnapshot, tailOf } from '../startPoint.ts'
import { trieCommitment } from '../trieCommitment.ts'
import { CHECKING_TRIE } from '../trieOptions.ts'

/** What was checked, and what is wrong; each a sentence. */
export type VerifyReport = { checked: string[]; problems: string[] }

/**
 * Checks everything in a data folder against everything else: checksums of log and snapshots, the order and digests of
 * the log's records, every header of the log against the state, transactions and receipts that the log itself has, each
 * snapshot's state against its header, and history's blocks against the log's. Changes nothing.
 */
export async function verifyFolder(folder: DataFolder, onProgress: Progress): Promise<VerifyReport> {
  const report: VerifyReport = { checked: [], problems: [] }
  const chain = loadChain(folder.genesis)
  const good = verifySnapshots(folder, chain, { report, onProgress })
  const before = report.problems.length
  const headers = verifyLog(folder, chain, { good, report, onProgress })
  // Where the log is damaged, it is known already that something is missing.
  const isWhole = report.problems.length === before
  const logHead = isWhole ? ([...headers.keys()].at(-1) ?? good.at(-1)?.head.blockNumber) : undefined
  await verifyHistory(folder, chain, { headers, logHead, report })
  return report
}

type Check = { report: VerifyReport; onProgress: Progress }
type GoodSnapshot = { path: string; head: SnapshotHead }

/** Those whose state is the one that their header names, oldest first. */
function verifySnapshots(
  { snapshots }: DataFolder,
  chain: Chain,
  { report, onProgress }: Check,
): GoodSnapshot[] {
  const good: GoodSnapshot[] = []
  for (const { path, blockNumber } of listSnapshots(snapshots).toReversed()) {
    attempt(report, () => {
      const head = loadSnapshotChecked(path, chain, onProgress)
      good.push({ path, head })
      report.checked.push(`snapshot of block ${blockNumber}: whole, its state has the root of its header`)
    })
  }
  if (good.length === 0) report.problems.push(`no good snapshot of the state is in ${snapshots}`)
  return good
}

function loadSnapshotChecked(path: string, chain: Chain, onProgress: Progress): SnapshotHead {
  const reader = new SnapshotReader(path)
  try {
    const { head } = reader
    if (!equalBytes(head.genesisHash, chain.hash)) throw new Error(`${path} is of another chain`)
    const trie = new CompactStateTrie(CHECKING_TRIE)
    for (const { diff } of reader.pieces()) {
      trie.apply(diff)
      const what = `checking the snapshot of block ${head.blockNumber}`
      onProgress({ what, done: reader.offset, total: reader.sizeBytes })
    }
    sealerOf(trie, chain, head).checkState(head.header)
    return head
  } finally {
    reader.close()
  }
}

function sealerOf(
  trie: CompactStateTrie,
  { schedule, hash: genesisHash }: Chain,
  head: SnapshotHead,
): Sealer {
  return new Sealer(
    trieCommitment(trie),
    { number: head.blockNumber, hash: keccak256(head.header), genesisHash },
    schedule,
  )
}

/** Hashes of the blocks whose headers were computed again from the log. */
type Headers = Map<bigint, Uint8Array>

function verifyLog(
  { log }: DataFolder,
  chain: Chain,
  { good, report, onProgress }: Check & { good: GoodSnapshot[] },
): Headers {
  const headers: Headers = new Map()
  const segments = listSegments(log)
  const first = { segment: segments[0] ?? 0, offset: SEGMENT_HEAD_BYTES }
  const start = good.find(({ head }) => head.log.segment >= first.segment)
  attempt(report, () => {
    let count = 0
    // What stands before the oldest snapshot has only its checksums to be held against.
    if (start !== undefined) for (const _ of upTo(log, first, start.head.log)) count++
    else for (const _ of readLog(log, first)) count++
    if (start !== undefined)
      count += replay(log, start, { chain, headers, last: segments.at(-1) ?? 0, onProgress })
    const replayed = start === undefined ? 'their checksums only' : `${headers.size} headers computed again`
    report.checked.push(`log: ${count} records in ${segments.length} segments, ${replayed}`)
  })
  return headers
}

function* upTo(log: string, from: LogPosition, end: LogPosition): Generator<void> {
  for (const { position } of readLog(log, from)) {
    if (position.segment > end.segment || (position.segment === end.segment && position.offset >= end.offset))
      return
    yield
  }
}

/** Executes nothing, but computes every header from the records before it. Returns how many records there are. */
function replay(
  log: string,
  { path, head }: GoodSnapshot,
  {
    chain,
    headers,
    last,
    onProgress,
  }: { chain: Chain; headers: Headers; last: number; onProgress: Progress },
): number {
  const trie = new CompactStateTrie(CHECKING_TRIE)
  loadSnapshot(path, (diff) => trie.apply(diff))
  const sealer = sealerOf(trie, chain, head)
  const order = new LogOrder(tailOf(head).order)
  let count = 0
  for (const { record, payload, position } of readLog(log, head.log)) {
    count++
    order.accept(record, payload)
    if (record.kind === 'sealHeader' && record.number > sealer.sealedNumber) {
      const computed = sealer.seal()
      if (computed === undefined || !equalBytes(computed.header, record.header)) {
        const which = computed === undefined ? 'nothing' : bytesToHex(keccak256(computed.header))
        throw new Error(
          `the header of block ${record.number} in the log (hash ${bytesToHex(keccak256(record.header))}) is not the one that its records lead to (${which})`,
        )
      }
      headers.set(record.number, keccak256(record.header))
    }
    sealer.follow(record)
    if (record.kind === 'rewind') followRewind(headers, record)
    onProgress({ what: 'checking the log', done: position.segment, total: last + 1 })
  }
  return count
}

function followRewind(headers: Headers, rewind: Rewind): void {
  for (const number of headers.keys()) if (number > rewind.blockNumber) headers.delete(number)
  let number = rewind.blockNumber
  for (const { header } of adoptedBlocks(rewind)) headers.set(++number, keccak256(header))
}

async function verifyHistory(
  folder: DataFolder,
  chain: Chain,
  { headers, logHead, report }: { headers: Headers; logHead: bigint | undefined; report: VerifyReport },
): Promise<void> {
  if (!existsSync(folder.history)) {
    report.checked.push('history: not there; it is made anew from the log')
    return
  }
  const history = History.open(folder.history, { genesisHash: chain.hash })
  try {
    attempt(report, () => {
      const { headNumber = 0n } = history
      if (logHead !== undefined && headNumber > logHead)
        throw new Error(
          `history has block ${headNumber}, which was durable in the log, and the log ends at block ${logHead}`,
        )
      let compared = 0
      for (const [number, hash] of headers) {
        const block = history.blockByNumber(number)
        if (block === undefined) continue
        compared++
        if (!equalBytes(block.hash, hash)) throw new Error(`history has another block ${number} than the log`)
      }
      report.checked.push(
        `history: up to block ${history.headNumber ?? 'none'}, ${compared} blocks compared with the log`,
      )
    })
  } finally {
    await history.close()
  }
}

/** What is thrown is a problem that was found, whatever it is. */
function attempt(report: VerifyReport, check: () => void): void {
  try {
    check()
  } catch (error) {
    report.problems.push((error as Error).message)
  }
}

import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataFolder } from '../../dataFolder.ts'
import { TRIE_COUNTERS } from '../../trieCounters.ts'
import type { ChainStats } from '../ChainStats.ts'
import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet } from './MetricSet.ts'

type Parts = Pick<NodeParts, 'folder' | 'engine' | 'history' | 'snapshots' | 'trie'> & { stats: ChainStats }

/** The state in memory, and what is on the disk. */
export function storageMetrics(set: MetricSet, parts: Parts): void {
  stateMetrics(set, parts)
  snapshotMetrics(set, parts)
  diskMetrics(set, parts)
}

function stateMetrics(set: MetricSet, { engine, trie }: Parts): void {
  set.gauge('state_accounts', 'Accounts of the state.', () => engine.accountCount)
  set.gauge('state_slots', 'Storage slots of the state.', () => engine.slotCount)
  set.gauge(
    'state_entries_limit',
    'Accounts and slots together that there is room for; beyond, the node stops.',
    () => engine.limits.accountsAndSlots,
  )
  set.gauge(
    'trie_memory_bytes',
    "Memory of the sealer's trie: reserved for it, used, and of that only for proofs of older blocks.",
    () => TRIE_COUNTERS.map((kind) => [{ kind }, trie.get(kind)]),
    ['kind'],
  )
}

function snapshotMetrics(set: MetricSet, { snapshots }: Parts): void {
  const stats = snapshots?.stats
  set.counter(
    'snapshots_total',
    'Snapshots of the state that were tried.',
    () => [
      [{ outcome: 'made' }, stats?.made ?? 0],
      [{ outcome: 'failed' }, stats?.failed ?? 0],
    ],
    ['outcome'],
  )
  set.gauge(
    'snapshot_duration_seconds',
    'How long the last one since the start took; 0: none was made.',
    () => (stats?.lastMs ?? 0) / 1000,
  )
  set.gauge(
    'snapshot_timestamp_seconds',
    'Unix time of the newest snapshot; its age is time() less this.',
    () => (stats?.newest?.timeMs ?? 0) / 1000,
  )
  set.gauge('snapshot_block_number', 'Its block.', () => stats?.newest?.blockNumber ?? 0)
  set.gauge(
    'snapshot_log_bytes',
    'Log that was written since: a start replays it.',
    () => stats?.behindBytes ?? 0,
  )
}

function diskMetrics(set: MetricSet, { folder, history, stats }: Parts): void {
  set.counter('log_written_bytes_total', 'Bytes written to the log.', () => stats.logBytes)
  set.gauge(
    'history_block_number',
    'Number of the newest EVM block that history has, has on the disk, and finds logs of by its index.',
    () => [
      [{ state: 'appended' }, history.headNumber],
      [{ state: 'committed' }, history.committedNumber],
      [{ state: 'indexed' }, history.indexedNumber],
    ],
    ['state'],
  )
  set.gauge(
    'history_uncommitted_blocks',
    'EVM blocks in memory that history has not committed.',
    () => history.uncommittedBlocks,
  )
  set.gauge('history_uncommitted_bytes', 'Their bytes.', () => history.uncommittedBytes)
  set.gauge(
    'disk_used_bytes',
    'Bytes of the files in the parts of the data folder; of history what its file spans.',
    async () => Promise.all(PARTS.map(async (part) => [{ part }, await folderBytes(folder[part])] as const)),
    ['part'],
  )
  set.gauge(
    'disk_free_bytes',
    'Bytes that are free on the disk of the data folder, for who is not root.',
    async () => {
      const { bavail, bsize } = await statfs(folder.path)
      return bavail * bsize
    },
  )
}

const PARTS = ['log', 'snapshots', 'history', 'compiled'] as const satisfies (keyof DataFolder)[]

/** 0 where there is no such folder (yet). */
async function folderBytes(path: string): Promise<number> {
  const names = await readdir(path).catch(() => [])
  const sizes = await Promise.all(
    // A file may be deleted meanwhile.
    names.map((name) =>
      stat(join(path, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

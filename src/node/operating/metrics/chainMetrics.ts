import { ARRIVALS_LIMIT, POOL_TOTAL_LIMIT } from '../../../sequencer/index.ts'
import { INTAKE_BYTES } from '../../intake/index.ts'
import type { ChainStats } from '../ChainStats.ts'
import type { Lags } from '../Health.ts'
import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet } from './MetricSet.ts'

type Parts = Pick<NodeParts, 'view' | 'submissions' | 'pool' | 'lateness'> & {
  stats: ChainStats
  lags: () => Lags
}

/** Transactions on their way, mini-blocks, EVM blocks, and how far the followers of the log are behind it. */
export function chainMetrics(set: MetricSet, parts: Parts): void {
  transactionMetrics(set, parts)
  blockMetrics(set, parts)
}

function transactionMetrics(set: MetricSet, { stats, submissions, pool }: Parts): void {
  set.counter(
    'transactions_executed_total',
    'Transactions executed and sealed in mini-blocks.',
    () => stats.transactions,
  )
  set.counter(
    'transactions_queued_total',
    'Transactions acknowledged that had to wait in the pool.',
    () => submissions.stats.queued,
  )
  set.counter(
    'transactions_refused_total',
    'Transactions refused, by the reason (as execution-spec-tests names it; Pool.FULL: overload).',
    () => Array.from(submissions.stats.refused, ([code, count]) => [{ code }, count]),
    ['code'],
  )
  set.counter('gas_used_total', 'Gas of the executed transactions.', () => stats.gasUsed)
  set.gauge('intake_transactions', 'Transactions taken and not answered yet.', () => submissions.unanswered)
  set.gauge('intake_transactions_limit', 'So many at most; beyond, they are refused.', () => ARRIVALS_LIMIT)
  set.gauge('intake_bytes', 'Bytes of the shared ring that they take.', () => submissions.usedBytes)
  set.gauge('intake_bytes_limit', 'So many at most; beyond, they are refused.', () => INTAKE_BYTES)
  set.gauge(
    'pool_transactions',
    'Transactions that wait for their turn: behind a nonce gap, or below the base fee.',
    () => pool.size,
  )
  set.gauge('pool_transactions_limit', 'So many at most; beyond, they are refused.', () => POOL_TOTAL_LIMIT)
}

function blockMetrics(set: MetricSet, { stats, view, lateness, lags }: Parts): void {
  set.counter('mini_blocks_total', 'Mini-blocks sealed.', () => stats.miniBlocks)
  set.gauge('mini_block_number', 'Number of the newest mini-block.', () => view.miniBlocks.newest)
  if (lateness !== undefined)
    set.histogram(
      'mini_block_lateness_seconds',
      'From when a mini-block was due until it was sealed.',
      () => [[{}, lateness]],
    )
  set.counter('blocks_total', 'EVM blocks sealed.', () => stats.blocks)
  set.histogram('block_sealing_seconds', 'From when an EVM block was closed until it had its header.', () => [
    [{}, stats.sealingSeconds],
  ])
  set.gauge(
    'block_number',
    'Number of the newest EVM block that shows, that has its header, and that the disk has.',
    () => [
      [{ state: 'head' }, view.headNumber],
      [{ state: 'sealed' }, view.sealedNumber],
      [{ state: 'durable' }, view.durableNumber],
    ],
    ['state'],
  )
  set.gauge(
    'sealing_lag_seconds',
    'Since when the oldest closed EVM block waits for its header; 0: none does.',
    () => lags().sealingMs / 1000,
  )
  set.gauge(
    'durable_lag_seconds',
    'Age of the oldest mini-block that the disk does not have; 0: it has all.',
    () => lags().durableMs / 1000,
  )
}

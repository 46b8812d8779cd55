import { collectDefaultMetrics } from 'prom-client'
import { VERSION } from '../../version.ts'
import type { ChainStats } from '../ChainStats.ts'
import type { Health } from '../Health.ts'
import type { NodeParts } from '../NodeParts.ts'
import type { MetricsSource } from '../OperatorServer.ts'
import { chainMetrics } from './chainMetrics.ts'
import { evmMetrics } from './evmMetrics.ts'
import { feedMetrics } from './feedMetrics.ts'
import { followerMetrics } from './followerMetrics.ts'
import { MetricSet } from './MetricSet.ts'
import { peerMetrics } from './peerMetrics.ts'
import { rpcMetrics } from './rpcMetrics.ts'
import { storageMetrics } from './storageMetrics.ts'
import { threadMetrics } from './threadMetrics.ts'

const UNWANTED = ['resources', 'handles', 'requests'].flatMap((what) => [
  `nodejs_active_${what}`,
  `nodejs_active_${what}_total`,
])

/** All metrics of one node; docs/operations.md lists them. */
export class NodeMetrics implements MetricsSource {
  readonly #set = new MetricSet()
  readonly #health: Health

  /** Before the node has started there are the process's own, and whether it is ready. */
  constructor(health: Health) {
    this.#health = health
    const { registry } = this.#set
    collectDefaultMetrics({ register: registry })
    // Counts of libuv's objects, under names that are no gauges'.
    for (const name of UNWANTED) registry.removeSingleMetric(name)
    this.#set.gauge('ready', 'Whether /readyz says that the node is ready: 1, else 0.', () =>
      Number(health.isReady),
    )
    this.#set.gauge(
      'ready_check',
      'Each check of /readyz: 1 if it holds, else 0.',
      () => Array.from(health.ready(), ([check, reason]) => [{ check }, Number(reason === undefined)]),
      ['check'],
    )
  }

  /** The node is complete. */
  add(parts: NodeParts, stats: ChainStats): void {
    const set = this.#set
    const { lags } = this.#health
    const { chainId } = parts
    set.gauge(
      'info',
      'What runs here: always 1.',
      () => [[{ version: VERSION, chain_id: String(chainId) }, 1]],
      ['version', 'chain_id'],
    )
    chainMetrics(set, { ...parts, stats, lags })
    storageMetrics(set, { ...parts, stats })
    rpcMetrics(set, parts)
    evmMetrics(set, parts)
    feedMetrics(set, parts)
    threadMetrics(set, parts)
    followerMetrics(set, parts)
    peerMetrics(set, parts)
  }

  get contentType(): string {
    return this.#set.registry.contentType
  }

  text(): Promise<string> {
    return this.#set.registry.metrics()
  }
}

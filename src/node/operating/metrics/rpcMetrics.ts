import { promisify } from 'node:util'
import type { MethodStats } from '../../../rpc/index.ts'
import type { NodeParts } from '../NodeParts.ts'
import type { MetricSet } from './MetricSet.ts'

const OUTCOMES = ['ok', 'error', 'internal_error'] as const
const TOPICS = [
  'newHeads',
  'logs',
  'newPendingTransactions',
  'miniBlocks',
  'transactionReceipts',
  'stateChanges',
  'syncing',
] as const

/** Requests, and those who are connected. Methods that nobody has called yet are left out. */
export function rpcMetrics(set: MetricSet, { rpc, server }: Pick<NodeParts, 'rpc' | 'server'>): void {
  const { stats } = rpc
  const called = function* (): Generator<[string, MethodStats]> {
    yield ['unknown', stats.unknown]
    for (const [name, method] of stats.methods)
      if (method.seconds.cumulativeCounts().at(-1)! > 0) yield [name, method]
  }
  set.counter(
    'rpc_requests_total',
    "JSON-RPC requests by method and outcome: answered, refused, or failed by the node's fault.",
    () =>
      Array.from(called()).flatMap(([name, counts]) =>
        OUTCOMES.map((outcome) => [{ method: name, outcome }, counts[outcome]] as const),
      ),
    ['method', 'outcome'],
  )
  set.histogram('rpc_request_duration_seconds', 'From when a request was read until it had its answer.', () =>
    Array.from(called(), ([name, { seconds }]) => [{ method: name }, seconds]),
  )
  set.counter(
    'rpc_errors_total',
    'Errors answered, by code, also of what was no request.',
    () => Array.from(stats.errors, ([code, count]) => [{ code: String(code) }, count]),
    ['code'],
  )
  readerMetrics(set, { rpc, server })
}

function readerMetrics(set: MetricSet, { rpc, server }: Pick<NodeParts, 'rpc' | 'server'>): void {
  const { stats } = rpc
  const countConnections = promisify(server.getConnections.bind(server))
  set.gauge(
    'rpc_connections',
    'Open connections.',
    async () => {
      const all = await countConnections()
      const { size: webSockets } = stats.webSockets
      return [
        [{ transport: 'http' }, Math.max(0, all - webSockets)],
        [{ transport: 'websocket' }, webSockets],
      ]
    },
    ['transport'],
  )
  set.gauge(
    'rpc_transaction_streams',
    'Open streams of transactions in binary; they are http connections.',
    () => stats.transactionStreams,
  )
  set.gauge(
    'rpc_subscriptions',
    'Subscriptions by topic.',
    () => {
      const { subscriptions } = rpc.interests
      return TOPICS.map((topic) => [{ topic }, subscriptions.get(topic) ?? 0])
    },
    ['topic'],
  )
  set.gauge('rpc_filters', 'Filters that are kept.', () => rpc.interests.filters)
  set.gauge('rpc_unsent_bytes', 'Bytes that wait for WebSocket readers, of all together.', () => {
    let bytes = 0
    for (const { bufferedAmount } of stats.webSockets) bytes += bufferedAmount
    return bytes
  })
  set.counter(
    'rpc_readers_dropped_total',
    'WebSocket readers dropped: their buffer was full, they read nothing, or what they had missed could not be read.',
    () => Object.entries(stats.readersDropped).map(([reason, count]) => [{ reason }, count]),
    ['reason'],
  )
}

import { stateVersion } from '../chain/live.ts'
import { node } from '../chain/node.ts'
import { transactionSummaries } from '../chain/summaries.ts'
import { useQuery } from '../chain/useQuery.ts'
import { count } from '../lib/format.ts'
import type { RpcTransaction } from '../rpc/index.ts'
import { Card } from '../ui/Card.tsx'
import { TransactionTable } from '../ui/TransactionTable.tsx'

type Pool = Record<'pending' | 'queued', Record<string, Record<string, RpcTransaction>>>

/** Those that are shown: a pool may have very many. */
const MAX_SHOWN = 20
/** Beyond, the pool isn't asked for its transactions. */
const MAX_READ = 2_000

/** Transactions that wait, and for what. Nothing, where none does. */
export function PoolCard() {
  const query = useQuery('pool', readPool, stateVersion.value)
  if (query.state !== 'ready' || query.data.total === 0) return null
  const { transactions, total } = query.data
  return (
    <Card title="Waiting" aside={<span>{count(total, 'transaction')}</span>}>
      <p class="note">
        For transactions with lower nonces of the same sender, or for a lower base fee. They are executed as
        soon as that is there.
      </p>
      {transactions.length > 0 && (
        <TransactionTable transactions={transactionSummaries(transactions, [])} label="Waiting" />
      )}
    </Card>
  )
}

async function readPool(): Promise<{ transactions: RpcTransaction[]; total: number }> {
  const { pending, queued } = await node.request<Record<'pending' | 'queued', string>>('txpool_status')
  const total = Number(pending) + Number(queued)
  if (total === 0 || total > MAX_READ) return { transactions: [], total }
  const pool = await node.request<Pool>('txpool_content')
  const all = [pool.pending, pool.queued].flatMap((bySender) =>
    Object.values(bySender).flatMap(Object.values<RpcTransaction>),
  )
  return { transactions: all.slice(0, MAX_SHOWN), total }
}

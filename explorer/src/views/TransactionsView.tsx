import { transactions as newest } from '../chain/live.ts'
import { readTransactions } from '../chain/read.ts'
import { useQuery } from '../chain/useQuery.ts'
import { count } from '../lib/format.ts'
import { links } from '../lib/route.ts'
import { BlockLink } from '../ui/Address.tsx'
import { Card } from '../ui/Card.tsx'
import { Pager } from '../ui/Pager.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { TransactionTable } from '../ui/TransactionTable.tsx'
import { PoolCard } from './PoolCard.tsx'

export function TransactionsView({ before }: { before: number | undefined }) {
  const head = before === undefined ? newest.value[0]?.hash : undefined
  const query = useQuery(`transactions ${before}`, () => readTransactions(before), head)
  return (
    <>
      <h1>Transactions</h1>
      {before === undefined && <PoolCard />}
      <Card title={before === undefined ? 'From the newest on' : `Before block ${before}`}>
        <QueryView query={query} what="the transactions" lines={25}>
          {({ transactions, older, scanned, cut }) => (
            <>
              {transactions.length === 0 ? (
                <Empty>No transaction in {count(scanned, 'block')}.</Empty>
              ) : (
                <TransactionTable transactions={transactions} label="Transactions" />
              )}
              {cut.map(({ number, total }) => (
                <p key={number} class="note">
                  Block <BlockLink number={number} /> has {count(total, 'transaction')}.
                </p>
              ))}
              <Pager
                newest={before === undefined ? undefined : links.transactions()}
                older={older === undefined ? undefined : links.transactions(older)}
              />
            </>
          )}
        </QueryView>
      </Card>
    </>
  )
}

import { useState } from 'preact/hooks'
import { transactions } from '../chain/live.ts'
import { node } from '../chain/node.ts'
import { transactionSummary } from '../chain/summaries.ts'
import { useQuery } from '../chain/useQuery.ts'
import { type Hex, toNumber, toQuantity } from '../lib/hex.ts'
import type { RpcLog, RpcReceipt, RpcTransaction } from '../rpc/index.ts'
import { Card } from '../ui/Card.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { TransactionTable } from '../ui/TransactionTable.tsx'
import { LogList } from './LogList.tsx'

type SearchPage = { txs: RpcTransaction[]; receipts: RpcReceipt[]; lastPage: boolean }

const PAGE_ROWS = 25

/** What it has sent, received, was made by, or has logged something in. */
export function AccountTransactions({ address }: { address: string }) {
  // 0: from the newest block on.
  const [before, setBefore] = useState(0)
  const refresh = before === 0 ? newestOf(address) : undefined
  const query = useQuery(
    `account ${address} ${before}`,
    () => node.request<SearchPage>('ots_searchTransactionsBefore', [address, before, PAGE_ROWS]),
    refresh,
  )
  return (
    <Card title={before === 0 ? 'Newest transactions' : `Transactions before block ${before}`}>
      <QueryView query={query} what="its transactions" lines={8}>
        {({ txs, receipts, lastPage }) => {
          const oldest = txs.at(-1)?.blockNumber
          return (
            <>
              {txs.length === 0 ? (
                <Empty>No transaction has to do with this account.</Empty>
              ) : (
                <TransactionTable
                  transactions={txs.map((transaction, i) => transactionSummary(transaction, receipts[i]))}
                  label="Transactions of the account"
                />
              )}
              <div class="pager">
                {before !== 0 && (
                  <button type="button" class="small" onClick={() => setBefore(0)}>
                    Newest
                  </button>
                )}
                {!lastPage && oldest && (
                  <button type="button" class="small" onClick={() => setBefore(toNumber(oldest))}>
                    Older
                  </button>
                )}
              </div>
            </>
          )
        }}
      </QueryView>
    </Card>
  )
}

/** The newest transaction that has to do with the account, as far as the stream tells: a search costs too much to be made for each block. */
function newestOf(address: string): string | undefined {
  return transactions.value.find(({ from, to, created }) => [from, to, created].includes(address as Hex))
    ?.hash
}

/** Blocks that are looked through for a contract's logs. */
const LOG_BLOCKS = 10_000

export function AccountLogs({ address }: { address: string }) {
  const query = useQuery(
    `logs ${address}`,
    async () => {
      const head = toNumber(await node.request<Hex>('eth_blockNumber'))
      const fromBlock = toQuantity(Math.max(0, head - LOG_BLOCKS))
      const logs = await node.request<RpcLog[]>('eth_getLogs', [{ address, fromBlock, toBlock: 'latest' }])
      return logs.toReversed()
    },
    transactions.value[0]?.hash,
  )
  return (
    <Card title="Logs" aside={<span>of the last {LOG_BLOCKS.toLocaleString('en-GB')} blocks</span>}>
      <QueryView query={query} what="its logs" lines={6}>
        {(logs) => <LogList logs={logs} withTransaction />}
      </QueryView>
    </Card>
  )
}

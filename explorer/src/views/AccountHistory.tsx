import { useState } from 'preact/hooks'
import { transactions } from '../chain/live.ts'
import { node } from '../chain/node.ts'
import { PAGE_ROWS, readHead } from '../chain/read.ts'
import { transactionSummaries } from '../chain/summaries.ts'
import { useQuery } from '../chain/useQuery.ts'
import { count } from '../lib/format.ts'
import { type Hex, toNumber, toQuantity } from '../lib/hex.ts'
import { RpcError, type RpcLog, type RpcReceipt, type RpcTransaction } from '../rpc/index.ts'
import { Card } from '../ui/Card.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { TransactionTable } from '../ui/TransactionTable.tsx'
import { LogList } from './LogList.tsx'

type SearchPage = { txs: RpcTransaction[]; receipts: RpcReceipt[]; lastPage: boolean }

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
                  transactions={transactionSummaries(txs.slice(0, MAX_SHOWN), receipts)}
                  label="Transactions of the account"
                />
              )}
              {txs.length > MAX_SHOWN && (
                <p class="note">
                  {MAX_SHOWN} of {count(txs.length, 'transaction')} of these blocks are shown.
                </p>
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

/** Blocks that are looked through for a contract's logs: fewer, where these have too many. */
const LOG_BLOCKS = [10_000, 1_000, 100, 10]
/** Transactions that are shown of one page: a search gives whole blocks. */
const MAX_SHOWN = 100

export function AccountLogs({ address }: { address: string }) {
  const query = useQuery(`logs ${address}`, () => readNewestLogs(address), transactions.value[0]?.hash)
  return (
    <Card title="Logs">
      <QueryView query={query} what="its logs" lines={6}>
        {({ logs, blocks }) => (
          <>
            <LogList logs={logs} withTransaction />
            <p class="note">Of the last {count(blocks, 'block')}.</p>
          </>
        )}
      </QueryView>
    </Card>
  )
}

async function readNewestLogs(address: string): Promise<{ logs: RpcLog[]; blocks: number }> {
  const head = await readHead()
  let error: unknown
  for (const blocks of LOG_BLOCKS) {
    const fromBlock = toQuantity(Math.max(0, head - blocks + 1))
    try {
      const logs = await node.request<RpcLog[]>('eth_getLogs', [{ address, fromBlock, toBlock: 'latest' }])
      return { logs: logs.toReversed(), blocks: Math.min(blocks, head + 1) }
    } catch (failure) {
      error = failure
      if (!isTooMuch(failure)) break
    }
  }
  throw error
}

/** `limitExceeded` and `responseTooLarge`. */
function isTooMuch(error: unknown): boolean {
  return error instanceof RpcError && [-32005, -32003].includes(error.code)
}

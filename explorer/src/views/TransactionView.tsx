import { useRef } from 'preact/hooks'
import { stateVersion } from '../chain/live.ts'
import { readTransaction, type WholeTransaction } from '../chain/read.ts'
import { useQuery } from '../chain/useQuery.ts'
import type { Hex } from '../lib/hex.ts'
import { links, TRANSACTION_TABS, type TransactionTab } from '../lib/route.ts'
import { readWord } from '../lib/storageKey.ts'
import { Card } from '../ui/Card.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { CallsTab } from './CallsTab.tsx'
import { LogList } from './LogList.tsx'
import { StateTab } from './StateTab.tsx'
import { TransactionRaw, TransactionSummaryTab } from './TransactionSummary.tsx'

const LABELS: Readonly<Record<TransactionTab, string>> = {
  summary: 'Summary',
  calls: 'Calls',
  logs: 'Logs',
  state: 'State',
  raw: 'Raw',
}

export function TransactionView({ hash, tab }: { hash: string; tab: TransactionTab }) {
  // One that isn't executed, sealed and durable yet may be soon.
  const isFinal = useRef(false)
  const refresh = isFinal.current ? 'final' : stateVersion.value
  const query = useQuery(`transaction ${hash}`, () => readTransaction(hash), refresh)
  isFinal.current =
    query.state === 'ready' && query.data?.receipt?.promise === 'durable' && query.data.isSealed
  return (
    <>
      {query.state !== 'ready' && <h1>Transaction</h1>}
      <QueryView query={query} what="the transaction" lines={12}>
        {(whole) => (whole === null ? <NoTransaction hash={hash} /> : <Details whole={whole} tab={tab} />)}
      </QueryView>
    </>
  )
}

function NoTransaction({ hash }: { hash: string }) {
  return (
    <div class="card missing">
      <h1>There is no such transaction</h1>
      <p class="mono breakable">{hash}</p>
      <p>
        It was never sent here, or it is older than what this node keeps. Should it come, it shows here at
        once. <a href={links.transactions()}>See the newest transactions</a>.
      </p>
    </div>
  )
}

function Details({ whole, tab }: { whole: WholeTransaction; tab: TransactionTab }) {
  const { transaction, receipt } = whole
  const { hash } = transaction
  const tabs = TRANSACTION_TABS.map((id) => ({
    id,
    label: LABELS[id],
    href: links.transaction(hash, id),
    ...(id === 'logs' && receipt !== null ? { note: receipt.logs.length } : {}),
  }))
  return (
    <>
      <div class="heading">
        <h1>Transaction</h1>
        <StatusBadge whole={whole} />
      </div>
      <Tabs tabs={tabs} current={tab} label="Parts of the transaction" />
      <TabContent whole={whole} tab={tab} />
    </>
  )
}

function StatusBadge({ whole: { receipt } }: { whole: WholeTransaction }) {
  if (receipt === null) return <span class="badge warn">waiting</span>
  return receipt.status === '0x1' ? (
    <span class="badge good">succeeded</span>
  ) : (
    <span class="badge bad">failed</span>
  )
}

function TabContent({ whole, tab }: { whole: WholeTransaction; tab: TransactionTab }) {
  const { transaction, receipt } = whole
  if (tab === 'raw') return <TransactionRaw whole={whole} />
  if (tab === 'summary') return <TransactionSummaryTab whole={whole} />
  if (receipt === null) {
    return (
      <div class="card missing">
        <p>The transaction waits in the pool: it has no calls, logs or changes yet.</p>
      </div>
    )
  }
  if (tab === 'calls') return <CallsTab hash={transaction.hash} />
  if (tab === 'state') return <StateTab hash={transaction.hash} addresses={addressesOf(whole)} />
  return (
    <Card title="Logs" aside={<span class="number">{receipt.logs.length}</span>}>
      <LogList logs={receipt.logs} />
    </Card>
  )
}

/** Whom a transaction has to do with: sender, receiver, and addresses in its input and logs. */
function addressesOf({ transaction, receipt }: WholeTransaction): Hex[] {
  const { from, to, input } = transaction
  const words = (receipt?.logs ?? []).flatMap(({ topics, data }) => [
    ...topics.slice(1),
    ...wordsOf(data.slice(2)),
  ])
  const found = [...wordsOf(input.slice(10)), ...words].flatMap((word) => readWord(word).address ?? [])
  return [...new Set([from, ...(to === null ? [] : [to]), ...found])]
}

/** Of ABI-coded values, without `0x`. */
function wordsOf(digits: string): Hex[] {
  return (digits.match(/[0-9a-f]{64}/g) ?? []).slice(0, MAX_WORDS).map((word): Hex => `0x${word}`)
}

const MAX_WORDS = 32

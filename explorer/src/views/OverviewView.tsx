import { facts } from '../chain/facts.ts'
import { startAfresh } from '../chain/follow.ts'
import {
  blocks,
  failure,
  headNumber,
  isLoaded,
  isPaused,
  isSampling,
  latency,
  miniBlocks,
  rates,
  transactions,
} from '../chain/live.ts'
import { count, formatFigure, formatInteger, formatMs, formatWei } from '../lib/format.ts'
import type { Second } from '../lib/RateMeter.ts'
import { links } from '../lib/route.ts'
import { BlockTable } from '../ui/BlockTable.tsx'
import { Card } from '../ui/Card.tsx'
import { LatencyBars } from '../ui/LatencyBars.tsx'
import { MiniBlockStrip, MiniBlockTable } from '../ui/MiniBlocks.tsx'
import { Empty, Failed, Loading } from '../ui/QueryView.tsx'
import { RateChart } from '../ui/RateChart.tsx'
import { TransactionTable } from '../ui/TransactionTable.tsx'
import { isDeveloperChain } from '../wallet/index.ts'

const SHOWN = 8

const transactionsOf = (second: Second) => second.transactions
const megagasOf = (second: Second) => second.gas / 1e6

export function OverviewView() {
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <Tiles />
      <div class="charts card">
        <RateChart title="Transactions" unit="per second" of={transactionsOf} />
        <RateChart title="Gas" unit="Mgas per second" of={megagasOf} />
        <LatencyBars />
      </div>
      <MiniBlockCard />
      <div class="columns">
        <Card title="Newest blocks" aside={<a href={links.blocks()}>All blocks</a>} class="steady">
          <NewestBlocks />
        </Card>
        <Card
          title="Newest transactions"
          aside={<a href={links.transactions()}>All transactions</a>}
          class="steady"
        >
          <NewestTransactions />
        </Card>
      </div>
    </>
  )
}

function Tiles() {
  const { mean } = rates.value
  const { median, high } = latency.value
  const baseFee = blocks.value[0]?.baseFeePerGas
  return (
    <dl class="tiles">
      <Tile
        name="Block"
        value={headNumber.value === undefined ? '–' : formatInteger(headNumber.value)}
        note={facts.value === undefined ? '' : `chain ${facts.value.chainId}`}
      />
      <Tile
        name="Mini-block"
        value={miniBlocks.value[0] === undefined ? '–' : formatInteger(miniBlocks.value[0].number)}
        note="the newest"
      />
      <Tile name="TPS" value={formatFigure(mean.transactions)} note="mean of 5 s" />
      <Tile name="Mgas/s" value={formatFigure(mean.gas / 1e6)} note="mean of 5 s" />
      <Tile name="Latency" value={formatMs(median)} note={`p99 ${formatMs(high)}`} />
      <Tile
        name="Base fee"
        value={baseFee === undefined ? '–' : formatWei(baseFee, 3)}
        note="of the newest block"
      />
    </dl>
  )
}

function Tile({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <span class="number">{value}</span>
        <span class="note">{note}</span>
      </dd>
    </div>
  )
}

function MiniBlockCard() {
  const pause = (
    <button type="button" class="small" onClick={togglePause}>
      {isPaused.value ? 'Go on' : 'Pause'}
    </button>
  )
  return (
    <Card title="Mini-blocks" aside={pause} class="strip-card">
      <MiniBlockStrip miniBlocks={miniBlocks.value} />
      <p class="note">{streamNote()}</p>
      <MiniBlockTable miniBlocks={miniBlocks.value.slice(0, 6)} />
    </Card>
  )
}

function togglePause(): void {
  isPaused.value = !isPaused.value
}

function streamNote(): string {
  if (isPaused.value) return 'Paused: what comes meanwhile is not shown here.'
  if (isSampling.value) return 'More comes than can be shown here: two mini-blocks a second are picked out.'
  if (miniBlocks.value.length === 0)
    return 'Each bar will be a mini-block, its height the transactions in it.'
  return `Each bar is a mini-block, its height the transactions in it; the last ${count(miniBlocks.value.length, 'mini-block')}.`
}

function NotLoaded({ what }: { what: string }) {
  return failure.value === undefined ? (
    <Loading what={what} lines={SHOWN} />
  ) : (
    <Failed what={what} error={failure.value} retry={startAfresh} />
  )
}

function NewestBlocks() {
  if (!isLoaded.value) return <NotLoaded what="the newest blocks" />
  if (blocks.value.length === 0) return <Empty>The first block comes with the first transaction.</Empty>
  return <BlockTable blocks={blocks.value.slice(0, SHOWN)} isNarrow />
}

function NewestTransactions() {
  if (!isLoaded.value) return <NotLoaded what="the newest transactions" />
  if (transactions.value.length > 0)
    return (
      <TransactionTable
        transactions={transactions.value.slice(0, SHOWN)}
        label="Newest transactions"
        isNarrow
      />
    )
  return (
    <Empty>
      <p>No transaction lately.</p>
      <p>
        {isDeveloperChain.value ? (
          <>
            <a href={links.faucet}>Pay somebody from the faucet</a>, or{' '}
            <a href={links.deploy}>deploy a contract</a>.
          </>
        ) : (
          <>They show here the moment they are executed.</>
        )}
      </p>
    </Empty>
  )
}

import { headNumber } from '../chain/live.ts'
import { readBlock, type WholeBlock } from '../chain/read.ts'
import { transactionSummary } from '../chain/summaries.ts'
import { useQuery } from '../chain/useQuery.ts'
import { count, formatBytes, formatInteger, formatShare, formatTime, formatWei } from '../lib/format.ts'
import { toNumber, ZERO_HASH } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import { AddressLink, FullHash } from '../ui/Address.tsx'
import { Age } from '../ui/Age.tsx'
import { Card, Facts } from '../ui/Card.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { TransactionTable } from '../ui/TransactionTable.tsx'

export function BlockView({ block }: { block: string }) {
  // An open block grows.
  const head = headNumber.value ?? 0
  const query = useQuery(
    `block ${block}`,
    () => readBlock(block),
    Number(block) >= head - 1 ? head : undefined,
  )
  return (
    <QueryView query={query} what="the block" lines={12}>
      {(read) => (read === null ? <NoBlock block={block} /> : <BlockDetails block={read} />)}
    </QueryView>
  )
}

function NoBlock({ block }: { block: string }) {
  const isAhead = Number(block) > (headNumber.value ?? 0)
  return (
    <div class="card missing">
      <h1>{isAhead ? 'This block is not there yet' : 'There is no such block'}</h1>
      <p class="mono breakable">{block}</p>
      <p>
        {isAhead ? 'It shows here as soon as it begins. ' : 'It may be older than what this node keeps. '}
        <a href={links.blocks()}>See the newest blocks</a>.
      </p>
    </div>
  )
}

function BlockDetails({ block }: { block: WholeBlock }) {
  const number = toNumber(block.number)
  const transactions = block.transactions.map((each, i) => transactionSummary(each, block.receipts[i]))
  return (
    <>
      <div class="heading">
        <h1>Block {formatInteger(number)}</h1>
        {block.hash === null && <span class="badge live">open</span>}
        <nav class="steps" aria-label="Neighbouring blocks">
          {number > 0 && <a href={links.block(number - 1)}>← {formatInteger(number - 1)}</a>}
          {number < (headNumber.value ?? 0) && (
            <a href={links.block(number + 1)}>{formatInteger(number + 1)} →</a>
          )}
        </nav>
      </div>
      <Card title="Header">
        <BlockFacts block={block} />
      </Card>
      <Card title="Transactions" aside={<span class="number">{formatInteger(transactions.length)}</span>}>
        {transactions.length === 0 ? (
          <Empty>This block has no transactions.</Empty>
        ) : (
          <TransactionTable transactions={transactions} label={`Transactions of block ${number}`} />
        )}
      </Card>
    </>
  )
}

function BlockFacts({ block }: { block: WholeBlock }) {
  const timestamp = toNumber(block.timestamp)
  const [gasUsed, gasLimit] = [toNumber(block.gasUsed), toNumber(block.gasLimit)]
  const logs = block.receipts.reduce((total, receipt) => total + receipt.logs.length, 0)
  return (
    <Facts
      facts={[
        [
          'Time',
          timestamp === 0 ? (
            'none'
          ) : (
            <>
              {formatTime(timestamp)} · <Age seconds={timestamp} />
            </>
          ),
        ],
        ['Hash', block.hash === null ? 'none before it is sealed' : <FullHash hash={block.hash} />],
        [
          'Parent',
          block.parentHash === ZERO_HASH ? (
            'none: this is the genesis'
          ) : (
            <a class="mono breakable" href={links.block(block.parentHash)}>
              {block.parentHash}
            </a>
          ),
        ],
        ['Contents', `${count(block.transactions.length, 'transaction')}, ${count(logs, 'log')}`],
        [
          'Gas used',
          `${formatInteger(gasUsed)} of ${formatInteger(gasLimit)} (${formatShare(gasUsed / gasLimit)})`,
        ],
        ['Base fee', formatWei(BigInt(block.baseFeePerGas), 9)],
        block.hash === null ? undefined : ['Size', formatBytes(toNumber(block.size))],
        ['Fee recipient', <AddressLink address={block.miner} full />],
        block.hash === null ? undefined : ['State root', <FullHash hash={block.stateRoot} what="root" />],
        block.hash === null
          ? undefined
          : ['Receipts root', <FullHash hash={block.receiptsRoot} what="root" />],
      ]}
    />
  )
}

import { useState } from 'preact/hooks'
import { headNumber } from '../chain/live.ts'
import { PAGE_ROWS, readBlock, readBlockTransactions } from '../chain/read.ts'
import { useQuery } from '../chain/useQuery.ts'
import { isVerifiedHeader } from '../chain/verification.ts'
import { count, formatBytes, formatInteger, formatShare, formatTime, formatWei } from '../lib/format.ts'
import { type Hex, isHash, shorten, toNumber, ZERO_HASH } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import type { RpcBlock } from '../rpc/index.ts'
import { FullAddress, FullHash } from '../ui/Address.tsx'
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
    <>
      {query.state !== 'ready' && <h1>{blockName(block)}</h1>}
      <QueryView query={query} what="the block" lines={12}>
        {(read) => (read === null ? <NoBlock block={block} /> : <BlockDetails block={read} />)}
      </QueryView>
    </>
  )
}

/** What it is called before it is there: by its number, or by its hash. */
function blockName(block: string): string {
  return `Block ${isHash(block) ? shorten(block) : formatInteger(Number(block))}`
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

function BlockDetails({ block }: { block: RpcBlock }) {
  const number = toNumber(block.number)
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
      <BlockTransactions number={number} total={block.transactions.length} />
    </>
  )
}

/** A page of them, the last ones first. */
function BlockTransactions({ number, total }: { number: number; total: number }) {
  const [page, setPage] = useState(0)
  const query = useQuery(`block ${number} ${page}`, () => readBlockTransactions(number, page), total)
  const hasOlder = (page + 1) * PAGE_ROWS < total
  return (
    <Card title="Transactions" aside={<span class="number">{formatInteger(total)}</span>}>
      <QueryView query={query} what="its transactions" lines={Math.min(total, PAGE_ROWS)}>
        {(transactions) =>
          transactions.length === 0 ? (
            <Empty>This block has no transactions.</Empty>
          ) : (
            <TransactionTable transactions={transactions} label={`Transactions of block ${number}`} />
          )
        }
      </QueryView>
      {total > PAGE_ROWS && (
        <div class="pager">
          <button type="button" class="small" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Later
          </button>
          <button type="button" class="small" disabled={!hasOlder} onClick={() => setPage(page + 1)}>
            Earlier
          </button>
        </div>
      )}
    </Card>
  )
}

function BlockHash({ number, hash }: { number: number; hash: Hex }) {
  return (
    <>
      <FullHash hash={hash} />
      {isVerifiedHeader(number, hash) && <span class="badge good">verified</span>}
    </>
  )
}

function BlockFacts({ block }: { block: RpcBlock }) {
  const timestamp = toNumber(block.timestamp)
  const [gasUsed, gasLimit] = [toNumber(block.gasUsed), toNumber(block.gasLimit)]
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
        [
          'Hash',
          block.hash === null ? (
            'none before it is sealed'
          ) : (
            <BlockHash number={toNumber(block.number)} hash={block.hash} />
          ),
        ],
        [
          'Parent',
          block.parentHash === ZERO_HASH ? (
            'none: this is the genesis'
          ) : (
            <FullHash hash={block.parentHash} href={links.block(block.parentHash)} />
          ),
        ],
        ['Contents', count(block.transactions.length, 'transaction')],
        [
          'Gas used',
          `${formatInteger(gasUsed)} of ${formatInteger(gasLimit)} (${formatShare(gasUsed / gasLimit)})`,
        ],
        ['Base fee', formatWei(BigInt(block.baseFeePerGas), 9)],
        block.hash === null ? undefined : ['Size', formatBytes(toNumber(block.size))],
        ['Fee recipient', <FullAddress address={block.miner} />],
        block.hash === null ? undefined : ['State root', <FullHash hash={block.stateRoot} what="root" />],
        block.hash === null
          ? undefined
          : ['Receipts root', <FullHash hash={block.receiptsRoot} what="root" />],
      ]}
    />
  )
}

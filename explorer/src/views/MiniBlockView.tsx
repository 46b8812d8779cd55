import { miniBlocks } from '../chain/live.ts'
import { node } from '../chain/node.ts'
import { transactionSummaries } from '../chain/summaries.ts'
import { useQuery } from '../chain/useQuery.ts'
import { count, formatInteger, formatTime, formatWei } from '../lib/format.ts'
import { toNumber, toQuantity } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import type { RpcAccountChange, RpcMiniBlock } from '../rpc/index.ts'
import { AddressLink, BlockLink, FullHash } from '../ui/Address.tsx'
import { Card, Facts } from '../ui/Card.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { TableHead } from '../ui/TableHead.tsx'
import { TransactionTable } from '../ui/TransactionTable.tsx'

/** Rows that are shown of a mini-block, which may have thousands. */
const MAX_SHOWN = 100

export function MiniBlockView({ number }: { number: number }) {
  const newest = miniBlocks.value[0]?.number ?? 0
  const query = useQuery(
    `mini-block ${number}`,
    () =>
      node.request<RpcMiniBlock | null>('leveret_getMiniBlock', [toQuantity(number), { stateChanges: true }]),
    number > newest ? newest : undefined,
  )
  return (
    <>
      <div class="heading">
        <h1>Mini-block {formatInteger(number)}</h1>
        <nav class="steps" aria-label="Neighbouring mini-blocks">
          {number > 1 && number <= newest + 1 && (
            <a href={links.miniBlock(number - 1)}>← {formatInteger(number - 1)}</a>
          )}
          {number < newest && <a href={links.miniBlock(number + 1)}>{formatInteger(number + 1)} →</a>}
        </nav>
      </div>
      <QueryView query={query} what="the mini-block" lines={8}>
        {(miniBlock) => (miniBlock === null ? <NotYet /> : <Details miniBlock={miniBlock} />)}
      </QueryView>
    </>
  )
}

function NotYet() {
  return (
    <div class="card">
      <Empty>This mini-block is not there yet. It shows here as soon as it is sealed.</Empty>
    </div>
  )
}

function Details({ miniBlock }: { miniBlock: RpcMiniBlock }) {
  const { transactions, receipts, state_changes = [] } = miniBlock
  const shown = transactionSummaries(transactions.slice(0, MAX_SHOWN), receipts)
  const changes = state_changes.flatMap(({ accounts }) => accounts)
  return (
    <>
      <Card title="What it is">
        <MiniBlockFacts miniBlock={miniBlock} />
      </Card>
      <Card title="Transactions" aside={<span class="number">{formatInteger(transactions.length)}</span>}>
        {shown.length === 0 ? (
          <Empty>It has no transactions.</Empty>
        ) : (
          <TransactionTable transactions={shown} label="Transactions of the mini-block" />
        )}
        <Cut shown={shown.length} total={transactions.length} what="transaction" />
      </Card>
      {changes.length > 0 && (
        <Card title="State after it" aside={<span>of the accounts that it changed</span>}>
          <ChangeTable changes={changes.slice(0, MAX_SHOWN)} />
          <Cut shown={Math.min(changes.length, MAX_SHOWN)} total={changes.length} what="change" />
        </Card>
      )}
    </>
  )
}

function Cut({ shown, total, what }: { shown: number; total: number; what: string }) {
  if (shown === total) return null
  return (
    <p class="note">
      {shown} of {count(total, what)} are shown.
    </p>
  )
}

function MiniBlockFacts({ miniBlock }: { miniBlock: RpcMiniBlock }) {
  const microseconds = toNumber(miniBlock.mini_block_timestamp)
  const places = String(microseconds % 1_000_000).padStart(6, '0')
  return (
    <Facts
      facts={[
        ['Sealed', `${formatTime(Math.floor(microseconds / 1_000_000))}.${places}`],
        [
          'Block',
          <>
            <BlockLink number={toNumber(miniBlock.block_number)} />, position {toNumber(miniBlock.index)}
          </>,
        ],
        ['Gas used', formatInteger(toNumber(miniBlock.gas_used))],
        ['Digest', <FullHash hash={miniBlock.digest} what="digest" />],
        ['Parent digest', <FullHash hash={miniBlock.parent_digest} what="digest" />],
      ]}
    />
  )
}

function ChangeTable({ changes }: { changes: readonly RpcAccountChange[] }) {
  return (
    <table class="list" aria-label="Changed accounts">
      <TableHead columns={[['Account'], ['Nonce', 'end'], ['Balance', 'end'], ['Slots', 'end']]} />
      <tbody>
        {changes.map(({ address, nonce, balance, storage = {}, deleted }, i) => (
          <tr key={i}>
            <td>
              <AddressLink address={address} />
              {deleted && <span class="badge bad">deleted</span>}
            </td>
            <td class="end number">{nonce === undefined ? '–' : formatInteger(nonce)}</td>
            <td class="end number">{balance === undefined ? '–' : formatWei(BigInt(balance), 6)}</td>
            <td class="end number">{formatInteger(Object.keys(storage).length)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

import { node } from '../chain/node.ts'
import { useQuery } from '../chain/useQuery.ts'
import { count, formatBytes, formatInteger, formatUnits } from '../lib/format.ts'
import { byteLength, type Hex } from '../lib/hex.ts'
import { type AccountChange, accountChanges } from '../lib/stateDiff.ts'
import type { RpcStateDiff } from '../rpc/index.ts'
import { FullAddress } from '../ui/Address.tsx'
import { Card } from '../ui/Card.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'

const CONFIG = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }

/** Slots of one account that are shown. */
const MAX_SLOTS = 200

export function StateTab({ hash }: { hash: Hex }) {
  const query = useQuery(`state ${hash}`, () =>
    node.request<RpcStateDiff>('debug_traceTransaction', [hash, CONFIG]),
  )
  return (
    <QueryView query={query} what="the state changes" lines={8}>
      {(diff) => {
        const changes = accountChanges(diff)
        return (
          <Card title="State changes" aside={<span>{count(changes.length, 'account')}</span>}>
            {changes.length === 0 ? (
              <Empty>Nothing was changed.</Empty>
            ) : (
              changes.map((change) => <AccountChanges key={change.address} change={change} />)
            )}
          </Card>
        )
      }}
    </QueryView>
  )
}

function AccountChanges({ change }: { change: AccountChange }) {
  const { address, balance, nonce, code, slots, fate } = change
  return (
    <section class="change">
      <header class="line">
        <h3>
          <FullAddress address={address} />
        </h3>
        {fate !== 'changed' && <span class={`badge ${fate === 'made' ? 'good' : 'bad'}`}>{fate}</span>}
      </header>
      <table class="list diff">
        <caption class="unseen">Changes of {address}</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {balance !== undefined && (
            <Row
              name="balance"
              before={ether(balance.before)}
              after={ether(balance.after)}
              note={difference(balance)}
            />
          )}
          {nonce !== undefined && (
            <Row name="nonce" before={integer(nonce.before)} after={integer(nonce.after)} />
          )}
          {code !== undefined && <Row name="code" before={bytes(code.before)} after={bytes(code.after)} />}
          {slots.slice(0, MAX_SLOTS).map(({ key, before, after }) => (
            <Row
              key={key}
              name={trimmed(key)}
              title={key}
              before={trimmed(before)}
              after={trimmed(after)}
              isSlot
            />
          ))}
        </tbody>
      </table>
      {slots.length > MAX_SLOTS && (
        <p class="note">
          {MAX_SLOTS} of {count(slots.length, 'slot')} are shown.
        </p>
      )}
    </section>
  )
}

type RowProps = {
  name: string
  title?: string
  before: string
  after: string
  note?: string
  isSlot?: boolean
}

function Row({ name, title, before, after, note, isSlot = false }: RowProps) {
  return (
    <tr>
      <th scope="row" class={isSlot ? 'mono breakable' : ''} title={title}>
        {isSlot && <span class="note">slot </span>}
        {name}
      </th>
      <td class="mono breakable before">{before}</td>
      <td class="mono breakable after">
        {after}
        {note !== undefined && <span class="note"> ({note})</span>}
      </td>
    </tr>
  )
}

function ether(wei: bigint | undefined): string {
  return wei === undefined ? '–' : `${formatUnits(wei, 18)} ETH`
}

function difference({ before = 0n, after = 0n }: NonNullable<AccountChange['balance']>): string {
  const change = after - before
  return `${change > 0n ? '+' : ''}${formatUnits(change, 18)}`
}

function integer(value: number | undefined): string {
  return value === undefined ? '–' : formatInteger(value)
}

function bytes(code: Hex | undefined): string {
  return code === undefined ? '–' : formatBytes(byteLength(code))
}

/** Without zeros in front. */
function trimmed(word: Hex): string {
  return word.replace(/^0x0+(?=.)/, '0x')
}

import { useMemo } from 'preact/hooks'
import { node } from '../chain/node.ts'
import { useQuery } from '../chain/useQuery.ts'
import { delegateOf } from '../lib/delegation.ts'
import { count, formatBytes, formatInteger, formatUnits } from '../lib/format.ts'
import { byteLength, type Hex, shorten, trimWord } from '../lib/hex.ts'
import { type MappingPlace, mappingPlaces } from '../lib/mappingPlaces.ts'
import { type AccountChange, accountChanges } from '../lib/stateDiff.ts'
import type { RpcStateDiff } from '../rpc/index.ts'
import { FullAddress, nameOf } from '../ui/Address.tsx'
import { Card } from '../ui/Card.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { EvenBreaks } from '../ui/EvenBreaks.tsx'
import { NodesWord } from '../ui/Proof.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { TableHead } from '../ui/TableHead.tsx'

const CONFIG = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }

/** Slots of one account that are shown. */
const MAX_SLOTS = 200

/** @param addresses - that the transaction has to do with: keys of mappings are looked for among them. */
export function StateTab({ hash, addresses }: { hash: Hex; addresses: readonly Hex[] }) {
  const query = useQuery(`state ${hash}`, () =>
    node.request<RpcStateDiff>('debug_traceTransaction', [hash, CONFIG]),
  )
  // Hundreds of hashes: not for each block that comes while the transaction isn't sealed.
  const places = useMemo(() => mappingPlaces(addresses), [addresses.join()])
  return (
    <QueryView query={query} what="the state changes" lines={8}>
      {(diff) => {
        const changes = accountChanges(diff)
        return (
          <Card title="State changes" aside={<span>{count(changes.length, 'account')}</span>}>
            {changes.length === 0 ? (
              <Empty>Nothing was changed.</Empty>
            ) : (
              changes.map((change) => <AccountChanges key={change.address} change={change} places={places} />)
            )}
            <NodesWord what="Changes are" />
          </Card>
        )
      }}
    </QueryView>
  )
}

type AccountChangesProps = { change: AccountChange; places: ReadonlyMap<Hex, MappingPlace> }

function AccountChanges({ change, places }: AccountChangesProps) {
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
        <TableHead columns={[['What'], ['Before'], ['After']]} />
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
          {slots.slice(0, MAX_SLOTS).map((slot) => (
            <SlotRow key={slot.key} slot={slot} place={places.get(slot.key)} />
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

type RowProps = { name: string; before: string; after: string; note?: string }

function Row({ name, before, after, note }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <Values before={before} after={after} note={note} />
    </tr>
  )
}

type SlotRowProps = { slot: AccountChange['slots'][number]; place: MappingPlace | undefined }

function SlotRow({ slot: { key, before, after }, place }: SlotRowProps) {
  return (
    <tr>
      <th scope="row" title={key}>
        <span class="mono">{shorten(trimWord(key), 8)}</span>
        <CopyButton text={key} what="slot" />
        {place !== undefined && (
          <span class="note place" title="The slot in which Solidity keeps the value of these keys">
            mapping {place.slot}
            {place.keys.map((address) => `[${nameOf(address) ?? shorten(address, 4)}]`).join('')}
          </span>
        )}
      </th>
      <Values before={trimWord(before)} after={trimWord(after)} note={wordNote(before, after)} />
    </tr>
  )
}

function Values({ before, after, note }: { before: string; after: string; note: string | undefined }) {
  return (
    <>
      <td class="mono breakable before" data-label="Before">
        <EvenBreaks of={before} />
      </td>
      <td class="mono breakable" data-label="After">
        <EvenBreaks of={after} />
        {note !== undefined && <span class="note"> ({note})</span>}
      </td>
    </>
  )
}

/** What a number in a slot has grown or shrunk by; longer words are seldom numbers. */
function wordNote(before: Hex, after: Hex): string | undefined {
  const [old, next] = [BigInt(before), BigInt(after)]
  if (old >= MOST_NUMBER || next >= MOST_NUMBER) return undefined
  return signed(next - old, 0)
}

/** Of a number that is shown as one: an address has more bits. */
const MOST_NUMBER = 2n ** 128n

function ether(wei: bigint | undefined): string {
  return wei === undefined ? '–' : `${formatUnits(wei, 18)} ETH`
}

function difference({ before = 0n, after = 0n }: NonNullable<AccountChange['balance']>): string {
  return signed(after - before, 18)
}

/** With its sign, also where it is positive. */
function signed(change: bigint, decimals: number): string {
  return `${change > 0n ? '+' : ''}${formatUnits(change, decimals)}`
}

function integer(value: number | undefined): string {
  return value === undefined ? '–' : formatInteger(value)
}

function bytes(code: Hex | undefined): string {
  if (code === undefined) return '–'
  const delegate = delegateOf(code)
  return delegate === undefined ? formatBytes(byteLength(code)) : `that of ${nameOf(delegate) ?? delegate}`
}
